#include "core/base/crc32c.h"

#include <array>

namespace myelin {
namespace {

using Table = std::array<uint32_t, 256>;

// Table k carries a byte over k further bytes, so that eight are taken at once.
constexpr std::array<Table, 8> make_tables() {
  constexpr uint32_t kReflectedPolynomial = 0x82f63b78;
  std::array<Table, 8> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) {
      rest = (rest >> 1) ^ ((rest & 1) != 0 ? kReflectedPolynomial : 0);
    }
    tables[0][byte] = rest;
  }
  for (size_t byte = 0; byte < 256; ++byte) {
    for (size_t k = 1; k < 8; ++k) {
      const uint32_t rest = tables[k - 1][byte];
      tables[k][byte] = (rest >> 8) ^ tables[0][rest & 0xff];
    }
  }
  return tables;
}

constexpr std::array<Table, 8> kTables = make_tables();

uint32_t byte_at(const std::byte* bytes, size_t index) {
  return std::to_integer<uint32_t>(bytes[index]);
}

}  // namespace

uint32_t crc32c(uint32_t before, Bytes bytes) {
  uint32_t crc = ~before;
  const std::byte* next = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, next += 8) {
    const uint32_t low = crc ^ (byte_at(next, 0) | byte_at(next, 1) << 8 | byte_at(next, 2) << 16 |
                                byte_at(next, 3) << 24);
    crc = kTables[7][low & 0xff] ^ kTables[6][(low >> 8) & 0xff] ^ kTables[5][(low >> 16) & 0xff] ^
          kTables[4][low >> 24] ^ kTables[3][byte_at(next, 4)] ^ kTables[2][byte_at(next, 5)] ^
          kTables[1][byte_at(next, 6)] ^ kTables[0][byte_at(next, 7)];
  }
  for (; left > 0; --left, ++next) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ byte_at(next, 0)) & 0xff];
  }
  return ~crc;
}

}  // namespace myelin
