// RecordLog: a segmented, checksummed, append-only log over Storage; the only structure there is on
// a disk. docs/storage-format.md draws it.
//
//     open      finds the segments                        nothing else may be called before
//     recover   gives every whole record in order, in slices; cuts a torn tail, reports damage
//     append    reserve first, and a full disk changes nothing; returns where the record stands
//     sync      collect_unsynced, Storage::sync, sync_asked ... on_synced
//     read      one record, verified; record after record costs few calls of Storage
//
// Promises: a record appended before a sync_asked whose ticket came back without a failure is given
// by every later recovery, crash or no crash, unless its bytes rot, and then its place is reported
// as lost. Nothing is given that was not appended. Nothing but a torn tail is ever deleted unasked.
//
// A failed sync takes the log offline for good: nobody knows what is on the disk any more. From
// then on everything that writes answers with the error; reads go on.
//
// It knows no messages, keeps no index of records, and waits for nothing: its owner asks Storage
// for one sync for many logs. Resident are some forty bytes per segment.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/storage/record_log_format.h"
#include "core/storage/record_log_scan.h"
#include "core/storage/record_windows.h"
#include "core/storage/storage.h"

namespace myelin {

class RecordLog {
 public:
  struct Options {
    std::string folder;
    uint64_t segment_size = 8 * 1024 * 1024;
    uint64_t salt = 0;  // random; of a log that has none yet
  };
  struct Position {
    uint64_t segment = 0;
    uint64_t offset = 0;
    friend auto operator<=>(const Position&, const Position&) = default;
  };
  // The owner's word on what became of segments.
  struct Revisions {
    std::map<uint64_t, uint32_t> rewritten;  // the revision that counts
    std::map<uint64_t, uint64_t> gone;       // first and last of those removed in the middle
  };

  // Bytes of the log that cannot be read. Size 0: a rewritten segment does not say where it ends.
  struct LostRange {
    Position from;
    uint64_t size = 0;
    bool was_synced = false;  // if not, it may never have been acknowledged
  };
  // More ranges than these are merged, so that damage cannot fill the memory.
  static constexpr size_t kLostRangesMax = 1000;

  struct Recovered {
    enum class What { kRecord, kMore, kDone };
    What what = What::kDone;
    Position position;
    Record record;  // borrowed until the next call
  };

  RecordLog(Storage& storage, Options options);

  Status open(const Revisions& revisions);
  // Skips what stands before `from`, a record's position or the end of one (an index covers it).
  void recover_from(Position from);
  // Until kDone; each call uses up some of `budget` (about bytes) and stops when there is none
  // left.
  Result<Recovered> recover(uint64_t& budget);
  // What recovery found, in the log's order.
  const std::vector<LostRange>& lost() const { return lost_; }
  uint64_t cut_size() const { return cut_size_; }

  static uint64_t record_size(uint64_t payload_size, bool has_sequence) {
    return record_header_size(has_sequence) + payload_size;
  }
  // Room for records of `size` bytes in all (record_size); appending them cannot find the disk
  // full.
  Status reserve(uint64_t size);
  // The payload may come in parts. Kinds are 1 to kRecordKindMax.
  Result<Position> append(uint8_t kind, std::optional<uint64_t> sequence,
                          std::span<const Bytes> payload);
  // The record's payload is borrowed from `windows`. `payload_size` is a guess; a right one spares
  // a look at the header.
  Result<Record> read(Position at, RecordWindows& windows, uint64_t payload_size = 0) const;

  // What a record's header says, and where the next record begins.
  struct Peeked {
    uint8_t kind = 0;
    std::optional<uint64_t> sequence;
    uint64_t end = 0;
  };
  Result<Peeked> peek(Position at, RecordWindows& windows) const;

  // Adds the files that hold something not yet synced.
  void collect_unsynced(std::vector<FileId>& files) const;
  // They were all handed to the sync with this ticket.
  void sync_asked(SyncTicket ticket);
  // Tickets that are not this log's, and failed files of others, are ignored.
  void on_synced(SyncTicket ticket, const FileErrors& failed);
  const std::optional<Error>& offline() const { return offline_; }
  // For an owner that cannot keep its own promises.
  void take_offline(Error error);

  struct SegmentInfo {
    uint64_t segment = 0;
    uint64_t size = 0;
    uint32_t revision = 0;
  };
  std::vector<SegmentInfo> segments() const;
  // The number of the last one, to which records are appended; 0 if there is none.
  uint64_t tail() const { return segments_.empty() ? 0 : segments_.rbegin()->first; }
  FileId tail_file() const { return segments_.rbegin()->second.file; }
  uint64_t front() const { return segments_.empty() ? 0 : segments_.begin()->first; }
  Revisions revisions() const;
  // Where the log ends, and up to where it is durable: offsets in the log.
  uint64_t end() const;
  uint64_t synced() const { return synced_; }
  // The next record begins a segment, which has room for `size` bytes.
  Status end_segment(uint64_t size);
  // The segment's records, for a rewrite or an index. Its appends are not seen by a scan begun
  // before.
  Result<RecordLogScan> scan(uint64_t segment);

  // Never the last one, which is written to.
  Status remove_first();
  // One in the middle, when the owner's word that it is gone is durable.
  Status remove(uint64_t segment);
  static void note_gone(Revisions& revisions, uint64_t segment);

  // One rewrite at a time: begin, append what is wanted and every kRecordKindUnsure, end; sync; the
  // owner writes down {segment, revision} and syncs that; then swap, after which positions in the
  // segment are those that rewrite_append gave.
  Result<uint32_t> begin_rewrite(uint64_t segment);
  Result<Position> rewrite_append(uint8_t kind, std::optional<uint64_t> sequence,
                                  std::span<const Bytes> payload);
  Status end_rewrite();
  Status swap_rewritten();
  Status abandon_rewrite();
  bool is_rewriting() const { return rewrite_.has_value(); }

 private:
  struct Segment {
    uint32_t revision = 0;
    FileId file;
    uint64_t base = 0;
    uint64_t size = 0;
    bool has_header = false;  // readable
    bool is_unsynced = false;
  };
  using Segments = std::map<uint64_t, Segment>;
  struct Rewrite {
    uint64_t number = 0;
    Segment segment;
    bool is_ended = false;
  };
  struct Asked {
    SyncTicket ticket;
    std::vector<FileId> files;
    uint64_t end = 0;  // of the log when it was asked
    bool is_done = false;
  };

  Status open_segment(SegmentName name, std::optional<SegmentHeader>* header);
  Status choose_revision(uint64_t segment, std::vector<uint32_t> found, const Revisions& revisions);
  void place_segments(const std::map<uint64_t, SegmentHeader>& headers);

  Status remove_gone(uint64_t segment, const std::vector<uint32_t>& revisions);
  bool is_gone(uint64_t first, uint64_t last) const;
  bool begin_segment_scan();
  void end_segment_scan();
  void add_lost(Position from, uint64_t size);
  void hear_voucher(Position at, uint32_t open_size);
  void take_own_record(const RecordLogScan::Step& step);
  bool is_known_unsure(const LostRange& range) const;
  void judge_lost();
  Status finish_recovery();
  Status cut_after(Position last);
  Status remove_segment(uint64_t number);
  uint64_t log_offset(Position at) const;
  uint64_t latest_log_offset(Position at) const;

  SegmentKey key_of(uint64_t number, const Segment& segment) const {
    return {salt_, number, segment.revision};
  }
  Result<Segment> create_segment(SegmentName name, uint64_t base, uint64_t reserved);
  Result<uint64_t> write_record(uint64_t number, Segment& segment, RecordHeader header,
                                std::span<const Bytes> payload);
  Status write_part(Segment& segment, Bytes part);
  Result<Position> append_reserved(uint8_t kind, std::optional<uint64_t> sequence,
                                   std::span<const Bytes> payload);
  Status append_unsure();
  uint64_t vouches() const;

  Storage& storage_;
  Options options_;
  uint64_t salt_ = 0;
  Segments segments_;
  // Revisions kept beside one that cannot be read well: they go when it goes.
  std::map<uint64_t, std::vector<uint32_t>> leftovers_;
  std::map<uint64_t, uint64_t> gone_;  // as in Revisions
  // The highest revision seen in a name or in the owner's word, of segments that have any.
  std::map<uint64_t, uint32_t> revisions_used_;
  uint64_t next_number_ = 1;
  bool is_tail_open_ = false;  // the last segment may be appended to
  uint64_t reserved_ = 0;      // of what was reserved in it, not yet used
  std::optional<Rewrite> rewrite_;
  std::vector<std::byte> joined_;  // a record about to be written

  uint64_t synced_ = 0;  // everything before is durable: an offset in the log
  std::deque<Asked> asked_;
  std::optional<Error> offline_;

  // What this recovery was unsure of is written down before anything vouches for it: until those
  // records are durable, no header says that more than `vouches_max_` was synced.
  std::vector<UnsureRange> unsure_;
  uint64_t vouches_max_ = UINT64_MAX;
  uint64_t unsure_end_ = UINT64_MAX;

  // Recovery.
  bool is_recovered_ = false;
  std::optional<RecordLogScan> scan_;
  Position at_;          // the segment being scanned, or to be scanned next, and where to begin
  Position last_whole_;  // the end of the last whole record
  uint64_t vouched_ = 0;
  bool saw_end_ = false;
  std::vector<UnsureRange> known_unsure_;
  std::vector<LostRange> lost_;
  uint64_t cut_size_ = 0;
};

}  // namespace myelin
