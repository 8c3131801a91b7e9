#include "core/auth/nkey.h"

#include <cstdint>

#include "core/base/check.h"
#include "core/base/text.h"

namespace myelin {
namespace {

constexpr char kServerPrefix = 13 << 3;  // 'N' in base32

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

}  // namespace

std::string server_nkey(std::string_view key) {
  INVARIANT(key.size() == 32);
  std::string raw(1, kServerPrefix);
  raw += key;
  const uint16_t crc = crc16(raw);
  raw += static_cast<char>(crc & 0xFF);
  raw += static_cast<char>(crc >> 8);
  return base32(raw);
}

}  // namespace myelin
