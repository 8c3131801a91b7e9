#include "tests/bench/clock.h"

#include <time.h>

#include "tests/bench/failure.h"

namespace bench {
namespace {

uint64_t read(clockid_t clock) {
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) fail_with_errno("reading a clock (is the server gone?)");
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

uint64_t wall_ns() { return read(CLOCK_MONOTONIC); }

uint64_t own_cpu_ns() { return read(CLOCK_PROCESS_CPUTIME_ID); }

CpuClock::CpuClock(pid_t pid) : pid_(pid) {}

uint64_t CpuClock::read_ns() const {
  clockid_t clock{};
  const int code = ::clock_getcpuclockid(pid_, &clock);
  if (code != 0) throw Failure("the server process is gone");
  return read(clock);
}

}  // namespace bench
