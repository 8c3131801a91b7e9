// ConsumerLog: the positions of one stream's consumers, in a record log of their own.
//
//     whole     id  positions       what came before it for this consumer counts no more
//     changes   id  changes         on top of what came before
//
// It is rewritten when most of it is out of date: all consumers are written whole once more, and
// when that is on the disk the segments before it go. Records of consumers nobody knows any more
// are passed over; an id is random and never used twice.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/storage/record_log.h"
#include "core/storage/storage.h"

namespace myelin {

class ConsumerLog {
 public:
  enum class Kind : uint8_t { kWhole = 1, kChanges };

  ConsumerLog(Storage& storage, std::string folder, uint64_t salt);

  using Visit = std::function<void(Kind kind, uint64_t id, std::string_view bytes)>;
  // Reads all there is, in slices, until true; `budget` is about bytes.
  Result<bool> recover(uint64_t& budget, const Visit& visit);
  // A log that begins has nothing to recover.
  Status begin();
  bool is_open() const { return is_recovered_; }
  // Its files are removed. Nothing may be called after.
  Status destroy();

  Status append(Kind kind, uint64_t id, std::string_view bytes);

  // Whether a rewrite pays, if what counts is so large.
  bool wants_rewrite(uint64_t live_size) const;
  // What is appended from now on is the rewrite, until end_rewrite: every consumer whole, and what
  // changes meanwhile.
  void begin_rewrite();
  bool is_rewriting() const { return rewrite_from_.has_value(); }
  void abandon_rewrite() { rewrite_from_.reset(); }
  // The segments before it go as soon as it is on the disk.
  void end_rewrite();

  bool is_unsynced() const { return is_unsynced_; }
  void collect_unsynced(std::vector<FileId>& files) const { log_.collect_unsynced(files); }
  void sync_asked(SyncTicket ticket);
  void on_synced(SyncTicket ticket, const FileErrors& failed);
  const std::optional<Error>& offline() const { return log_.offline(); }
  const std::vector<RecordLog::LostRange>& lost() const { return log_.lost(); }

 private:
  uint64_t size() const;
  void remove_old_segments();

  Storage& storage_;
  std::string folder_;
  RecordLog log_;
  bool is_opened_ = false;
  bool is_recovered_ = false;
  bool is_unsynced_ = false;
  std::optional<uint64_t> rewrite_from_;  // segment
  bool is_rewritten_ = false;
  std::optional<SyncTicket> rewrite_ticket_;
};

}  // namespace myelin
