#include "core/jetstream/consumer_state.h"

#include <algorithm>

#include "core/base/check.h"

namespace myelin {
namespace {

// Fewer holes than these are not worth moving the others for.
constexpr size_t kHolesMin = 64;

}  // namespace

void ConsumerState::reset(uint64_t next) {
  *this = ConsumerState(keeps_pending_);
  next_ = next;
  delivered_ = floor_ = {.consumer = 0, .stream = next == 0 ? 0 : next - 1};
}

size_t ConsumerState::index_of(uint64_t sequence) const {
  const auto begin = window_.begin() + static_cast<std::ptrdiff_t>(front_);
  const auto found = std::lower_bound(
      begin, window_.end(), sequence,
      [](const Pending& pending, uint64_t wanted) { return pending.sequence < wanted; });
  return static_cast<size_t>(found - window_.begin());
}

const ConsumerState::Pending* ConsumerState::find(uint64_t sequence) const {
  const size_t index = index_of(sequence);
  if (index == window_.size() || window_[index].sequence != sequence) return nullptr;
  return window_[index].deliveries > 0 ? &window_[index] : nullptr;
}

ConsumerState::Pending* ConsumerState::find(uint64_t sequence) {
  return const_cast<Pending*>(static_cast<const ConsumerState*>(this)->find(sequence));
}

uint64_t ConsumerState::deliver(uint64_t sequence, Instant now) {
  INVARIANT(sequence >= next_);
  const uint64_t delivery = next_delivery_++;
  next_ = sequence + 1;
  delivered_ = {.consumer = delivery, .stream = sequence};
  if (!keeps_pending_) {
    floor_ = delivered_;
    return delivery;
  }
  window_.push_back({.sequence = sequence, .delivery = delivery, .since = now, .deliveries = 1});
  ++pending_count_;
  return delivery;
}

uint64_t ConsumerState::redeliver(Pending& pending, Instant now) {
  const uint64_t delivery = next_delivery_++;
  delivered_.consumer = delivery;
  if (pending.deliveries == 1) ++redelivered_count_;
  ++pending.deliveries;
  pending.since = now;
  pending.is_queued = false;
  return delivery;
}

bool ConsumerState::finish(uint64_t sequence) {
  given_up_.erase(sequence);
  const size_t index = index_of(sequence);
  if (index == window_.size()) return false;
  if (window_[index].sequence != sequence || window_[index].deliveries == 0) return false;
  erase(index);
  if (index == front_) move_floor();
  trim();
  return true;
}

void ConsumerState::give_up(uint64_t sequence) {
  const size_t index = index_of(sequence);
  INVARIANT(index < window_.size() && window_[index].sequence == sequence);
  given_up_[sequence] = window_[index].deliveries;
  erase(index);
  if (index == front_) move_floor();
  trim();
}

void ConsumerState::advance_to(uint64_t first) {
  skip_to(first);
  given_up_.erase(given_up_.begin(), given_up_.lower_bound(first));
  delivered_ = {.consumer = next_delivery_ - 1, .stream = next_ - 1};
  if (pending_count_ == 0) {
    floor_ = delivered_;
  } else {
    move_floor();
  }
}

void ConsumerState::clamp_to(uint64_t last) {
  // Where it was told to begin may lie ahead of the stream.
  if (delivered_.consumer == 0) last = std::max(last, delivered_.stream);
  if (next_ <= last + 1) return;
  while (window_.size() > front_ && window_.back().sequence > last) {
    if (window_.back().deliveries > 0) erase(window_.size() - 1);
    window_.pop_back();
  }
  given_up_.erase(given_up_.upper_bound(last), given_up_.end());
  next_ = last + 1;
  delivered_.stream = std::min(delivered_.stream, last);
  floor_.stream = std::min(floor_.stream, last);
  if (pending_count_ == 0) floor_ = delivered_;
  trim();
}

void ConsumerState::restore(const Summary& summary) {
  reset(summary.next);
  next_delivery_ = summary.next_delivery;
  delivered_ = summary.delivered;
  floor_ = summary.floor;
}

void ConsumerState::restore_pending(const Pending& pending) {
  INVARIANT(pending.deliveries > 0);
  INVARIANT(window_.empty() || window_.back().sequence < pending.sequence);
  window_.push_back(pending);
  ++pending_count_;
  if (pending.deliveries > 1) ++redelivered_count_;
}

void ConsumerState::erase(size_t index) {
  Pending& pending = window_[index];
  if (pending.deliveries > 1) --redelivered_count_;
  pending.deliveries = 0;
  pending.is_queued = false;
  --pending_count_;
}

// Below the first that is pending all is done; with none pending, all that was delivered.
void ConsumerState::move_floor() {
  while (front_ < window_.size() && window_[front_].deliveries == 0) ++front_;
  if (front_ == window_.size()) {
    floor_ = delivered_;
  } else if (window_[front_].sequence > floor_.stream) {
    floor_ = {.consumer = window_[front_].delivery - 1, .stream = window_[front_].sequence - 1};
  }
}

void ConsumerState::trim() {
  if (pending_count_ == 0) {
    // A burst's memory is given back; a steady reader keeps what it needs.
    if (window_.capacity() > kHolesMin) window_ = {};
    window_.clear();
    front_ = 0;
    return;
  }
  const uint64_t holes = window_.size() - pending_count_;
  if (holes < kHolesMin || holes <= pending_count_) return;
  std::erase_if(window_, [](const Pending& pending) { return pending.deliveries == 0; });
  front_ = 0;
}

}  // namespace myelin
