// StoreSnapshot: a store's index as it was, in a file beside the segments, so that a restart reads
// only what was appended since. docs/storage-format.md draws it.
//
// It is only ever a hint. It counts if it is whole and every segment is as it was then; else the
// log is read from the beginning, and nothing is lost but time. It takes its name only when all
// that it speaks of is durable. A store with damage in it has none, so that each start reports the
// damage again; nor has one with so many subjects that writing it would cost more than it saves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/jetstream/expiry_queue.h"
#include "core/jetstream/message_index.h"
#include "core/storage/record_log.h"
#include "core/storage/replaced_file.h"

namespace myelin {

class StoreSnapshot {
 public:
  StoreSnapshot(Storage& storage, const std::string& folder, RecordLog& log, MessageIndex& index,
                ExpiryQueue& expiry)
      : file_(storage, folder + "/snapshot"), log_(log), index_(index), expiry_(expiry) {}

  // After the log was opened: fills what is empty, and tells the log where to go on. Nothing if
  // there is no snapshot that counts. Gives the time of the last message.
  Result<std::optional<WallTime>> restore();

  // A segment began, went, or was rewritten: `size` bytes of log would have to be read again.
  void note_change(uint64_t size) { changed_ += size; }
  bool is_due() const { return stage_ == Stage::kIdle && changed_ > 4 * size_; }
  // Everything removed has been written down. Does nothing if nothing has changed.
  void write(WallTime last_time);
  // One was written that does not count before a sync.
  bool wants_sync() const { return stage_ == Stage::kUnsynced; }
  void collect_unsynced(std::vector<FileId>& files) const;
  void sync_asked(SyncTicket ticket);
  // After the log has heard of it.
  void on_synced(SyncTicket ticket, const FileErrors& failed);

 private:
  enum class Stage { kIdle, kUnsynced, kSyncing };

  std::string encode(WallTime last_time) const;
  std::optional<WallTime> decode(std::string_view bytes, RecordLog::Position* end);
  bool are_segments_as_then(const RecordLog::Position& end) const;

  ReplacedFile file_;
  RecordLog& log_;
  MessageIndex& index_;
  ExpiryQueue& expiry_;
  uint64_t changed_ = 0;
  uint64_t size_ = 0;      // of the last one
  uint64_t end_ = 0;       // of the log, then
  Stage stage_ = Stage::kIdle;
  SyncTicket ticket_;
};

}  // namespace myelin
