// RecordWindows: reads of a log's files, a stretch at a time, so that who reads record after record
// asks the disk once for many.
//
// A few windows, each following one reader: one that goes on where it ended reads ever longer
// stretches, one that jumps reads little. Bytes of a file never change, so nothing here grows old;
// a file that shrank was its owner's own doing.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "core/base/buffer.h"
#include "core/base/result.h"
#include "core/storage/storage.h"

namespace myelin {

class RecordWindows {
 public:
  // `size` bytes at `offset` of a file that ends at `file_end`; fewer if the file has less.
  // Borrowed until the next call.
  Result<Bytes> read(Storage& storage, FileId file, uint64_t offset, uint64_t size,
                     uint64_t file_end);
  void clear() { windows_ = {}; }
  // How often read() was called.
  uint64_t reads() const { return use_; }
  uint64_t memory() const;

 private:
  static constexpr uint64_t kReadSizeMin = 4 * 1024;
  static constexpr uint64_t kReadSizeMax = 256 * 1024;

  struct Window {
    FileId file;
    uint64_t offset = 0;
    uint64_t size = 0;
    uint64_t read_size = 0;
    uint64_t used = 0;  // when, in calls
    std::unique_ptr<std::byte[]> bytes;
    uint64_t capacity = 0;

    uint64_t end() const { return offset + size; }
  };

  Window& choose(FileId file, uint64_t offset);

  std::array<Window, 8> windows_;
  size_t last_ = 0;  // of those, the one used last
  uint64_t use_ = 0;
};

}  // namespace myelin
