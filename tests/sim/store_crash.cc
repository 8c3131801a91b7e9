// store_crash: message stores on a disk that loses power, many times over.
//
//     store_crash --seeds N             seeds 1 to N
//     store_crash --seed S              one of them again
//     store_crash --seeds N --slots     on the browser host's slots
//
// A seed draws which faults there are, then plays several lives: recover, append, remove, purge,
// erase, compact, sync, fill the disk, and lose power at any point. The promises:
//
//   1. What was appended before a sync that came back without a failure is there after the crash.
//   2. What comes back was appended, byte for byte; what was durably removed does not come back.
//   3. No sequence that was ever acknowledged is given again.
//   4. What an erasure was answered for is on the disk no more.
//   5. Counts, subjects and gaps agree with the messages that are there.
//   6. With rot, the store opens, and what is missing was reported or cut from the very end.
//   7. The same seed ends in the same state.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/crc32c.h"
#include "core/jetstream/message_store.h"
#include "tests/sim/crash_main.h"

namespace myelin::sim {
namespace {

#define PROMISE(condition, text)                   \
  do {                                             \
    if (!(condition)) break_off(text, #condition); \
  } while (false)

struct Message {
  std::string subject;
  std::string content;
  std::optional<WallTime> expires;
  bool is_acked = false;
  bool is_removed = false;        // asked for
  bool is_removal_acked = false;  // and durable
};

// Disk: SimStorage, or what has its faults.
template <class Disk>
class Trial {
 public:
  explicit Trial(uint64_t seed)
      : seed_(seed),
        random_(seed * 2 + 1),
        storage_(seed, draw_faults()),
        has_rot_(random_.below(4) == 0),
        segment_size_(300 + random_.below(4000)) {}

  uint32_t run() {
    for (life_ = 1; life_ <= 5; ++life_) {
      if (recover()) live();
      forget_life();
      storage_.crash();
      if (has_rot_ && random_.below(2) == 0 && storage_.rot()) was_rotten_ = true;
    }
    return digest_;
  }

 private:
  [[noreturn]] void break_off(const char* promise, const char* condition) const {
    std::printf("seed %llu, life %d: %s (%s)\n", static_cast<unsigned long long>(seed_), life_,
                promise, condition);
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
    check_erased();
    store_ = std::make_unique<MessageStore>(
        storage_, MessageStore::Options{
                      .folder = "store", .segment_size = segment_size_, .salt = random_.next()});
    PROMISE(store_->open().ok(), "6: the store opens");
    const uint64_t slices = random_.below(4) == 0 ? random_.below(30) : UINT64_MAX;
    for (uint64_t i = 0;; ++i) {
      if (i == slices) return false;
      uint64_t budget = 1 + random_.below(4000);
      const auto done = store_->recover(budget);
      PROMISE(done.ok(), "6: the store is recovered");
      if (done.value()) break;
    }
    compare();
    return true;
  }

  void check_erased() {
    const auto names = storage_.list("store/");
    for (const std::string& name : names.value()) {
      const FileId file = storage_.open(name).value();
      std::string bytes(static_cast<size_t>(storage_.size(file).value()), '\0');
      PROMISE(storage_.read(file, 0, std::as_writable_bytes(std::span(bytes))).ok(), "a read");
      for (const std::string& content : erased_) {
        PROMISE(bytes.find(content) == std::string::npos, "4: what was erased is gone");
      }
    }
  }

  void compare() {
    std::map<uint64_t, Message> found;
    uint64_t from = 0;
    while (const auto message = store_->next({}, from, UINT64_MAX)) {
      const auto known = messages_.find(message->sequence);
      PROMISE(known != messages_.end(), "2: only what was appended");
      PROMISE(known->second.content == message->content, "2: byte for byte");
      PROMISE(known->second.subject == message->subject, "2: byte for byte");
      PROMISE(was_rotten_ || !known->second.is_removal_acked, "2: what was removed stays so");
      found.insert(*known);
      from = message->sequence + 1;
    }
    const uint64_t last_found = found.empty() ? 0 : found.rbegin()->first;
    const auto lost = store_->lost();
    for (const auto& [sequence, message] : messages_) {
      digest(sequence);
      if (found.contains(sequence) || !message.is_acked || message.is_removed) continue;
      PROMISE(was_rotten_, "1: what was synced is there");
      PROMISE(lost.bytes > 0 || sequence > last_found, "6: what is missing was reported");
    }
    PROMISE(was_rotten_ || store_->last_sequence() >= last_acked_, "3: no sequence is given twice");
    check_counts(found);
    settle(std::move(found));
  }

  void check_counts(const std::map<uint64_t, Message>& found) {
    PROMISE(store_->messages() == found.size(), "5: the messages are counted");
    std::map<std::string, uint64_t> subjects;
    for (const auto& [sequence, message] : found) ++subjects[message.subject];
    PROMISE(store_->subjects() == subjects.size(), "5: the subjects are counted");
    for (const auto& [subject, count] : subjects) {
      const SubjectFilter only({subject});
      PROMISE(store_->subject(subject).messages == count, "5: a subject's messages are counted");
      PROMISE(store_->count(only, 0) == count, "5: what matches is counted");
    }
    uint64_t missing = 0;
    for (const auto& [first, last] : store_->deleted()) missing += last - first + 1;
    PROMISE(missing == store_->deleted_count(), "5: the gaps are those of the messages");
    std::optional<WallTime> soonest;
    for (const auto& [sequence, message] : found) {
      PROMISE(store_->has_expiry(sequence) == message.expires.has_value(), "5: a TTL is kept");
      if (message.expires && (!soonest || *message.expires < *soonest)) soonest = message.expires;
    }
    const auto expiry = store_->next_expiry();
    PROMISE(expiry.has_value() == soonest.has_value(), "5: a TTL is kept");
    PROMISE(!expiry || expiry->at == *soonest, "5: a TTL is kept");
    digest(store_->last_sequence());
    digest(found.size());
  }

  // What this life begins with. Rot may have taken away anything, so nothing older counts then.
  void settle(std::map<uint64_t, Message> found) {
    const uint64_t last = store_->last_sequence();
    for (auto each = messages_.begin(); each != messages_.end();) {
      const bool is_there = found.contains(each->first);
      each->second.is_removed = !is_there;
      if (is_there) each->second.is_removal_acked = false;
      if (!is_there && was_rotten_) each->second.is_acked = false;
      each = !is_there && each->first > last ? messages_.erase(each) : std::next(each);
    }
    if (was_rotten_) last_acked_ = std::min(last_acked_, last);
  }

  void live() {
    const uint64_t deeds = random_.below(150);
    for (uint64_t i = 0; i < deeds; ++i) {
      const uint64_t deed = random_.below(100);
      if (deed < 40) {
        append();
      } else if (deed < 55) {
        remove();
      } else if (deed < 58) {
        erase();
      } else if (deed < 60) {
        purge();
      } else if (deed < 70) {
        sync();
      } else if (deed < 82) {
        complete();
      } else if (deed < 95) {
        store_->work(1 + random_.below(2000), random_.below(5) == 0);
      } else if (deed < 97) {
        skip();
      } else if (deed < 98) {
        storage_.set_capacity(random_.below(3) == 0 ? random_.below(30'000) : UINT64_MAX / 2);
      } else {
        read_back();
      }
    }
  }

  void append() {
    const std::string subject = "s." + std::to_string(random_.below(5));
    const std::string content =
        random_.base62(random_.below(10) == 0 ? 1000 : 20 + static_cast<size_t>(random_.below(80)));
    const uint64_t before = store_->messages();
    std::optional<WallTime> expires;
    if (random_.below(4) == 0) expires = WallTime{static_cast<int64_t>(random_.below(1000))};
    const auto sequence =
        store_->append({.subject = subject, .content = content, .time = {1}, .expires = expires});
    if (!sequence.ok()) {
      PROMISE(store_->messages() == before, "a refused message changes nothing");
      PROMISE(store_->offline() || sequence.error().code == Errc::kFull,
              "nothing but a full disk refuses");
      return;
    }
    PROMISE(!messages_.contains(sequence.value()) || was_rotten_, "3: no sequence is given twice");
    messages_[sequence.value()] = {subject, content, expires};
    unasked_.appended.push_back(sequence.value());
    unasked_.last = sequence.value();
  }

  void skip() {
    const auto sequence = store_->skip({1});
    if (sequence.ok()) unasked_.last = sequence.value();
  }

  void note_removed(uint64_t sequence) {
    messages_[sequence].is_removed = true;
    unasked_.removed.push_back(sequence);
  }

  uint64_t draw_sequence() {
    if (random_.below(2) == 0) return store_->first_sequence();
    return store_->first_sequence() +
           random_.below(store_->last_sequence() + 2 - store_->first_sequence());
  }

  void remove() {
    const uint64_t sequence = draw_sequence();
    const bool is_there = store_->has(sequence);
    const auto removed = store_->remove(sequence);
    if (!removed.ok()) return;
    PROMISE(removed.value() == is_there || was_rotten_, "what is there can be removed");
    if (removed.value()) note_removed(sequence);
  }

  void erase() {
    const uint64_t sequence = draw_sequence();
    const auto number = store_->erase(sequence);
    if (!number.ok() || number.value() == 0) return;
    note_removed(sequence);
    erasing_[number.value()] = messages_[sequence].content;
  }

  void purge() {
    const bool is_all = random_.below(4) == 0;
    const SubjectFilter filter =
        is_all ? SubjectFilter() : SubjectFilter({"s." + std::to_string(random_.below(5))});
    const uint64_t below = random_.below(2) == 0 ? 0 : draw_sequence();
    std::vector<uint64_t> before;
    for (const auto& [sequence, message] : messages_) {
      if (store_->has(sequence)) before.push_back(sequence);
    }
    const auto purged = store_->purge(filter, below, random_.below(3));
    for (const uint64_t sequence : before) {
      if (!store_->has(sequence)) note_removed(sequence);
    }
    PROMISE(purged.ok() || purged.error().code == Errc::kFull || store_->offline(),
            "nothing but a full disk refuses");
  }

  void sync() {
    std::vector<FileId> files;
    store_->collect_unsynced(files);
    const SyncTicket ticket = storage_.sync(files);
    store_->sync_asked(ticket);
    waiting_[ticket.value] = std::exchange(unasked_, {});
  }

  void complete() {
    if (!storage_.has_outstanding()) return;
    for (const auto& synced : storage_.complete()) {
      store_->on_synced(synced.ticket, synced.failed);
      const Deeds done = std::move(waiting_[synced.ticket.value]);
      waiting_.erase(synced.ticket.value);
      if (!synced.failed.empty() || store_->offline()) continue;
      for (const uint64_t each : done.appended) messages_[each].is_acked = true;
      for (const uint64_t each : done.removed) messages_[each].is_removal_acked = true;
      last_acked_ = std::max(last_acked_, done.last);
    }
    while (!erasing_.empty() && erasing_.begin()->first <= store_->erased()) {
      erased_.push_back(erasing_.begin()->second);
      erasing_.erase(erasing_.begin());
    }
  }

  void read_back() {
    for (const auto& [sequence, message] : messages_) {
      if (message.is_removed || random_.below(4) != 0) continue;
      const auto loaded = store_->load(sequence);
      PROMISE(loaded || was_rotten_, "what is there can be read");
      if (loaded) PROMISE(loaded->content == message.content, "2: byte for byte");
    }
  }

  void forget_life() {
    waiting_.clear();
    unasked_ = {};
    erasing_.clear();
    store_.reset();
    storage_.set_capacity(UINT64_MAX / 2);
  }

  void digest(uint64_t number) {
    std::array<std::byte, 8> bytes;
    std::memcpy(bytes.data(), &number, 8);
    digest_ = crc32c(digest_, bytes);
  }

  struct Deeds {
    std::vector<uint64_t> appended;
    std::vector<uint64_t> removed;
    uint64_t last = 0;
  };

  uint64_t seed_;
  int life_ = 0;
  Random random_;
  Disk storage_;
  bool has_rot_;
  bool was_rotten_ = false;
  uint64_t segment_size_;
  std::unique_ptr<MessageStore> store_;
  std::map<uint64_t, Message> messages_;
  uint64_t last_acked_ = 0;
  Deeds unasked_;
  std::map<uint64_t, Deeds> waiting_;
  std::map<uint64_t, std::string> erasing_;
  std::vector<std::string> erased_;
  uint32_t digest_ = 0;
};

}  // namespace
}  // namespace myelin::sim

int main(int argc, char** argv) { return myelin::sim::crash_main<myelin::sim::Trial>(argc, argv); }
