// The two clocks of the bench, both in nanoseconds: the wall, and the processor time of a process.
//
// Processor time is the POSIX CPU clock of the process: user and system time of all its threads,
// those that have exited included, as precise as the scheduler's own accounting. /proc/<pid>/stat
// would give the same in steps of 10 ms. A thread that is on a processor at the moment of reading
// lags by at most one scheduler tick, so both ends of a measurement are taken behind a fence, when
// the server is idle.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace bench {

uint64_t wall_ns();
uint64_t own_cpu_ns();

class CpuClock {
 public:
  explicit CpuClock(pid_t pid);
  uint64_t read_ns() const;

 private:
  pid_t pid_;
};

}  // namespace bench
