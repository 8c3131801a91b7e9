// MessageIndex: which messages a store has, on which subjects, and where they stand in its log.
//
//     segments   one SegmentIndex for each of the log's, ascending; the last takes new messages
//     subjects   one SubjectIndex
//
// Pure bookkeeping: nothing is written here. What it needs of a sealed segment beyond the summary
// it reads from the log, and keeps the few that were used last.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/jetstream/message_record.h"
#include "core/jetstream/segment_index.h"
#include "core/jetstream/subject_index.h"
#include "core/storage/record_log.h"

namespace myelin {

class MessageIndex {
 public:
  // Of the places and subjects of sealed segments; two of them are always kept, unless none are to
  // be.
  static constexpr uint64_t kLoadedMax = 16 * 1024 * 1024;

  struct Found {
    SegmentIndex* segment = nullptr;
    uint32_t ordinal = 0;
    uint64_t sequence = 0;

    RecordLog::Position position() const {
      return {segment->number(), segment->place(ordinal).offset};
    }
  };

  // `is_file`: how bytes are counted (MessageStore::Options).
  MessageIndex(RecordLog& log, bool is_file) : log_(log), is_file_(is_file) {}

  uint64_t messages() const { return messages_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t expiring() const { return expiring_; }  // messages with a TTL
  // Of an empty store, last_sequence + 1.
  uint64_t first_sequence() const { return first_sequence_; }
  uint64_t last_sequence() const { return last_sequence_; }
  SubjectIndex& subjects() { return subjects_; }
  std::vector<std::unique_ptr<SegmentIndex>>& segments() { return segments_; }

  // The log's segment of this number takes new messages from now on.
  void begin_segment(uint64_t number);
  bool can_add(uint64_t sequence) const;
  void add(uint64_t sequence, SegmentIndex::Place place, std::string_view subject, WallTime time);
  // The segment was rewritten.
  void replace(size_t segment, std::unique_ptr<SegmentIndex> rewritten);
  // The sequences up to here are used up.
  void pass(uint64_t last_sequence);
  // The messages up to here that were there and are not. More than some ranges are merged, so that
  // damage cannot fill the memory.
  struct Lost {
    std::vector<SequenceRange> ranges;
    uint64_t bytes = 0;
  };
  Lost& lost() { return lost_; }
  void note_lost(SequenceRange range, uint64_t bytes);

  // The message's own place and subject: its segment need not be loaded.
  void kill(const Found& found, SegmentIndex::Place place, uint32_t subject);
  void kill_all();
  // As kill each message in [first, last]. Returns how many there were.
  uint64_t kill_range(uint64_t first, uint64_t last);

  std::optional<Found> find(uint64_t sequence);
  std::optional<Found> next(const SubjectFilter& filter, uint64_t from, uint64_t to);
  std::optional<Found> last(const SubjectFilter& filter, uint64_t to);
  uint64_t count(const SubjectFilter& filter, uint64_t from, uint64_t to);
  // With its first and last exact.
  const SubjectIndex::Entry& summary(uint32_t subject);
  std::vector<SequenceRange> missing() const;

  // Its size is that of the message before compression, which is what counts.
  static SegmentIndex::Place place_of(const MessageRecord& message, uint64_t offset);
  // As nats-server counts them.
  uint64_t bytes_of(SegmentIndex::Place place) const;
  // Reads the segment's places and subjects if they are not there. False if that failed. Messages
  // that the disk has no more are lost then.
  bool load(SegmentIndex& segment);
  // Counts what made use of a loaded segment.
  uint64_t uses() const { return uses_; }
  // Keeps what was used last, about `size` bytes of it.
  void unload(uint64_t size = kLoadedMax);
  // For a snapshot: what restore() finds to be nonsense makes `from` not ok, and clear() follows.
  void save(IndexWriter& to) const;
  void restore(IndexReader& from);
  void clear();
  // About.
  uint64_t snapshot_size() const;
  uint64_t memory() const;

 private:
  size_t segment_from(uint64_t sequence) const;
  std::optional<Found> next_selected(const SubjectSelection& selection, uint64_t from, uint64_t to);
  std::optional<Found> last_selected(const SubjectSelection& selection, uint64_t from, uint64_t to);
  bool scan(SegmentIndex& segment);
  void kill_unfound(SegmentIndex& segment);
  void move_first();
  void note_use(SegmentIndex& segment);

  RecordLog& log_;
  bool is_file_;
  std::vector<std::unique_ptr<SegmentIndex>> segments_;
  SubjectIndex subjects_;
  uint64_t messages_ = 0;
  uint64_t bytes_ = 0;
  uint64_t expiring_ = 0;
  uint64_t first_sequence_ = 1;
  uint64_t last_sequence_ = 0;
  Lost lost_;
  uint64_t uses_ = 0;
  std::vector<uint64_t> loaded_;  // sealed segments' numbers, the last used at the end
};

}  // namespace myelin
