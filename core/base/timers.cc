#include "core/base/timers.h"

#include "core/base/check.h"

namespace myelin {
namespace {

constexpr int64_t kTickNs = 1'000'000;

uint64_t tick_at_or_after(Instant at) {
  return at.ns <= 0 ? 0 : (static_cast<uint64_t>(at.ns) + kTickNs - 1) / kTickNs;
}
uint64_t tick_at_or_before(Instant at) {
  return at.ns <= 0 ? 0 : static_cast<uint64_t>(at.ns) / kTickNs;
}

// The last tick ends beyond the last Instant.
Instant start_of(uint64_t tick) {
  constexpr auto kLast = static_cast<uint64_t>(INT64_MAX / kTickNs);
  return {tick > kLast ? INT64_MAX : static_cast<int64_t>(tick) * kTickNs};
}

}  // namespace

void Timer::unlink() {
  if (next_ == nullptr) return;
  next_->previous_ = previous_;
  previous_->next_ = next_;
  next_ = nullptr;
  previous_ = nullptr;
}

Timers::Timers(Instant start) : tick_(tick_at_or_before(start)) {
  due_.next_ = due_.previous_ = &due_;
  for (Level& level : levels_) {
    for (Timer& head : level.heads) head.next_ = head.previous_ = &head;
  }
}

Timers::~Timers() {
  const auto empty = [](Timer& head) {
    while (head.next_ != &head) head.next_->unlink();
    head.next_ = head.previous_ = nullptr;
  };
  empty(due_);
  for (Level& level : levels_) {
    for (Timer& head : level.heads) empty(head);
  }
}

void Timers::set(Timer& timer, Instant at) {
  timer.unlink();
  timer.tick_ = tick_at_or_after(at);
  place(timer);
}

void Timers::place(Timer& timer) {
  Timer* head = &due_;
  if (timer.tick_ > tick_) {
    const int highest = 63 - __builtin_clzll(timer.tick_ ^ tick_);
    const int level = highest / kBits;
    INVARIANT(level < kLevels);
    const auto slot = static_cast<size_t>((timer.tick_ >> (level * kBits)) & (kSlots - 1));
    Level& home = levels_[static_cast<size_t>(level)];
    home.occupied |= uint64_t{1} << slot;
    head = &home.heads[slot];
  }
  timer.next_ = head;
  timer.previous_ = head->previous_;
  head->previous_->next_ = &timer;
  head->previous_ = &timer;
}

std::optional<uint64_t> Timers::next_tick() const {
  for (int index = 0; index < kLevels; ++index) {
    const Level& level = levels_[static_cast<size_t>(index)];
    const int shift = index * kBits;
    const uint64_t current = (tick_ >> shift) & (kSlots - 1);
    // Slots at or before the current one of a level belong to a later lap, which a higher level
    // holds.
    const uint64_t ahead = current == kSlots - 1 ? 0 : level.occupied >> (current + 1);
    if (ahead == 0) continue;
    const uint64_t slot = current + 1 + static_cast<uint64_t>(__builtin_ctzll(ahead));
    const uint64_t lap = shift + kBits >= 64 ? 0 : (tick_ >> (shift + kBits)) << (shift + kBits);
    return lap | (slot << shift);
  }
  return std::nullopt;
}

// Moves the wheel to `tick` and re-places the entries of the slots that begin there, coarsest
// first.
void Timers::enter(uint64_t tick) {
  tick_ = tick;
  for (int index = kLevels - 1; index >= 0; --index) {
    Level& level = levels_[static_cast<size_t>(index)];
    const auto slot = static_cast<size_t>((tick >> (index * kBits)) & (kSlots - 1));
    const uint64_t bit = uint64_t{1} << slot;
    if ((level.occupied & bit) == 0) continue;
    level.occupied &= ~bit;
    Timer& head = level.heads[slot];
    while (head.next_ != &head) {
      Timer& timer = *head.next_;
      timer.unlink();
      place(timer);
    }
  }
}

Timer* Timers::expired(Instant now) {
  const uint64_t until = tick_at_or_before(now);
  for (;;) {
    if (due_.next_ != &due_) {
      Timer* timer = due_.next_;
      timer->unlink();
      return timer;
    }
    if (tick_ >= until) return nullptr;
    const std::optional<uint64_t> next = next_tick();
    if (!next || *next > until) {
      tick_ = until;
      return nullptr;
    }
    enter(*next);
  }
}

std::optional<Instant> Timers::deadline() const {
  if (due_.next_ != &due_) return start_of(tick_);
  const std::optional<uint64_t> next = next_tick();
  if (!next) return std::nullopt;
  return start_of(*next);
}

}  // namespace myelin
