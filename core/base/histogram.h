// Histogram: how often values of each magnitude came. Bucket i counts those of at most 2^i times
// the smallest bound; the last one, all that are larger. Recording is two adds and
// finding a number's highest bit.
//
//     bound   s   2s   4s   8s ...   (larger)
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace myelin {

// `kShift`: the smallest bound is 2^kShift; `kBounds` of them, each twice the one before.
template <unsigned kShift, size_t kBounds>
class Histogram {
 public:
  static constexpr size_t kBuckets = kBounds + 1;
  static constexpr uint64_t bound(size_t index) { return uint64_t{1} << (kShift + index); }

  void record(uint64_t value) {
    const uint64_t above = value == 0 ? 0 : (value - 1) >> kShift;
    const auto index = static_cast<size_t>(std::bit_width(above));
    ++counts_[index < kBounds ? index : kBounds];
    sum_ += value;
  }

  uint64_t in_bucket(size_t index) const { return counts_[index]; }
  // All of them.
  uint64_t count() const {
    uint64_t all = 0;
    for (const uint64_t count : counts_) all += count;
    return all;
  }
  uint64_t sum() const { return sum_; }

 private:
  std::array<uint64_t, kBuckets> counts_{};
  uint64_t sum_ = 0;
};

}  // namespace myelin
