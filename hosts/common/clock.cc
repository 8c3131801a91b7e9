#include "hosts/common/clock.h"

#include <ctime>

namespace myelin {
namespace {

int64_t nanoseconds_of(clockid_t clock) {
  timespec at{};
  clock_gettime(clock, &at);
  return int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
}

}  // namespace

Now read_clocks() { return {Instant{nanoseconds_of(CLOCK_MONOTONIC)}, read_wall_clock()}; }

WallTime read_wall_clock() { return {nanoseconds_of(CLOCK_REALTIME)}; }

}  // namespace myelin
