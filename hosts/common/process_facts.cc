#include "hosts/common/process_facts.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace myelin {
namespace {

constexpr Duration kMeasureMin = seconds(1);

// The second number of /proc/self/statm: resident pages.
uint64_t resident_size() {
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[128] = {};
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return 0;
  const char* second = std::strchr(text, ' ');
  if (second == nullptr) return 0;
  return std::strtoull(second, nullptr, 10) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

Duration to_duration(const timeval& time) {
  return seconds(time.tv_sec) + microseconds(time.tv_usec);
}

Duration processor_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return to_duration(usage.ru_utime) + to_duration(usage.ru_stime);
}

// Those this process may use.
int count_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

double percent(Duration used, Duration passed) {
  const double share = static_cast<double>(used.count()) / static_cast<double>(passed.count());
  return std::round(share * 1000) / 10;
}

}  // namespace

ProcessFacts::ProcessFacts(Instant now) : asked_(now), used_(processor_time()) {}

HostFacts ProcessFacts::ask(Instant now) {
  const Duration passed = now - asked_;
  if (passed >= kMeasureMin || (!was_asked_ && passed > Duration::zero())) {
    const Duration used = processor_time();
    cpu_ = percent(used - used_, passed);
    asked_ = now;
    used_ = used;
    was_asked_ = true;
  }
  return {.memory = resident_size(), .cpu = cpu_, .cores = count_cores()};
}

}  // namespace myelin
