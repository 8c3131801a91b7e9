// StoreManifest: which revision counts of each segment that was rewritten, and which segments are
// gone; a file beside them.
//
//     "MYMF" | first segment u64, last u64, revision u32 (0xffffffff: gone) | ... | crc u32
//
// It is replaced whole: written as manifest.new, synced, and then renamed over the old one. One
// that cannot be read says nothing, and then the log takes the revisions it finds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/storage/record_log.h"

namespace myelin {

class StoreManifest {
 public:
  StoreManifest(Storage& storage, const std::string& folder);

  Result<RecordLog::Revisions> read();
  // It counts once it is synced and put in place.
  Status write(const RecordLog::Revisions& revisions);
  Status put_in_place();
  void abandon();

  // The file last written, whatever its name.
  const std::optional<FileId>& file() const { return file_; }

 private:
  Storage& storage_;
  std::string name_;
  std::string new_name_;
  std::optional<FileId> file_;
};

}  // namespace myelin
