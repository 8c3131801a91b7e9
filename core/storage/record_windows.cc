#include "core/storage/record_windows.h"

#include <algorithm>

namespace myelin {

Result<Bytes> RecordWindows::read(Storage& storage, FileId file, uint64_t offset, uint64_t size,
                                  uint64_t file_end) {
  ++use_;
  const auto holds = [&](const Window& window) {
    return window.file == file && window.offset <= offset && window.size > 0 &&
           offset + size <= window.end();
  };
  if (!holds(windows_[last_])) {
    const auto found = std::find_if(windows_.begin(), windows_.end(), holds);
    if (found != windows_.end()) last_ = static_cast<size_t>(found - windows_.begin());
  }
  if (!holds(windows_[last_])) {
    Window& window = choose(file, offset);
    last_ = static_cast<size_t>(&window - windows_.data());
    const uint64_t left = file_end - std::min(file_end, offset);
    const uint64_t wanted = std::min(std::max(size, window.read_size), left);
    if (wanted > window.capacity) {
      window.capacity = std::max(wanted, kReadSizeMin);
      window.bytes.reset(new std::byte[static_cast<size_t>(window.capacity)]);
    }
    window.size = 0;
    const auto read = storage.read(file, offset, {window.bytes.get(), static_cast<size_t>(wanted)});
    if (!read.ok()) return read.error();
    window.file = file;
    window.offset = offset;
    window.size = read.value();
  }
  Window& window = windows_[last_];
  window.used = use_;
  const uint64_t start = offset - window.offset;
  const uint64_t there = std::min(size, window.size - std::min(window.size, start));
  return Bytes(window.bytes.get() + start, static_cast<size_t>(there));
}

// The one that this read goes on from, or else the one that was used longest ago.
RecordWindows::Window& RecordWindows::choose(FileId file, uint64_t offset) {
  for (Window& window : windows_) {
    if (window.size > 0 && window.file == file && window.offset < offset &&
        offset <= window.end() + kReadSizeMin) {
      window.read_size = std::min(window.read_size * 4, kReadSizeMax);
      return window;
    }
  }
  Window& oldest =
      *std::min_element(windows_.begin(), windows_.end(),
                        [](const Window& a, const Window& b) { return a.used < b.used; });
  if (oldest.capacity > kReadSizeMin) {
    oldest.bytes.reset();
    oldest.capacity = 0;
  }
  oldest.read_size = kReadSizeMin;
  return oldest;
}

uint64_t RecordWindows::memory() const {
  uint64_t size = 0;
  for (const Window& window : windows_) size += window.capacity;
  return size;
}

}  // namespace myelin
