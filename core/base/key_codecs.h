// KeyCodecs: the mathematics of keys, lent by the host: a table of plain functions. An empty entry
// means that the host cannot.
//
// Keys and seeds are 32 bytes, signatures 64, nonces 24; of anything else nothing is made, and
// nothing is verified.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace myelin {

struct SignatureCheck {
  std::string public_key;
  std::string message;
  std::string signature;
};

struct KeyCodecs {
  using PublicKey = std::optional<std::string> (*)(std::string_view seed);
  using Sign = std::optional<std::string> (*)(std::string_view seed, std::string_view message);
  using Verify = bool (*)(std::string_view public_key, std::string_view message,
                          std::string_view signature);
  // From the holder of `seed` to that of `public_key`, or the other way round.
  using Box = std::optional<std::string> (*)(std::string_view seed, std::string_view public_key,
                                             std::string_view nonce, std::string_view bytes);

  // ed25519 (RFC 8032).
  PublicKey ed25519_public_key = nullptr;
  Sign sign_ed25519 = nullptr;
  Verify verify_ed25519 = nullptr;
  // X25519, XSalsa20 and Poly1305: NaCl's box.
  PublicKey x25519_public_key = nullptr;
  Box seal_box = nullptr;
  Box open_box = nullptr;

  bool are_there() const { return verify_ed25519 != nullptr; }
};

}  // namespace myelin
