#include "tests/bench/memory_usage.h"

#include <cstdio>
#include <memory>
#include <string>

#include "tests/bench/failure.h"

namespace bench {

MemoryUsage memory_usage(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/smaps_rollup";
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "r"), &std::fclose);
  if (!file) fail_with_errno("opening smaps_rollup");

  MemoryUsage usage;
  bool has_anonymous = false;
  bool has_resident = false;
  char line[256];
  while (std::fgets(line, sizeof line, file.get()) != nullptr) {
    unsigned long long kilobytes = 0;
    if (std::sscanf(line, "Anonymous: %llu kB", &kilobytes) == 1) {
      usage.anonymous = kilobytes * 1024;
      has_anonymous = true;
    } else if (std::sscanf(line, "Rss: %llu kB", &kilobytes) == 1) {
      usage.resident = kilobytes * 1024;
      has_resident = true;
    }
  }
  if (!has_anonymous || !has_resident) throw Failure("smaps_rollup lacks Rss or Anonymous");
  return usage;
}

}  // namespace bench
