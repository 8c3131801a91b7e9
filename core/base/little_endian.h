// Numbers as files have them: little-endian, or as varints (seven bits a byte, lowest first).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace myelin {

// `from` has sizeof(T) bytes.
template <class T>
T load_little(const char* from) {
  T value = 0;
  for (size_t at = sizeof(T); at > 0; --at) {
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(from[at - 1]));
  }
  return value;
}

// `to` has room for sizeof(T) bytes.
template <class T>
void store_little(char* to, T value) {
  for (size_t at = 0; at < sizeof(T); ++at) to[at] = static_cast<char>(value >> (8 * at) & 0xff);
}

template <class T>
void append_little(std::string& to, T value) {
  for (size_t at = 0; at < sizeof(T); ++at) to += static_cast<char>(value >> (8 * at) & 0xff);
}

inline void append_varint(std::string& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}
// Go's signed ones: the sign is the lowest bit.
inline void append_signed_varint(std::string& to, int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  append_varint(to, value < 0 ? ~(bits << 1) : bits << 1);
}

// Takes one from the front; nothing where there is none.
inline std::optional<uint64_t> take_varint(std::string_view& from) {
  uint64_t value = 0;
  for (size_t at = 0; at < from.size() && at < 10; ++at) {
    const auto byte = static_cast<unsigned char>(from[at]);
    if (at == 9 && byte > 1) return std::nullopt;
    value |= uint64_t{byte & 0x7fu} << (7 * at);
    if (byte >= 0x80) continue;
    from.remove_prefix(at + 1);
    return value;
  }
  return std::nullopt;
}
inline std::optional<int64_t> take_signed_varint(std::string_view& from) {
  const std::optional<uint64_t> bits = take_varint(from);
  if (!bits) return std::nullopt;
  const uint64_t half = *bits >> 1;
  return static_cast<int64_t>((*bits & 1) != 0 ? ~half : half);
}

}  // namespace myelin
