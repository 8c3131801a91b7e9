// SegmentIndex: what is known of the messages in one segment of a store's log, in the order they
// stand there.
//
//     resident   first_sequence .. last_sequence, how many, how many still live, which are dead,
//                the place of every 64th and, once the segment is sealed, how many live ones each
//                subject has
//     loaded     each message's place in the file and its subject's number: on use, for a while
//
// An ordinal counts the segment's messages from 0, dead ones included. Most segments have every
// sequence between the first and the last; one that has not keeps the distance of each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/time.h"
#include "core/jetstream/index_bytes.h"
#include "core/jetstream/subject_index.h"

namespace myelin {

class SegmentIndex {
 public:
  // Where a message's record stands, and what can be told without reading it.
  struct Place {
    uint32_t offset = 0;     // in the segment's file
    uint32_t size : 30 = 0;  // of the record's payload, were it not compressed
    uint32_t has_headers : 1 = 0;
    uint32_t has_expiry : 1 = 0;
  };
  struct SubjectCount {
    uint32_t subject = kNoSubject;
    uint32_t count = 0;
  };

  // `begin`: messages in it have this sequence or a later one. It rises to that of the first.
  SegmentIndex(uint64_t number, uint64_t begin) : number_(number), begin_(begin) {}

  uint64_t number() const { return number_; }
  uint64_t begin() const { return begin_; }
  uint32_t count() const { return count_; }  // of its messages, dead or not
  uint32_t live_count() const { return live_count_; }
  // Of the payloads of its messages' records, were they not compressed.
  uint64_t size() const { return size_; }
  uint64_t live_size() const { return live_size_; }
  uint64_t last_sequence() const { return count_ == 0 ? begin_ - 1 : sequence_at(count_ - 1); }
  WallTime first_time() const { return first_time_; }
  WallTime last_time() const { return last_time_; }  // the latest

  // A later sequence than any before; false if it is too far from the first.
  bool can_add(uint64_t sequence) const;
  void add(uint64_t sequence, Place place, uint32_t subject, WallTime time);
  // The segment says what the last sequence was when it began: those before it may go, once that is
  // durable, which it is when the log is synced as far as this.
  void note_mark(uint64_t log_offset) { mark_end_ = mark_end_.value_or(log_offset); }
  const std::optional<uint64_t>& mark_end() const { return mark_end_; }
  // No more messages are added.
  void seal();
  bool is_sealed() const { return is_sealed_; }

  uint64_t sequence_at(uint32_t ordinal) const {
    return begin_ + (distances_.empty() ? ordinal : distances_[ordinal]);
  }
  // The first ordinal whose sequence is not below; count() if there is none.
  uint32_t ordinal_from(uint64_t sequence) const;
  std::optional<uint32_t> find_live(uint64_t sequence) const;
  // Whether the segment has a message in [first, last], dead or not.
  bool holds(uint64_t first, uint64_t last) const {
    const uint32_t ordinal = ordinal_from(first);
    return ordinal < count_ && sequence_at(ordinal) <= last;
  }
  bool is_live(uint32_t ordinal) const {
    return ordinal / 64 >= dead_.size() || ((dead_[ordinal / 64] >> (ordinal % 64)) & 1) == 0;
  }
  // Of a live one.
  void kill(uint32_t ordinal, uint32_t size, uint32_t subject);
  void kill_all();

  // Among the ordinals in [from, end), the first or last that lives.
  std::optional<uint32_t> next_live(uint32_t from, uint32_t end) const;
  std::optional<uint32_t> last_live(uint32_t from, uint32_t end) const;
  uint32_t count_live(uint32_t from, uint32_t end) const;
  // Its dead are older than its living: it goes whole before long.
  bool is_eaten_from_front() const {
    return live_count_ > 0 && next_live(0, count_) == count_ - live_count_;
  }
  // The same among those of selected subjects; loaded, unless everything is selected.
  std::optional<uint32_t> next(const SubjectSelection& selection, uint32_t from,
                               uint32_t end) const;
  std::optional<uint32_t> last(const SubjectSelection& selection, uint32_t from,
                               uint32_t end) const;
  uint32_t count(const SubjectSelection& selection, uint32_t from, uint32_t end) const;
  // In the whole segment, sealed; not loaded.
  uint64_t count(const SubjectSelection& selection) const;
  bool may_hold(const SubjectSelection& selection) const;
  const std::vector<SubjectCount>& subject_counts() const { return subject_counts_; }

  // A message at or before `ordinal`, never far, and where it stands.
  struct Anchor {
    uint32_t ordinal = 0;
    uint32_t offset = 0;
  };
  static constexpr uint32_t kAnchorStep = 64;
  Anchor anchor(uint32_t ordinal) const {
    return {ordinal / kAnchorStep * kAnchorStep, anchors_[ordinal / kAnchorStep]};
  }

  bool is_loaded() const { return is_loaded_; }
  const Place& place(uint32_t ordinal) const { return places_[ordinal]; }
  uint32_t subject(uint32_t ordinal) const { return subjects_[ordinal]; }
  void unload();
  // Begins a load: set_loaded for each message found in the file.
  void begin_load();
  void set_loaded(uint32_t ordinal, Place place, uint32_t subject);

  // For a snapshot of the index: the file as it was then. An unsealed segment is saved with its
  // places and subjects.
  void note_file(uint32_t revision, uint64_t size) {
    revision_ = revision;
    file_size_ = size;
  }
  uint32_t revision() const { return revision_; }
  uint64_t file_size() const { return file_size_; }
  void save(IndexWriter& to) const;
  // `subjects`: numbers are below it.
  static std::unique_ptr<SegmentIndex> restore(IndexReader& from, size_t subjects);
  uint64_t snapshot_size() const;

  uint64_t loaded_memory() const;
  uint64_t resident_memory() const;

 private:
  bool is_sound(size_t subjects) const;

  uint64_t number_;
  uint64_t begin_;
  uint32_t count_ = 0;
  uint32_t live_count_ = 0;
  uint64_t size_ = 0;
  uint64_t live_size_ = 0;
  WallTime first_time_;
  WallTime last_time_;
  std::vector<uint32_t> distances_;  // from begin_; empty: each one more than the last
  std::vector<uint32_t> anchors_;    // offsets
  std::vector<uint64_t> dead_;
  std::vector<SubjectCount> subject_counts_;
  std::optional<uint64_t> mark_end_;
  uint32_t revision_ = 0;
  uint64_t file_size_ = 0;
  bool is_sealed_ = false;
  bool is_loaded_ = true;
  std::vector<uint32_t> subjects_;
  std::vector<Place> places_;
};

}  // namespace myelin
