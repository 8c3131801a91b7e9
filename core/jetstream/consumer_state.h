// ConsumerState: how far a consumer came: what is delivered, what waits for an acknowledgement, and
// below which everything is done. A pure structure: it knows no messages, no time but what it is
// given, and nobody to tell.
//
//       floor            delivered  next
//         |                  |       |
//     ----+--x--o--o--x--x---o-------+----> stream sequences      o pending   x done
//
// Pending messages stand in stream order in one vector; those done with leave a hole, and holes go
// when they are at its front or outnumber what is left: a delivery and its acknowledgement are O(1)
// and a binary search.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/base/time.h"

namespace myelin {

class ConsumerState {
 public:
  struct Position {
    uint64_t consumer = 0;  // counts deliveries
    uint64_t stream = 0;
    friend bool operator==(const Position&, const Position&) = default;
  };
  struct Pending {
    uint64_t sequence = 0;    // in the stream
    uint64_t delivery = 0;    // consumer sequence of its first delivery
    Instant since;            // when it was last delivered, or reported to be worked on
    uint32_t deliveries = 0;  // 0: a hole
    bool is_queued = false;   // to be delivered again
  };

  // `keeps_pending`: deliveries are acknowledged.
  explicit ConsumerState(bool keeps_pending) : keeps_pending_(keeps_pending) {}

  // Begins, or begins again: nothing is delivered, and `next` is the first to be looked at.
  void reset(uint64_t next);

  uint64_t next() const { return next_; }                    // first stream sequence not looked at
  uint64_t next_delivery() const { return next_delivery_; }  // the next consumer sequence
  const Position& delivered() const { return delivered_; }
  const Position& floor() const { return floor_; }
  uint64_t pending_count() const { return pending_count_; }
  // Delivered more than once and not done; those given up included.
  uint64_t redelivered_count() const { return redelivered_count_ + given_up_.size(); }
  bool keeps_pending() const { return keeps_pending_; }
  bool has_pending() const { return pending_count_ > 0; }
  bool has_given_up() const { return !given_up_.empty(); }

  // nullptr if it is not pending. Good until something is delivered or done.
  Pending* find(uint64_t sequence);
  const Pending* find(uint64_t sequence) const;
  // Whether it was given up: delivered as often as allowed, and not acknowledged.
  bool is_given_up(uint64_t sequence) const { return given_up_.count(sequence) > 0; }
  const std::map<uint64_t, uint32_t>& given_up() const { return given_up_; }
  // In stream order; `visit(Pending&)` changes nothing but what it is given.
  template <class Visit>
  void for_each(Visit visit) {
    for (size_t index = front_; index < window_.size(); ++index) {
      if (window_[index].deliveries > 0) visit(window_[index]);
    }
  }
  template <class Visit>
  void for_each(Visit visit) const {
    for (size_t index = front_; index < window_.size(); ++index) {
      if (window_[index].deliveries > 0) visit(window_[index]);
    }
  }

  // A message at or after next(), delivered for the first time. Answers its consumer sequence.
  uint64_t deliver(uint64_t sequence, Instant now);
  // One that is pending, delivered once more.
  uint64_t redeliver(Pending& pending, Instant now);
  // Done with: acknowledged, terminated or gone. False if it was not pending.
  bool finish(uint64_t sequence);
  // All up to `upto` are done; `visit(sequence)` hears which.
  template <class Visit>
  void finish_all(Position upto, Visit visit) {
    for (; front_ < window_.size(); ++front_) {
      const uint64_t sequence = window_[front_].sequence;
      if (window_[front_].deliveries == 0) continue;
      if (sequence > upto.stream) break;
      erase(front_);
      visit(sequence);
    }
    given_up_.erase(given_up_.begin(), given_up_.upper_bound(upto.stream));
    floor_ = upto;
    trim();
  }
  // Not delivered again, and not acknowledged either: it stays known.
  void give_up(uint64_t sequence);
  // No longer there, so no longer known.
  void forget_given_up(uint64_t sequence) { given_up_.erase(sequence); }

  // Looked at in vain up to there.
  void skip_to(uint64_t next) {
    if (next > next_) next_ = next;
  }
  // One that was looked at and could not be delivered.
  void step_back_to(uint64_t next) { next_ = next; }
  // What lies before `first` is gone from the stream. What is pending there was finished before.
  void advance_to(uint64_t first);
  // The stream ends at `last`: what is known beyond is not true any more.
  void clamp_to(uint64_t last);

  // For a state that is read back.
  struct Summary {
    uint64_t next_delivery = 1;
    uint64_t next = 1;
    Position delivered;
    Position floor;
  };
  Summary summary() const { return {next_delivery_, next_, delivered_, floor_}; }
  void restore(const Summary& summary);
  // Ascending, after restore.
  void restore_pending(const Pending& pending);
  void restore_given_up(uint64_t sequence, uint32_t deliveries) {
    given_up_[sequence] = deliveries;
  }

  // Resident memory beside the object itself, about.
  uint64_t memory() const { return window_.capacity() * sizeof(Pending); }

 private:
  size_t index_of(uint64_t sequence) const;
  void erase(size_t index);
  void trim();
  void move_floor();

  bool keeps_pending_;
  uint64_t next_delivery_ = 1;
  uint64_t next_ = 1;
  Position delivered_;
  Position floor_;
  std::vector<Pending> window_;
  size_t front_ = 0;
  uint64_t pending_count_ = 0;
  uint64_t redelivered_count_ = 0;
  std::map<uint64_t, uint32_t> given_up_;  // with how often they were delivered
};

}  // namespace myelin
