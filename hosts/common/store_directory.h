// StoreDirectory: the directory of a store, this process's alone while it is open (flock on
// `lock`), which says what it is (`format`). One that holds anything else, above all what
// nats-server wrote, is refused, and nothing in it is touched. docs/storage-format.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace myelin {

class StoreDirectory {
 public:
  StoreDirectory() = default;
  ~StoreDirectory();
  StoreDirectory(const StoreDirectory&) = delete;
  StoreDirectory& operator=(const StoreDirectory&) = delete;

  // Opens it; made if its parent is there.
  Status take(const std::string& path);
  int descriptor() const { return descriptor_; }
  // The names of all files in it, in no order.
  Result<std::vector<std::string>> files() const;
  // Makes the names in a folder durable; of one that is gone, those in the nearest that is there.
  Status sync_folder(const std::string& folder) const;

  // '/'-separated, none of ours, and never out of the directory.
  static bool is_valid_name(std::string_view name);
  // "." for what is in the directory itself.
  static std::string folder_of(std::string_view name);

 private:
  Status check_format();
  Status list(const std::string& folder, int depth, std::vector<std::string>& to) const;

  std::string path_;
  int descriptor_ = -1;
  int lock_ = -1;
};

}  // namespace myelin
