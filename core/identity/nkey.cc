#include "core/identity/nkey.h"

#include "core/base/check.h"
#include "core/base/text.h"

namespace myelin {
namespace {

constexpr size_t kCrcSize = 2;
constexpr unsigned kSeedPrefix = 18 << 3;  // 'S'
constexpr unsigned kPrefixBits = 0xF8;     // one character of base32

// CRC-16/XMODEM, the checksum of nkeys.
uint16_t crc16(std::string_view bytes) {
  unsigned crc = 0;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned>(static_cast<unsigned char>(byte)) << 8;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000u) != 0 ? (crc << 1) ^ 0x1021u : crc << 1;
    }
    crc &= 0xFFFFu;
  }
  return static_cast<uint16_t>(crc);
}

std::string encode(std::string raw, std::string_view key) {
  INVARIANT(key.size() == kNkeySize);
  raw += key;
  const uint16_t crc = crc16(raw);
  raw += static_cast<char>(crc & 0xFF);
  raw += static_cast<char>(crc >> 8);
  return base32(raw);
}

// Prefix and key, if they have their sizes and their checksum.
std::optional<std::string> decode(std::string_view text, size_t prefix_size) {
  const size_t size = prefix_size + kNkeySize + kCrcSize;
  if (text.size() != (size * 8 + 4) / 5) return std::nullopt;
  std::optional<std::string> raw = decode_base32(text);
  if (!raw || raw->size() != size || base32(*raw) != text) return std::nullopt;
  const auto byte = [&](size_t at) { return static_cast<unsigned char>((*raw)[at]); };
  const unsigned crc = byte(size - 2) | static_cast<unsigned>(byte(size - 1)) << 8;
  raw->resize(size - kCrcSize);
  if (crc16(*raw) != crc) return std::nullopt;
  return raw;
}

std::optional<NkeyKind> kind_of(unsigned prefix) {
  const auto kind = static_cast<NkeyKind>(prefix);
  switch (kind) {
    case NkeyKind::kAccount:
    case NkeyKind::kCluster:
    case NkeyKind::kServer:
    case NkeyKind::kOperator:
    case NkeyKind::kUser:
    case NkeyKind::kCurve:
      return kind;
  }
  return std::nullopt;
}

}  // namespace

std::string encode_nkey(NkeyKind kind, std::string_view key) {
  return encode(std::string(1, static_cast<char>(kind)), key);
}

// The kind's five bits follow those that say "seed".
std::string encode_nkey_seed(NkeyKind kind, std::string_view seed) {
  const auto bits = static_cast<unsigned>(kind);
  const char prefix[] = {static_cast<char>(kSeedPrefix | bits >> 5),
                         static_cast<char>((bits & 31) << 3)};
  return encode(std::string(prefix, sizeof prefix), seed);
}

std::optional<Nkey> decode_nkey(std::string_view text) {
  const std::optional<std::string> raw = decode(text, 1);
  if (!raw) return std::nullopt;
  const std::optional<NkeyKind> kind = kind_of(static_cast<unsigned char>(raw->front()));
  if (!kind) return std::nullopt;
  return Nkey{*kind, raw->substr(1)};
}

std::optional<Nkey> decode_nkey_seed(std::string_view text) {
  const std::optional<std::string> raw = decode(text, 2);
  if (!raw) return std::nullopt;
  const auto byte = [&](size_t at) { return static_cast<unsigned>((*raw)[at]) & 0xFFu; };
  if ((byte(0) & kPrefixBits) != kSeedPrefix) return std::nullopt;
  const auto kind = kind_of((byte(0) & 7) << 5 | (byte(1) & kPrefixBits) >> 3);
  if (!kind) return std::nullopt;
  return Nkey{*kind, raw->substr(2)};
}

bool is_nkey(std::string_view text, NkeyKind kind) {
  const std::optional<Nkey> key = decode_nkey(text);
  return key && key->kind == kind;
}

}  // namespace myelin
