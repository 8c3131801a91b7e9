// Sha256: FIPS 180-4, for digests people compare. Not for secrets: it makes no promise about the
// time it takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace myelin {

class Sha256 {
 public:
  void update(std::string_view bytes);
  // Ends the message; the object is spent.
  std::array<uint8_t, 32> finish();

 private:
  static constexpr size_t kBlockSize = 64;
  void compress(const unsigned char* block);

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, kBlockSize> block_{};
  size_t block_size_ = 0;
  uint64_t message_size_ = 0;
};

// Of `bytes`, as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace myelin
