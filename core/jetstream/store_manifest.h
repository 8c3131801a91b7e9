// StoreManifest: which revision counts of each segment that was rewritten, and which segments are
// gone; a file beside them.
//
//     "MYMF" | first segment u64, last u64, revision u32 (0xffffffff: gone) | ... | crc u32
//
// One that cannot be read says nothing, and then the log takes the revisions it finds.
#pragma once

#include <string>

#include "core/storage/record_log.h"
#include "core/storage/replaced_file.h"

namespace myelin {

class StoreManifest {
 public:
  StoreManifest(Storage& storage, const std::string& folder)
      : file_(storage, folder + "/manifest") {}

  Result<RecordLog::Revisions> read();
  // It counts once it is synced and put in place.
  Status write(const RecordLog::Revisions& revisions);
  Status put_in_place() { return file_.put_in_place(); }
  void abandon() { file_.abandon(); }
  FileId file() const { return file_.file(); }

 private:
  ReplacedFile file_;
};

}  // namespace myelin
