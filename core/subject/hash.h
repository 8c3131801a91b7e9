// SubjectHash: the hash of the tables that hold subjects. Keyed, because subjects come from
// strangers: who does not know the key cannot choose subjects that fall into one place. The key
// comes from the host's seed, so a run replays exactly; no answer depends on it.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace myelin {

class SubjectHash {
 public:
  explicit SubjectHash(uint64_t seed)
      : first_key_(seed ^ 0x9E3779B97F4A7C15u),
        second_key_(fold(seed + 0xD1B54A32D192ED03u, 0xBF58476D1CE4E5B9u)) {}

  // Sixteen bytes a step; the last step overlaps what was read before instead of going byte by
  // byte.
  uint64_t of(std::string_view text) const {
    const char* data = text.data();
    const size_t size = text.size();
    uint64_t hash = first_key_ + size * 0x94D049BB133111EBu;
    if (size >= 16) {
      const char* last = data + size - 16;
      for (; data < last; data += 16) {
        hash = fold(word(data) ^ second_key_, word(data + 8) ^ hash);
      }
      return finish(word(last), word(last + 8), hash);
    }
    if (size >= 8) return finish(word(data), word(data + size - 8), hash);
    if (size >= 4) return finish(half_word(data), half_word(data + size - 4), hash);
    uint64_t tail = 0;
    for (size_t index = 0; index < size; ++index) {
      tail = (tail << 8) | static_cast<unsigned char>(data[index]);
    }
    return finish(tail, 0, hash);
  }

 private:
  uint64_t finish(uint64_t low, uint64_t high, uint64_t hash) const {
    const uint64_t mixed = fold(low ^ second_key_, high ^ hash);
    return fold(mixed ^ first_key_, 0x9E3779B97F4A7C15u);
  }

  static uint64_t word(const char* at) {
    uint64_t value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  static uint64_t half_word(const char* at) {
    uint32_t value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  static uint64_t fold(uint64_t a, uint64_t b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }

  uint64_t first_key_;
  uint64_t second_key_;
};

}  // namespace myelin
