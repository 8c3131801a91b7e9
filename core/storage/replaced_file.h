// ReplacedFile: a small file that is never changed, only replaced whole, by one that was synced
// before it took the name. After a crash it is the old one or the new one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/storage/storage.h"

namespace myelin {

class ReplacedFile {
 public:
  ReplacedFile(Storage& storage, std::string name);

  // What it holds; nothing if there is none, or it has more than `size_max` bytes.
  Result<std::optional<std::string>> read(uint64_t size_max);
  // The new content, beside the old. If that fails, nothing has changed.
  Status write(std::string_view content);
  // The file written, to be synced.
  FileId file() const { return *file_; }
  // Once that was synced.
  Status put_in_place();
  void abandon();

 private:
  Storage& storage_;
  std::string name_;
  std::string new_name_;
  std::optional<FileId> file_;
};

}  // namespace myelin
