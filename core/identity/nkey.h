// NKeys as text: a kind's prefix, 32 bytes of key and a checksum, in base32. 56 characters for a
// public key ("UB3X..."), 58 for a seed ("SUAB..."), whose second character tells the kind.
//
// What it says of a key is its form; the mathematics of keys is the host's
// (core/base/key_codecs.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace myelin {

// Each is the first byte, whose upper five bits are the first character.
enum class NkeyKind : uint8_t {
  kAccount = 0,         // A
  kCluster = 2 << 3,    // C
  kServer = 13 << 3,    // N
  kOperator = 14 << 3,  // O
  kUser = 20 << 3,      // U
  kCurve = 23 << 3,     // X: X25519, the others are ed25519
};

inline constexpr size_t kNkeySize = 32;  // of its bytes

struct Nkey {
  NkeyKind kind{};
  std::string key;  // 32 bytes: public, or a seed
};

// `key` is 32 bytes.
std::string encode_nkey(NkeyKind kind, std::string_view key);
std::string encode_nkey_seed(NkeyKind kind, std::string_view seed);

// Nothing for what is no public key, or no seed, to the letter.
std::optional<Nkey> decode_nkey(std::string_view text);
std::optional<Nkey> decode_nkey_seed(std::string_view text);

// Whether this is a public key of that kind.
bool is_nkey(std::string_view text, NkeyKind kind);

}  // namespace myelin
