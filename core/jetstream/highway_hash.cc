#include "core/jetstream/highway_hash.h"

#include <algorithm>
#include <cstring>

#include "core/base/checksum.h"
#include "core/base/little_endian.h"

namespace myelin {
namespace {

constexpr std::array<uint64_t, 4> kInit0 = {0xdbe6d5d5fe4cce2f, 0xa4093822299f31d0,
                                            0x13198a2e03707344, 0x243f6a8885a308d3};
constexpr std::array<uint64_t, 4> kInit1 = {0x3bd39e10cb0ef593, 0xc0acf169b5f18a8c,
                                            0xbe5466cf34e90c6c, 0x452821e638d01377};
constexpr int kFinalRounds = 4;

uint64_t swap_halves(uint64_t value) { return value >> 32 | value << 32; }

// Byte `from` of `value`, moved to byte `to`.
constexpr uint64_t move_byte(uint64_t value, int from, int to) {
  return (value >> (8 * from) & 0xff) << (8 * to);
}

// Adds to a pair of lanes the bytes of another pair, well mixed: the product's high bytes are the
// good ones.
void zipper_merge(const uint64_t* from, uint64_t* to) {
  const uint64_t low = from[0];
  const uint64_t high = from[1];
  to[0] += move_byte(low, 3, 0) | move_byte(high, 4, 1) | move_byte(low, 2, 2) |
           move_byte(low, 5, 3) | move_byte(high, 6, 4) | move_byte(low, 1, 5) |
           move_byte(high, 7, 6) | move_byte(low, 0, 7);
  to[1] += move_byte(high, 3, 0) | move_byte(low, 4, 1) | move_byte(high, 2, 2) |
           move_byte(high, 5, 3) | move_byte(high, 1, 4) | move_byte(low, 6, 5) |
           move_byte(high, 0, 6) | move_byte(low, 7, 7);
}

uint64_t rotate_each_half(uint64_t value, unsigned by) {
  const auto rotated = [by](uint32_t half) -> uint32_t {
    return by == 0 ? half : half << by | half >> (32 - by);
  };
  return uint64_t{rotated(static_cast<uint32_t>(value >> 32))} << 32 |
         rotated(static_cast<uint32_t>(value));
}

}  // namespace

HighwayHash::HighwayHash(const Key& key) : v0_(kInit0), v1_(kInit1), mul0_(kInit0), mul1_(kInit1) {
  for (size_t lane = 0; lane < v0_.size(); ++lane) {
    const uint64_t part = load_little<uint64_t>(reinterpret_cast<const char*>(&key[8 * lane]));
    v0_[lane] ^= part;
    v1_[lane] ^= swap_halves(part);
  }
}

HighwayHash HighwayHash::of_name(std::string_view name) {
  Sha256 digest;
  digest.update(name);
  return HighwayHash(digest.finish());
}

void HighwayHash::update(std::string_view bytes) {
  if (packet_size_ > 0) {
    const size_t size = std::min(kPacketSize - packet_size_, bytes.size());
    if (size > 0) std::memcpy(&packet_[packet_size_], bytes.data(), size);
    packet_size_ += size;
    bytes.remove_prefix(size);
    if (packet_size_ < kPacketSize) return;
    take(packet_.data());
    packet_size_ = 0;
  }
  for (; bytes.size() >= kPacketSize; bytes.remove_prefix(kPacketSize)) take(bytes.data());
  packet_size_ = bytes.size();
  if (packet_size_ > 0) std::memcpy(packet_.data(), bytes.data(), packet_size_);
}

uint64_t HighwayHash::finish() {
  if (packet_size_ > 0) take_remainder();
  for (int round = 0; round < kFinalRounds; ++round) permute();
  return v0_[0] + v1_[0] + mul0_[0] + mul1_[0];
}

void HighwayHash::take(const char* packet) {
  for (size_t lane = 0; lane < v0_.size(); ++lane) {
    v1_[lane] += load_little<uint64_t>(packet + 8 * lane) + mul0_[lane];
    mul0_[lane] ^= (v1_[lane] & 0xffffffff) * (v0_[lane] >> 32);
    v0_[lane] += mul1_[lane];
    mul1_[lane] ^= (v0_[lane] & 0xffffffff) * (v1_[lane] >> 32);
  }
  zipper_merge(&v1_[0], &v0_[0]);
  zipper_merge(&v1_[2], &v0_[2]);
  zipper_merge(&v0_[0], &v1_[0]);
  zipper_merge(&v0_[2], &v1_[2]);
}

// The last bytes, fewer than a packet: their number goes into the lanes, and they are spread over a
// packet so that its end is never all zeros.
void HighwayHash::take_remainder() {
  const uint64_t size = packet_size_;
  for (size_t lane = 0; lane < v0_.size(); ++lane) {
    v0_[lane] += (size << 32) + size;
    v1_[lane] = rotate_each_half(v1_[lane], static_cast<unsigned>(size));
  }
  const size_t odd = packet_size_ % 4;
  const size_t whole = packet_size_ - odd;
  std::array<char, kPacketSize> spread{};
  std::memcpy(spread.data(), packet_.data(), whole);
  if (packet_size_ >= 16) {
    std::memcpy(&spread[28], &packet_[packet_size_ - 4], 4);
  } else if (odd > 0) {
    spread[16] = packet_[whole];
    spread[17] = packet_[whole + odd / 2];
    spread[18] = packet_[whole + odd - 1];
  }
  take(spread.data());
}

void HighwayHash::permute() {
  std::array<char, kPacketSize> packet{};
  for (size_t lane = 0; lane < v0_.size(); ++lane) {
    store_little(&packet[8 * lane], swap_halves(v0_[(lane + 2) % 4]));
  }
  take(packet.data());
}

std::string highway_hash_hex(std::string_view key_name, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  HighwayHash hash = HighwayHash::of_name(key_name);
  hash.update(bytes);
  const uint64_t sum = hash.finish();
  std::string hex;
  for (int byte = 0; byte < 8; ++byte) {
    const auto value = static_cast<size_t>(sum >> (8 * byte) & 0xff);
    hex += kDigits[value / 16];
    hex += kDigits[value % 16];
  }
  return hex;
}

}  // namespace myelin
