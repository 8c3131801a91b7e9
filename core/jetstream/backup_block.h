// The messages of a backup, msgs/<n>.blk, as nats-server keeps them on its disk: records one after
// the other, each with a checksum that is keyed by the stream's name and the block's number.
//
//     size u32  sequence u64  time i64  subject size u16  subject  [header size u32]  content  sum
//      |          |
//      |          bit 63: erased, bit 62: a tombstone, the sequence is no more
//      bit 31: has headers                                              numbers little-endian
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/jetstream/highway_hash.h"

namespace myelin {

// Beyond it nothing is a sequence: sums of two cannot overflow.
inline constexpr uint64_t kBackupSequenceMax = uint64_t{1} << 62;

struct BackupRecord {
  enum class Kind : uint8_t { kMessage, kErased, kTombstone };
  Kind kind = Kind::kMessage;
  uint64_t sequence = 0;
  WallTime time;
  std::string_view subject;
  std::string_view content;  // headers, then payload
  uint32_t header_size = 0;
};

// What a record takes beside its subject and its content.
inline constexpr uint64_t kBackupRecordSizeMin = 30;
// Larger than any message that a server takes.
inline constexpr uint64_t kBackupRecordSizeMax = 80 * 1024 * 1024;

class BackupBlockWriter {
 public:
  BackupBlockWriter(std::string_view stream, uint64_t block);
  void write(const BackupRecord& record, std::string& to);

 private:
  HighwayHash keyed_;
};

class BackupBlockReader {
 public:
  BackupBlockReader(std::string_view stream, uint64_t block);
  // Takes from the front of `input` until it has a record, which is good until the next call and as
  // long as the input. False: the input is spent.
  Result<bool> next(std::string_view& input, BackupRecord& record);
  bool is_between_records() const { return partial_.empty(); }

 private:
  Result<BackupRecord> decode(std::string_view bytes) const;

  HighwayHash keyed_;
  std::string partial_;
  bool is_partial_given_ = false;
};

}  // namespace myelin
