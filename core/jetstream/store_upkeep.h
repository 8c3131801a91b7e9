// StoreUpkeep: takes from the disk what a store no longer wants.
//
//     segments without a live message    removed, unless they say what was removed elsewhere
//     segments less than half live       rewritten, unless they are used up from the front
//     segments with an erased message    rewritten at once; erased when the old file is gone
//
// A rewrite goes by steps, each begun by work() and ended by a sync: copy in slices; the copy and
// the manifest that names it are synced; then the names change, the old file's last. What was
// removed must be so durably before a file goes, or a crash could forget the last sequence. A
// segment with damage in it is kept, unless something in it is to be erased.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "core/jetstream/message_index.h"
#include "core/jetstream/message_locator.h"
#include "core/jetstream/segment_rewrite.h"
#include "core/jetstream/store_manifest.h"
#include "core/storage/record_log.h"

namespace myelin {

class StoreUpkeep {
 public:
  StoreUpkeep(StoreManifest& manifest, RecordLog& log, MessageIndex& index, MessageLocator& locator)
      : manifest_(manifest), log_(log), index_(index), locator_(locator) {}

  // Something in the segment was removed.
  void note_removal(const SegmentIndex& segment);
  // There may be work that nothing told of: after recovery, or when the disk may have room again.
  void look_again() {
    must_look_ = true;
    look_from_ = 0;
  }
  // A message in the segment is to be gone from the disk: the number of the erasure.
  uint64_t erase(uint64_t segment);
  // Erasures up to this number are done.
  uint64_t erased() const { return erased_; }

  // Counts the segments that went or were rewritten.
  uint64_t changes() const { return changes_; }

  // True while there is more to do at once; else it waits for a sync, or has nothing to do.
  bool work(uint64_t budget);
  // work() waits for a sync to be asked for.
  bool wants_sync() const;
  void collect_unsynced(std::vector<FileId>& files) const;
  void sync_asked(SyncTicket ticket);
  // After the log has heard of it.
  void on_synced(SyncTicket ticket, const FileErrors& failed);

 private:
  enum class Stage { kIdle, kCopying, kUnsynced, kSyncing, kSynced };
  struct Erasure {
    uint64_t segment = 0;
    bool is_removed = false;  // the file; it is durable with the ticket
    bool is_asked = false;
    bool is_done = false;
    SyncTicket ticket;
  };

  SegmentIndex* choose();
  bool is_wasteful(const SegmentIndex& segment) const;
  bool is_damaged(uint64_t segment) const;
  bool remove_front();
  bool may_go(uint64_t number);
  void begin(SegmentIndex& segment);
  bool copy(uint64_t budget);
  void write_manifest();
  void take_place();
  void give_up();
  void note_file_gone(uint64_t segment);

  StoreManifest& manifest_;
  RecordLog& log_;
  MessageIndex& index_;
  MessageLocator& locator_;
  bool must_look_ = true;
  uint64_t look_from_ = 0;   // segments without messages from this one on are to be looked at
  bool is_blocked_ = false;  // something may go only when more is durable than there was
  uint64_t looked_at_ = 0;
  std::unique_ptr<SegmentRewrite> rewrite_;
  Stage stage_ = Stage::kIdle;
  SyncTicket ticket_;
  uint64_t changes_ = 0;
  uint64_t erased_ = 0;
  std::deque<Erasure> erasures_;  // numbers erased_ + 1 and on
};

}  // namespace myelin
