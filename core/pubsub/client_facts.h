// ClientFacts: one connection as monitoring shows it. Borrowed from the Client: good until the end
// of the turn.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/base/tls_facts.h"

namespace myelin {

struct ClientFacts {
  uint64_t id = 0;
  bool is_websocket = false;
  std::string_view address;
  uint16_t port = 0;
  WallTime start;
  WallTime last_active;
  Duration uptime{};
  Duration rtt{};  // 0: not known
  uint64_t pending = 0;
  uint64_t in_msgs = 0;
  uint64_t in_bytes = 0;
  uint64_t out_msgs = 0;
  uint64_t out_bytes = 0;
  uint64_t stalls = 0;
  uint32_t subscriptions = 0;
  std::string_view name;
  std::string_view lang;
  std::string_view version;
  std::string_view user;  // a token is not shown
  // Of one whom a JWT let in.
  std::string_view user_name;
  std::string_view issuer_key;
  std::string_view jwt;                            // of an open link
  const std::vector<std::string>* tags = nullptr;  // likewise
  WallTime expires{};                              // 0: never
  std::string_view account;
  std::string_view proxy_key;  // of the trusted proxy it came by
  const TlsFacts* tls = nullptr;  // of an open link under TLS
  bool is_tls_first = false;
};

}  // namespace myelin
