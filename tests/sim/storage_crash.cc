// storage_crash: record logs on a disk that loses power, many times over.
//
//     storage_crash --seeds N             seeds 1 to N
//     storage_crash --seed S              one of them again
//     storage_crash --seeds N --slots     on the browser host's slots
//
// A seed draws which faults there are, then plays several lives: recover, append, sync, remove and
// rewrite segments, fill the disk, lose power at any point, recovery included. The promises:
//
//   1. What was appended before a sync that came back without a failure is there after the crash.
//   2. What comes back was appended, byte for byte, in order, once.
//   3. Without rot nothing is reported as lost that was synced.
//   4. With rot, what is missing lies in a range reported as lost, or was cut from the very end.
//   5. A full disk changes nothing, and a failed sync takes the log offline.
//   6. The same seed ends in the same state.
//
// A second log stands for the owner's: it says which revision of a rewritten segment counts.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/crc32c.h"
#include "core/storage/record_log.h"
#include "tests/sim/crash_main.h"

namespace myelin::sim {
namespace {

constexpr uint8_t kMessage = 1;
constexpr uint8_t kSwap = 2;

struct Place {
  uint64_t seed = 0;
  int life = 0;
};

#define PROMISE(condition, text)                   \
  do {                                             \
    if (!(condition)) break_off(text, #condition); \
  } while (false)

using Position = RecordLog::Position;

struct Entry {
  std::string payload;
  std::vector<Position> positions;  // more than one while a rewrite is under way
  bool is_acked = false;
  bool is_unwanted = false;  // may be there or not
};

// Disk: SimStorage, or what has its faults.
template <class Disk>
class Trial {
 public:
  explicit Trial(uint64_t seed)
      : random_(seed * 2 + 1), storage_(seed, draw_faults()), has_rot_(random_.below(4) == 0) {
    at_.seed = seed;
    segment_size_ = 200 + random_.below(4000);
  }

  uint32_t run() {
    for (at_.life = 1; at_.life <= 5; ++at_.life) {
      if (recover()) live();
      forget_life();
      storage_.crash();
      if (has_rot_ && random_.below(2) == 0 && storage_.rot()) was_rotten_ = true;
    }
    return digest_;
  }

 private:
  [[noreturn]] void break_off(const char* promise, const char* condition) const {
    std::printf("seed %llu, life %d: %s (%s)\n", static_cast<unsigned long long>(at_.seed),
                at_.life, promise, condition);
    std::exit(1);
  }

  SimStorage::Faults draw_faults() {
    SimStorage::Faults faults;
    faults.has_torn_writes = random_.below(4) != 0;
    faults.has_reordered_syncs = random_.below(2) == 0;
    if (random_.below(3) == 0) faults.sync_failure_rate = 5 + random_.below(30);
    return faults;
  }

  // False: the power went before it was done.
  bool recover() {
    meta_.emplace(storage_, RecordLog::Options{"meta", segment_size_, random_.next()});
    log_.emplace(storage_, RecordLog::Options{"log", segment_size_, random_.next()});
    const uint64_t steps = random_.below(3) == 0 ? random_.below(60) : UINT64_MAX;
    uint64_t taken = 0;

    RecordLog::Revisions revisions;
    PROMISE(meta_->open({}).ok(), "the owner's log opens");
    for (;;) {
      if (taken++ == steps) return false;
      uint64_t budget = 1 + random_.below(3000);
      const auto found = meta_->recover(budget);
      PROMISE(found.ok(), "the owner's log is recovered");
      if (found.value().what == RecordLog::Recovered::What::kDone) break;
      if (found.value().what == RecordLog::Recovered::What::kMore) continue;
      const Record& record = found.value().record;
      PROMISE(record.kind == kSwap && record.payload.size() == 12, "2: only what was appended");
      uint64_t segment = 0;
      uint32_t revision = 0;
      std::memcpy(&segment, record.payload.data(), 8);
      std::memcpy(&revision, record.payload.data() + 8, 4);
      revisions.rewritten[segment] = revision;
    }
    check_lost(*meta_);

    std::map<uint64_t, Position> found_at;
    PROMISE(log_->open(revisions).ok(), "the log opens");
    for (;;) {
      if (taken++ == steps) return false;
      uint64_t budget = 1 + random_.below(3000);
      const auto found = log_->recover(budget);
      PROMISE(found.ok(), "the log is recovered");
      if (found.value().what == RecordLog::Recovered::What::kDone) break;
      if (found.value().what == RecordLog::Recovered::What::kMore) continue;
      const Record& record = found.value().record;
      PROMISE(record.kind == kMessage && record.sequence, "2: only what was appended");
      auto entry = entries_.find(*record.sequence);
      // Rot in the owner's log may bring back what a rewritten segment held, and it says so.
      if (entry == entries_.end() && was_rotten_ && has_lost_notes()) {
        const auto former = former_.find(*record.sequence);
        PROMISE(former != former_.end(), "2: only what was appended");
        entry = entries_.insert(former_.extract(former)).position;
      }
      PROMISE(entry != entries_.end(), "2: only what was appended");
      PROMISE(entry->second.payload == as_text(record.payload), "2: byte for byte");
      PROMISE(found_at.empty() || found_at.rbegin()->first < *record.sequence, "2: in order, once");
      found_at[*record.sequence] = found.value().position;
    }
    check_lost(*log_);
    compare(found_at);
    return true;
  }

  void check_lost(const RecordLog& log) {
    for (const RecordLog::LostRange& range : log.lost()) {
      PROMISE(was_rotten_ || !range.was_synced, "3: nothing synced is reported as lost");
    }
  }

  void compare(const std::map<uint64_t, Position>& found_at) {
    std::map<uint64_t, Entry> left;
    for (auto& [sequence, entry] : entries_) {
      digest(sequence);
      const auto found = found_at.find(sequence);
      if (found != found_at.end()) {
        entry.positions = {found->second};
        left.emplace(sequence, std::move(entry));
      } else if (entry.is_acked && !entry.is_unwanted) {
        PROMISE(was_rotten_, "1: what was synced is there");
        PROMISE(is_reported(entry), "4: what is missing was reported");
      }
      if (found == found_at.end()) former_.emplace(sequence, std::move(entry));
    }
    entries_ = std::move(left);
    for (const auto& [sequence, position] : found_at) digest(position.offset);
  }

  bool has_lost_notes() const { return !meta_->lost().empty() || meta_->cut_size() > 0; }

  bool is_reported(const Entry& entry) const {
    if (has_lost_notes()) return true;
    for (const Position& position : entry.positions) {
      for (const RecordLog::LostRange& range : log_->lost()) {
        if (position.segment != range.from.segment) continue;
        if (range.size == 0) return true;
        if (position.offset + RecordLog::record_size(entry.payload.size(), true) >
                range.from.offset &&
            position.offset < range.from.offset + range.size) {
          return true;
        }
      }
      const auto segments = log_->segments();
      const bool is_after_end =
          segments.empty() || position.segment > segments.back().segment ||
          (position.segment == segments.back().segment && position.offset >= segments.back().size);
      if (log_->cut_size() > 0 && is_after_end) return true;
    }
    return false;
  }

  void live() {
    const uint64_t deeds = random_.below(120);
    for (uint64_t i = 0; i < deeds; ++i) {
      const uint64_t deed = random_.below(100);
      if (deed < 55) {
        append();
      } else if (deed < 68) {
        sync();
      } else if (deed < 84) {
        complete();
      } else if (deed < 88) {
        remove_first();
      } else if (deed < 94) {
        rewrite();
      } else if (deed < 97) {
        read_back();
      } else {
        storage_.set_capacity(random_.below(3) == 0 ? random_.below(20'000) : UINT64_MAX / 2);
      }
    }
  }

  std::string draw_payload() {
    const uint64_t kind = random_.below(10);
    if (kind == 0) return {};
    if (kind < 3) {
      // What stands on the disk, records and all: a message may say anything.
      const auto names = storage_.list("log/").value();
      if (names.empty()) return {};
      const FileId file = storage_.open(names[random_.below(names.size())]).value();
      std::string copy(static_cast<size_t>(storage_.size(file).value()), '\0');
      const auto from = static_cast<size_t>(random_.below(copy.size() + 1));
      PROMISE(storage_.read(file, 0, std::as_writable_bytes(std::span(copy))).ok(), "a read");
      return copy.substr(from, static_cast<size_t>(random_.below(1500)));
    }
    return random_.base62(static_cast<size_t>(random_.below(kind < 8 ? 60 : 900)));
  }

  void append() {
    const std::string payload = draw_payload();
    const auto split = static_cast<size_t>(random_.below(payload.size() + 1));
    const std::array<Bytes, 2> parts = {as_bytes(std::string_view(payload).substr(0, split)),
                                        as_bytes(std::string_view(payload).substr(split))};
    const auto before = log_->segments();
    const auto at = log_->append(kMessage, next_sequence_, parts);
    if (log_->offline()) {
      PROMISE(!at.ok(), "5: a log that is offline takes nothing");
      return;
    }
    if (!at.ok()) {
      PROMISE(at.error().code == Errc::kFull, "5: nothing but a full disk refuses");
      const auto after = log_->segments();
      PROMISE(before.size() == after.size(), "5: a full disk changes nothing");
      PROMISE(before.empty() || before.back().size == after.back().size,
              "5: a full disk changes nothing");
      return;
    }
    unasked_.push_back(next_sequence_);
    entries_[next_sequence_++] = {payload, {at.value()}};
  }

  // As an owner does: one sync for both logs.
  void sync() {
    std::vector<FileId> files;
    log_->collect_unsynced(files);
    meta_->collect_unsynced(files);
    const SyncTicket ticket = storage_.sync(files);
    log_->sync_asked(ticket);
    meta_->sync_asked(ticket);
    Waiting waiting{.sequences = std::exchange(unasked_, {})};
    // Only the first sync after a stage covers what was done in it.
    if (rewrite_stage_ != asked_stage_) {
      asked_stage_ = rewrite_stage_;
      waiting.stage = rewrite_stage_;
      waiting.rewrite = rewrite_count_;
    }
    waiting_[ticket.value] = std::move(waiting);
  }

  void complete() {
    if (!storage_.has_outstanding()) return;
    for (const auto& synced : storage_.complete()) {
      log_->on_synced(synced.ticket, synced.failed);
      meta_->on_synced(synced.ticket, synced.failed);
      const Waiting waiting = std::move(waiting_[synced.ticket.value]);
      waiting_.erase(synced.ticket.value);
      if (!synced.failed.empty() || log_->offline() || meta_->offline()) continue;
      for (const uint64_t sequence : waiting.sequences) {
        const auto entry = entries_.find(sequence);
        if (entry != entries_.end()) entry->second.is_acked = true;
      }
      if (rewrite_stage_ != Stage::kNone && waiting.stage == rewrite_stage_ &&
          waiting.rewrite == rewrite_count_) {
        advance_rewrite();
      }
    }
  }

  void remove_first() {
    const auto segments = log_->segments();
    if (segments.size() < 2 || random_.below(2) == 0) return;
    if (!log_->remove_first().ok()) return;
    const uint64_t first = segments.front().segment;
    if (rewrite_segment_ == first) rewrite_stage_ = Stage::kNone;
    for (auto& [sequence, entry] : entries_) {
      if (entry.positions.front().segment == first) entry.is_unwanted = true;
    }
  }

  void rewrite() {
    if (rewrite_stage_ != Stage::kNone) return;
    const auto segments = log_->segments();
    if (segments.size() < 2) return;
    const uint64_t number = segments[random_.below(segments.size() - 1)].segment;
    const auto revision = log_->begin_rewrite(number);
    if (!revision.ok()) return;
    ++rewrite_count_;
    rewrite_segment_ = number;
    rewrite_revision_ = revision.value();
    moved_.clear();
    if (!copy_segment(number) || !log_->end_rewrite().ok()) {
      if (!log_->offline()) PROMISE(log_->abandon_rewrite().ok(), "a rewrite can be given up");
      return;
    }
    rewrite_stage_ = Stage::kEnded;
    asked_stage_ = Stage::kNone;
  }

  bool copy_segment(uint64_t number) {
    auto scan = log_->scan(number);
    PROMISE(scan.ok(), "a segment can be read");
    const uint64_t keep = random_.below(4);
    for (;;) {
      uint64_t budget = UINT64_MAX;
      const auto step = scan.value().step(budget);
      PROMISE(step.ok(), "a segment can be read");
      if (step.value().what == RecordLogScan::What::kEnd) return true;
      if (step.value().what != RecordLogScan::What::kRecord) continue;
      const Record& record = step.value().record;
      if (record.kind == kRecordKindEnd) continue;
      const bool is_message = record.kind == kMessage;
      if (is_message && random_.below(4) > keep) continue;
      const std::array<Bytes, 1> payload = {record.payload};
      const auto at = log_->rewrite_append(record.kind, record.sequence, payload);
      if (!at.ok()) return false;
      if (is_message) moved_[*record.sequence] = at.value();
    }
  }

  // Synced: write down that it counts. That synced: let the old one go.
  void advance_rewrite() {
    if (rewrite_stage_ == Stage::kEnded) {
      std::array<std::byte, 12> note;
      std::memcpy(note.data(), &rewrite_segment_, 8);
      std::memcpy(note.data() + 8, &rewrite_revision_, 4);
      const std::array<Bytes, 1> payload = {note};
      if (!meta_->append(kSwap, std::nullopt, payload).ok()) return;
      for (auto& [sequence, at] : moved_) {
        const auto entry = entries_.find(sequence);
        if (entry != entries_.end()) entry->second.positions.push_back(at);
      }
      for (auto& [sequence, entry] : entries_) {
        const bool is_here = entry.positions.front().segment == rewrite_segment_;
        if (is_here && !moved_.contains(sequence)) entry.is_unwanted = true;
      }
      rewrite_stage_ = Stage::kNoted;
      return;
    }
    PROMISE(log_->swap_rewritten().ok(), "a rewritten segment takes its place");
    for (auto& [sequence, at] : moved_) {
      const auto entry = entries_.find(sequence);
      if (entry == entries_.end()) continue;
      entry->second.positions = {at};
      RecordWindows windows;
      const auto record = log_->read(at, windows);
      PROMISE(record.ok() && as_text(record.value().payload) == entry->second.payload,
              "what was rewritten can be read");
    }
    rewrite_stage_ = Stage::kNone;
  }

  void read_back() {
    for (const auto& [sequence, entry] : entries_) {
      if (entry.is_unwanted || random_.below(4) != 0) continue;
      RecordWindows windows;
      const auto record = log_->read(entry.positions.front(), windows);
      PROMISE(record.ok(), "a record can be read where it stands");
      PROMISE(as_text(record.value().payload) == entry.payload, "2: byte for byte");
      PROMISE(record.value().sequence == sequence, "2: what was appended");
    }
  }

  void forget_life() {
    waiting_.clear();
    unasked_.clear();
    rewrite_stage_ = Stage::kNone;
    log_.reset();
    meta_.reset();
    storage_.set_capacity(UINT64_MAX / 2);
  }

  void digest(uint64_t number) {
    std::array<std::byte, 8> bytes;
    std::memcpy(bytes.data(), &number, 8);
    digest_ = crc32c(digest_, bytes);
  }

  enum class Stage { kNone, kEnded, kNoted };
  struct Waiting {
    std::vector<uint64_t> sequences;
    Stage stage = Stage::kNone;
    uint64_t rewrite = 0;
  };

  Place at_;
  Random random_;
  Disk storage_;
  bool has_rot_;
  bool was_rotten_ = false;
  uint64_t segment_size_ = 0;
  std::optional<RecordLog> meta_;
  std::optional<RecordLog> log_;
  std::map<uint64_t, Entry> entries_;
  std::map<uint64_t, Entry> former_;  // gone
  uint64_t next_sequence_ = 1;
  std::vector<uint64_t> unasked_;
  std::map<uint64_t, Waiting> waiting_;
  Stage rewrite_stage_ = Stage::kNone;
  Stage asked_stage_ = Stage::kNone;
  uint64_t rewrite_count_ = 0;
  uint64_t rewrite_segment_ = 0;
  uint32_t rewrite_revision_ = 0;
  std::map<uint64_t, Position> moved_;
  uint32_t digest_ = 0;
};

}  // namespace
}  // namespace myelin::sim

int main(int argc, char** argv) { return myelin::sim::crash_main<myelin::sim::Trial>(argc, argv); }
