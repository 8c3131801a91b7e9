#include "tests/bench/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/bench/clock.h"
#include "tests/bench/failure.h"
#include "tests/bench/file_descriptor.h"
#include "tests/bench/statistics.h"

namespace bench {

DiskSpeed measure_disk(const std::filesystem::path& directory, uint64_t records,
                       uint64_t record_size, double seconds) {
  const FileDescriptor file(
      ::open((directory / "ceiling").c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
  if (file.get() < 0) fail_with_errno("making a file");
  const std::string bytes(records * record_size, 'x');
  std::vector<uint32_t> latencies;
  const uint64_t began = wall_ns();
  uint64_t now = began;
  while (static_cast<double>(now - began) < seconds * 1e9) {
    if (::write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fdatasync(file.get()) != 0) {
      fail_with_errno("writing to the disk");
    }
    const uint64_t after = wall_ns();
    latencies.push_back(static_cast<uint32_t>(std::min<uint64_t>(after - now, UINT32_MAX)));
    now = after;
  }
  const double written = static_cast<double>(latencies.size() * records);
  return {.records_per_second = written * 1e9 / static_cast<double>(now - began),
          .sync_us = percentile(latencies, 0.5) / 1e3};
}

}  // namespace bench
