// What the disk allows by itself: records appended to one file and synced, with no server between.
#pragma once

#include <cstdint>
#include <filesystem>

namespace bench {

struct DiskSpeed {
  double records_per_second = 0;
  double sync_us = 0;  // one write and its fdatasync, the median
};

// Appends `records` of this size, then fdatasync, again and again for so many seconds, in a file of
// its own in the directory.
DiskSpeed measure_disk(const std::filesystem::path& directory, uint64_t records,
                       uint64_t record_size, double seconds);

}  // namespace bench
