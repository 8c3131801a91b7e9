// HighwayHash: the 64-bit keyed hash that nats-server puts on the records and configurations of a
// backup. Finds accidents; nothing here relies on it against an attacker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace myelin {

class HighwayHash {
 public:
  using Key = std::array<uint8_t, 32>;
  explicit HighwayHash(const Key& key);
  // Keyed by the SHA-256 of a name, as all of nats-server's are.
  static HighwayHash of_name(std::string_view name);

  void update(std::string_view bytes);
  // Ends the message; the object is spent. A copy made before it serves for the next message.
  uint64_t finish();

 private:
  static constexpr size_t kPacketSize = 32;
  using Lanes = std::array<uint64_t, 4>;

  void take(const char* packet);
  void take_remainder();
  void permute();

  Lanes v0_;
  Lanes v1_;
  Lanes mul0_;
  Lanes mul1_;
  std::array<char, kPacketSize> packet_{};
  size_t packet_size_ = 0;
};

// As meta.sum has it: the eight bytes, lowest first, in hex digits.
std::string highway_hash_hex(std::string_view key_name, std::string_view bytes);

}  // namespace myelin
