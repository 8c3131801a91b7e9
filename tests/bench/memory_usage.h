// What a process holds in memory now, in bytes, from /proc/<pid>/smaps_rollup: `anonymous` is what
// /proc/<pid>/status calls RssAnon, `resident` what it calls VmRSS. The counters in `status` may
// lag by some hundred kilobytes on several processors; the rollup walks the pages and is exact.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace bench {

struct MemoryUsage {
  uint64_t anonymous = 0;
  uint64_t resident = 0;
};

MemoryUsage memory_usage(pid_t pid);

}  // namespace bench
