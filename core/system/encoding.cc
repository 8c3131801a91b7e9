#include "core/system/encoding.h"

#include <algorithm>
#include <array>

#include "core/base/little_endian.h"
#include "core/base/text.h"
#include "core/jetstream/s2_stream.h"
#include "core/protocol/headers.h"

namespace myelin {
namespace {

constexpr std::string_view name_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::kNone:
      return "";
    case Encoding::kSnappy:
      return "snappy";
    case Encoding::kGzip:
      return "gzip";
    case Encoding::kIdentity:
      return "identity";
  }
  return "";
}

// CRC-32 as gzip has it (RFC 1952).
uint32_t crc32(std::string_view bytes) {
  std::array<uint32_t, 256> table;
  for (uint32_t index = 0; index < table.size(); ++index) {
    uint32_t value = index;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0xedb88320u : 0);
    table[index] = value;
  }
  uint32_t checksum = 0xffffffffu;
  for (const char c : bytes) {
    checksum = checksum >> 8 ^ table[(checksum ^ static_cast<unsigned char>(c)) & 0xff];
  }
  return ~checksum;
}

// One member, of stored blocks (RFC 1951, 3.2.4).
void append_gzip(std::string_view bytes, std::string& to) {
  to += std::string_view("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);
  std::string_view left = bytes;
  do {
    const auto size = static_cast<uint16_t>(std::min<size_t>(left.size(), 0xffff));
    to += static_cast<char>(size == left.size() ? 1 : 0);
    append_little(to, size);
    append_little(to, static_cast<uint16_t>(~size));
    to += left.substr(0, size);
    left.remove_prefix(size);
  } while (!left.empty());
  append_little(to, crc32(bytes));
  append_little(to, static_cast<uint32_t>(bytes.size()));
}

}  // namespace

Encoding accepted_encoding(std::string_view headers) {
  return encoding_wanted(find_header(headers, "Accept-Encoding").value_or(std::string_view()));
}

Encoding encoding_wanted(std::string_view value) {
  if (value.empty()) return Encoding::kNone;
  const std::string wanted = lower_case(value);
  const auto names = [&wanted](std::string_view name) {
    return wanted.find(name) != std::string::npos;
  };
  if (names("snappy") || names("s2")) return Encoding::kSnappy;
  return names("gzip") ? Encoding::kGzip : Encoding::kIdentity;
}

Encoded encoded(std::string_view bytes, Encoding encoding) {
  Encoded result;
  if (encoding != Encoding::kNone) {
    result.content = "NATS/1.0\r\nContent-Encoding: " + std::string(name_of(encoding)) + "\r\n\r\n";
  }
  result.header_size = result.content.size();
  if (encoding == Encoding::kSnappy) {
    S2Writer writer(S2Writer::Name::kSnappy);
    writer.write(bytes, result.content);
    writer.finish(result.content);
  } else if (encoding == Encoding::kGzip) {
    append_gzip(bytes, result.content);
  } else {
    result.content += bytes;
  }
  return result;
}

}  // namespace myelin
