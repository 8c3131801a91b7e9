// Time as a value. The core has no clock: each call into it carries one Now, and a turn runs at
// that Now.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace myelin {

using Duration = std::chrono::nanoseconds;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// A point on the host's monotonic clock, in nanoseconds since an origin of the host's choice. What
// lies beyond the end of time is the end of time: configured durations may be of any length.
struct Instant {
  int64_t ns = 0;

  friend auto operator<=>(const Instant&, const Instant&) = default;
  friend Instant operator+(Instant at, Duration by) {
    int64_t sum = 0;
    if (__builtin_add_overflow(at.ns, by.count(), &sum))
      return {by.count() > 0 ? INT64_MAX : INT64_MIN};
    return {sum};
  }
  friend Instant operator-(Instant at, Duration by) { return {at.ns - by.count()}; }
  friend Duration operator-(Instant a, Instant b) { return Duration(a.ns - b.ns); }
};

// Nanoseconds since 1970-01-01T00:00:00Z; may jump, and is only ever shown or compared with stored
// times.
struct WallTime {
  int64_t unix_ns = 0;

  friend auto operator<=>(const WallTime&, const WallTime&) = default;
};

struct Now {
  Instant mono;
  WallTime wall;
};

inline constexpr int64_t kNsPerSecond = 1'000'000'000;
inline constexpr Duration kDay = std::chrono::hours(24);
inline constexpr Instant kNever{INT64_MAX};

}  // namespace myelin
