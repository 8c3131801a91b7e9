#include "core/base/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__) && !defined(__EMSCRIPTEN__)
#define MYELIN_CRC32C_SSE42 1
#else
#define MYELIN_CRC32C_SSE42 0
#endif

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

uint32_t crc32c_by_tables(uint32_t crc, Bytes bytes) {
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
  return crc;
}

#if MYELIN_CRC32C_SSE42
// The processor has an instruction for this very polynomial.
__attribute__((target("sse4.2"))) uint32_t crc32c_by_instruction(uint32_t crc, Bytes bytes) {
  const std::byte* next = bytes.data();
  size_t left = bytes.size();
  uint64_t wide = crc;
  for (; left >= 8; left -= 8, next += 8) {
    uint64_t eight = 0;
    std::memcpy(&eight, next, 8);
    wide = __builtin_ia32_crc32di(wide, eight);
  }
  crc = static_cast<uint32_t>(wide);
  if (left >= 4) {
    uint32_t four = 0;
    std::memcpy(&four, next, 4);
    crc = __builtin_ia32_crc32si(crc, four);
    left -= 4;
    next += 4;
  }
  for (; left > 0; --left, ++next) {
    crc = __builtin_ia32_crc32qi(crc, std::to_integer<unsigned char>(*next));
  }
  return crc;
}
#endif

}  // namespace

uint32_t crc32c(uint32_t before, Bytes bytes) {
#if MYELIN_CRC32C_SSE42
  if (__builtin_cpu_supports("sse4.2")) return ~crc32c_by_instruction(~before, bytes);
#endif
  return ~crc32c_by_tables(~before, bytes);
}

}  // namespace myelin
