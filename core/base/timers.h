// Timers: a hierarchical wheel of intrusive entries. Setting and cancelling are O(1) and allocate
// nothing, so that 65,536 connections with two timers each cost nothing until they fire.
//
//     level 0   64 slots of 1 ms        an entry hangs in the slot of the coarsest
//     level 1   64 slots of 64 ms       unit in which its time differs from now, and
//     level 2   64 slots of 4.1 s       moves one level down when that slot comes up
//     ...       8 levels in all
//
// A timer fires at the first expired() at or after its time, rounded up to a millisecond, never
// before. The order in which timers of one millisecond fire is the same in every run, and otherwise
// not promised.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/time.h"

namespace myelin {

// Hangs in at most one wheel. Derive from it, or keep it as a member and find the owner by `kind`
// and `owner`.
class Timer {
 public:
  Timer() = default;
  Timer(uint8_t kind, void* owner) : owner_(owner), kind_(kind) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { unlink(); }

  bool is_set() const { return next_ != nullptr; }
  void cancel() { unlink(); }
  uint8_t kind() const { return kind_; }
  void* owner() const { return owner_; }

 private:
  friend class Timers;
  void unlink();

  Timer* next_ = nullptr;
  Timer* previous_ = nullptr;
  uint64_t tick_ = 0;
  void* owner_ = nullptr;
  uint8_t kind_ = 0;
};

class Timers {
 public:
  explicit Timers(Instant start);
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  ~Timers();

  // Sets or moves `timer` to fire at `at`; a time already past fires at the next expired().
  void set(Timer& timer, Instant at);
  // The next timer due at `now`, unlinked, or nullptr. Call until nullptr: it advances the wheel.
  Timer* expired(Instant now);
  // When expired() has something to do next; may be early (to move entries down a level), never
  // late.
  std::optional<Instant> deadline() const;

 private:
  static constexpr int kLevels = 8;
  static constexpr int kBits = 6;
  static constexpr uint64_t kSlots = 1u << kBits;

  struct Level {
    std::array<Timer, kSlots> heads;  // each a ring through its sentinel
    uint64_t occupied = 0;            // a bit per slot that may hold entries
  };

  void place(Timer& timer);
  std::optional<uint64_t> next_tick() const;
  void enter(uint64_t tick);

  uint64_t tick_;  // all entries at or before it have been moved to due_
  Timer due_;      // sentinel
  std::array<Level, kLevels> levels_;
};

}  // namespace myelin
