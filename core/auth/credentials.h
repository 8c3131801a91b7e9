// Credentials: what a client says of itself in CONNECT, and how it came.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/time.h"
#include "core/base/tls_facts.h"
#include "core/options.h"

namespace myelin {

struct Credentials {
  std::string_view user = {};
  std::string_view password = {};
  std::string_view token = {};
  std::string_view nkey = {};
  std::string_view signature = {};  // of the nonce, in base64
  std::string_view jwt = {};
  std::string_view nonce = {};               // what it was given to sign
  std::string_view address = {};             // where it comes from
  uint8_t connection = kStandardConnection;  // how it came
  const TlsFacts* tls = nullptr;             // if it is under TLS
  bool has_trusted_proxy = false;            // which signed the nonce
  WallTime now{};

  bool are_empty() const { return user.empty() && password.empty() && token.empty(); }
};

}  // namespace myelin
