// DescriptorCache: descriptors of more files than may be open at once, under one directory. Those
// used longest ago are closed first; a file that was written is synced before, so that no error of
// its sync is lost. Pinned files stay open; with nothing to close, more than the bound are.
//
// It has no lock: its owner's guards it.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>

#include "core/base/result.h"

namespace myelin {

class DescriptorCache {
 public:
  struct Entry {
    std::string name;  // as the disk has it now
    int fd = -1;
    uint32_t pins = 0;
    uint64_t writes = 0;
    uint64_t writes_synced = 0;
    std::optional<Error> failed;  // the first time that what was written may have been lost
    std::list<Entry*>::iterator place;

    void fail(Error error) {
      if (!failed) failed = std::move(error);
    }
  };

  explicit DescriptorCache(uint32_t open_max) : open_max_(open_max) {}
  ~DescriptorCache();
  DescriptorCache(const DescriptorCache&) = delete;
  DescriptorCache& operator=(const DescriptorCache&) = delete;

  void set_directory(int directory);
  // Good until the next call, or as long as the entry is pinned.
  Result<int> get(Entry& entry);
  // The same of a file that may not be there yet.
  Result<int> create(Entry& entry);
  void close(Entry& entry);
  size_t open_count() const { return open_.size(); }

 private:
  Result<int> open(Entry& entry, int flags);
  bool close_oldest();
  void sync(Entry& entry);

  const uint32_t open_max_;
  int directory_ = -1;
  int own_directory_ = -1;  // opened again: each descriptor hears of an error of syncfs once
  bool is_file_system_sound_ = true;
  std::list<Entry*> open_;  // the one used last first
};

}  // namespace myelin
