// RateLimit: a bucket of bytes that fills at a steady rate, for rate_limit_bps.
#pragma once

#include <cstdint>

#include "core/base/time.h"

namespace myelin {

class RateLimit {
 public:
  // `bits` per second; the bucket holds `burst` bytes and is full at first.
  RateLimit(uint64_t bits, int64_t burst, Instant now)
      : bytes_per_second_(static_cast<double>(bits / 8)),
        burst_(static_cast<double>(burst)),
        bytes_(static_cast<double>(burst)),
        at_(now) {}

  // When so many bytes may go; `now` if they may at once. What is larger than the bucket needs a
  // full one.
  Instant ready(int64_t size, Instant now) {
    fill(now);
    const double wanted = static_cast<double>(size) < burst_ ? static_cast<double>(size) : burst_;
    if (bytes_ >= wanted) return now;
    if (bytes_per_second_ <= 0) return kNever;
    const double wait = (wanted - bytes_) / bytes_per_second_ * 1e9;
    return wait > 1e18 ? kNever : now + Duration(static_cast<int64_t>(wait) + 1);
  }
  void take(int64_t size) { bytes_ -= static_cast<double>(size); }

 private:
  void fill(Instant now) {
    bytes_ += static_cast<double>((now - at_).count()) / 1e9 * bytes_per_second_;
    if (bytes_ > burst_) bytes_ = burst_;
    at_ = now;
  }

  double bytes_per_second_;
  double burst_;
  double bytes_;
  Instant at_;
};

}  // namespace myelin
