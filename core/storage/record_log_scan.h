// RecordLogScan: walks the records of one segment in order and says where there are none.
//
// Damage is passed over to the next whole record header (docs/storage-format.md says why nothing
// inside a payload is taken for one). Each step() does at most about `budget` bytes of work and one
// record; what it gives is borrowed until the next step. It holds one window of the file, as large
// as the largest record met. A read that fails is an error, not damage: what could not be read may
// still be there.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/storage/record_log_format.h"
#include "core/storage/storage.h"

namespace myelin {

struct Record {
  uint8_t kind = 0;
  std::optional<uint64_t> sequence;
  Bytes payload;
};

class RecordLogScan {
 public:
  enum class What {
    kRecord,
    kDamage,  // nothing whole in [offset, end)
    kMore,    // the budget is spent
    kEnd,
  };
  struct Step {
    What what = What::kEnd;
    uint64_t offset = 0;
    uint64_t end = 0;
    Record record;
    uint32_t open_size = kVouchesNothing;
  };

  // From `offset`, which begins a record or follows the last one, to `size`.
  RecordLogScan(Storage& storage, FileId file, const SegmentKey& key, uint64_t offset,
                uint64_t size);

  // What it used is taken from `budget`.
  Result<Step> step(uint64_t& budget);

 private:
  Result<Bytes> window(uint64_t offset, uint64_t size);
  std::optional<Step> pass_damage(uint64_t end);

  Storage& storage_;
  FileId file_;
  SegmentKey key_;
  uint64_t offset_;
  uint64_t size_;
  std::optional<uint64_t> damage_from_;
  std::vector<std::byte> window_;
  uint64_t window_offset_ = 0;
};

}  // namespace myelin
