// Jwt: a JSON Web Token as NATS has them: header, claims and an ed25519 signature, each in base64
// (url, without padding), joined by dots. What the claims say is core/identity/claims.h's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/key_codecs.h"
#include "core/base/result.h"

namespace myelin {

struct Jwt {
  std::string claims;     // JSON
  std::string signature;  // 64 bytes, if it is one
  // What is signed: header and claims as they were written, or in the first version the claims
  // alone. Views into the token.
  std::string_view signed_text;
  std::string_view signed_text_v1;
  bool is_old_algorithm = false;  // "ed25519", as older writers had it

  // The token's form, and that its header names our algorithm. It is borrowed.
  static Result<Jwt> parse(std::string_view token);
};

// Nothing if the host lends no mathematics. `seed` is 32 bytes.
std::optional<std::string> sign_jwt(const KeyCodecs& codecs, std::string_view seed,
                                    std::string_view claims);

}  // namespace myelin
