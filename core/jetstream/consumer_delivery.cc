// How a Consumer delivers: what is due, to whom, and when to stop.
#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/jetstream/consumer.h"
#include "core/jetstream/consumers.h"
#include "core/jetstream/services.h"
#include "core/jetstream/stream.h"

namespace myelin {
namespace {

// What one consumer delivers before the others have their turn.
constexpr int kPumpMessagesMax = 256;
constexpr uint64_t kPumpBytesMax = 256 * 1024;

// Redeliveries due within it are found together (nats-server's).
constexpr Duration kAckWaitDelay = milliseconds(1);

// replay_policy original leaves out gaps that nobody would see.
constexpr Duration kReplayGapMin = milliseconds(1);

constexpr std::string_view kHeaderBegin = "NATS/1.0\r\n";

// A header block with one more header at its end.
std::string with_added(std::string_view block, std::string_view name, std::string_view value) {
  std::string longer(block.empty() ? kHeaderBegin : block.substr(0, block.size() - 2));
  longer.append(name).append(": ").append(value).append("\r\n\r\n");
  return longer;
}

}  // namespace

void Consumer::pump() {
  is_woken_ = false;
  if (is_ended_) return;
  const uint64_t bytes_at_start = sent_bytes_;
  Outcome outcome = Outcome::kDelivered;
  for (int count = 0; count < kPumpMessagesMax; ++count) {
    outcome = deliver_next();
    if (outcome != Outcome::kDelivered && outcome != Outcome::kPassedOver) break;
    if (sent_bytes_ - bytes_at_start > kPumpBytesMax) break;
  }
  after_pump(outcome);
}

void Consumer::after_pump(Outcome outcome) {
  const bool has_more = outcome == Outcome::kDelivered || outcome == Outcome::kPassedOver;
  if (has_more) wake();
  if (pace_ != nullptr && positions_.state.next() > pace_->replay_upto) pace_->replay_upto = 0;
  const bool is_at_end = !has_more && outcome != Outcome::kFull && outcome != Outcome::kLater;
  if (pull_due_ <= now().mono || (is_at_end && pulls_.has_no_wait())) visit_waiting(is_at_end);
  const bool has_taker = is_push() ? push_->is_active : !pulls_.empty();
  const bool waits = outcome == Outcome::kNothing || outcome == Outcome::kNobody;
  consumers_.set_listening(*this, waits && has_taker);
  settle_membership();
  set_timer();
}

bool Consumer::may_deliver() const {
  if (is_paused()) return false;
  if (!is_push()) return !pulls_.empty();
  return push_->is_active && !(push_->flow && push_->flow->is_stalled());
}

Consumer::Outcome Consumer::deliver_next() {
  if (!may_deliver()) return Outcome::kNobody;
  Delivery delivery;
  const Outcome found = has_redeliveries() ? next_redelivery(delivery) : next_new(delivery);
  return found == Outcome::kFound ? send(delivery) : found;
}

// Those no longer queued are dropped from the front.
bool Consumer::has_redeliveries() {
  if (queued_count_ == 0) {
    redeliveries_.clear();
    redeliveries_front_ = 0;
    return false;
  }
  while (redeliveries_front_ < redeliveries_.size()) {
    const ConsumerState::Pending* pending =
        positions_.state.find(redeliveries_[redeliveries_front_]);
    if (pending != nullptr && pending->is_queued) return true;
    ++redeliveries_front_;
  }
  redeliveries_.clear();
  redeliveries_front_ = 0;
  queued_count_ = 0;
  return false;
}

Consumer::Outcome Consumer::next_redelivery(Delivery& to) {
  const uint64_t sequence = redeliveries_[redeliveries_front_];
  ConsumerState::Pending* pending = positions_.state.find(sequence);
  if (has_used_up_deliveries(*pending)) {
    give_up(*pending);
    return Outcome::kPassedOver;
  }
  const std::optional<StoredMessage> message = store().load(sequence);
  if (!message) {
    drop_gone(sequence);
    return Outcome::kPassedOver;
  }
  to = {.message = *message, .again = pending, .deliveries = pending->deliveries + uint64_t{1}};
  return Outcome::kFound;
}

Consumer::Outcome Consumer::next_new(Delivery& to) {
  ConsumerState& state = positions_.state;
  const int64_t max_pending = config_.max_ack_pending;
  if (max_pending > 0 && state.pending_count() >= static_cast<uint64_t>(max_pending)) {
    return Outcome::kFull;
  }
  std::optional<StoredMessage> message;
  if (last_sequences_front_ < last_sequences_.size()) {
    const uint64_t sequence = last_sequences_[last_sequences_front_];
    if (sequence > stream_.released()) return Outcome::kNothing;
    message = store().load(sequence);
    if (!message) {
      pass_last_sequence();
      return Outcome::kPassedOver;
    }
  } else {
    message = store().next(filter_, state.next(), stream_.released());
    if (!message) {
      state.skip_to(stream_.released() + 1);
      return Outcome::kNothing;
    }
  }
  to = {.message = *message};
  return Outcome::kFound;
}

// The first of the last sequences is dealt with. Behind the last of them, all messages count.
void Consumer::pass_last_sequence() {
  if (++last_sequences_front_ < last_sequences_.size()) return;
  std::vector<uint64_t>().swap(last_sequences_);
  last_sequences_front_ = 0;
  positions_.state.skip_to(positions_.last_per_subject_upto + 1);
}

Consumer::Outcome Consumer::send(Delivery& delivery) {
  const StoredMessage& message = delivery.message;
  const bool is_new = delivery.again == nullptr;
  uint64_t waiting = count_pending();
  if (is_new && waiting > 0) --waiting;
  std::string ack_subject = ack_prefix_;
  append_ack_numbers(ack_subject, {.deliveries = delivery.deliveries,
                                   .stream_sequence = message.sequence,
                                   .consumer_sequence = positions_.state.next_delivery(),
                                   .time = message.time,
                                   .pending = waiting});
  Outgoing outgoing{.subject = message.subject,
                    .ack_subject = ack_subject,
                    .content = message.content,
                    .header_size = message.header_size};
  std::string only_headers;
  if (config_.headers_only) {
    only_headers = with_added(message.headers(), "Nats-Msg-Size",
                              decimal(static_cast<int64_t>(message.payload().size())));
    outgoing.content = only_headers;
    outgoing.header_size = only_headers.size();
  }
  if (must_wait(delivery, outgoing.size())) return Outcome::kLater;
  return is_push() ? push(delivery, outgoing) : answer_pull(delivery, outgoing);
}

// The replay's gap before this message, then the rate limit; on_timer wakes the consumer.
bool Consumer::must_wait(const Delivery& delivery, int64_t size) {
  if (pace_ == nullptr) return false;
  const Instant at = now().mono;
  const StoredMessage& message = delivery.message;
  if (pace_->replay_upto > 0 && pace_->replayed) {
    const Duration gap(message.time.unix_ns - pace_->replayed->unix_ns);
    if (gap > kReplayGapMin && pace_->held_sequence != message.sequence) {
      pace_->held_sequence = message.sequence;
      pace_->held_until = at + gap;
    }
    if (pace_->held_sequence == message.sequence && at < pace_->held_until) {
      pace_->due = pace_->held_until;
      return true;
    }
  }
  if (!pace_->rate) return false;
  const Instant ready = pace_->rate->ready(size, at);
  if (ready > at) pace_->due = ready;
  return ready > at;
}

uint32_t Consumer::send_to(std::string_view to, const Outgoing& outgoing) {
  return services().account.send(services().context, {.to = to,
                                                      .subject = outgoing.subject,
                                                      .reply = outgoing.ack_subject,
                                                      .content = outgoing.content,
                                                      .header_size = outgoing.header_size});
}

Consumer::Outcome Consumer::push(Delivery& delivery, const Outgoing& outgoing) {
  if (send_to(config_.deliver_subject, outgoing) == 0) {
    on_interest_changed();
    return Outcome::kNobody;
  }
  const int64_t size = outgoing.size();
  track(delivery, size);
  if (config_.idle_heartbeat > Duration::zero()) {
    push_->heartbeat_due = now().mono + config_.idle_heartbeat;
  }
  if (push_->flow) {
    const int64_t max_pending = config_.max_ack_pending;
    const bool is_full = config_.ack_policy == AckPolicy::kFlowControl && max_pending > 0 &&
                         positions_.state.pending_count() >= static_cast<uint64_t>(max_pending);
    const auto transport_size = static_cast<int64_t>(config_.deliver_subject.size());
    if (push_->flow->sent(size + transport_size, is_full)) send_flow_control_request();
  }
  return Outcome::kDelivered;
}

Consumer::Outcome Consumer::answer_pull(Delivery& delivery, const Outgoing& outgoing) {
  const int64_t size = outgoing.size();
  while (WaitingPull* pull = next_waiting(size)) {
    Outgoing pinned = outgoing;
    std::string content;
    if (config_.priority_policy == PriorityPolicy::kPinnedClient && pin_ != nullptr) {
      content =
          with_added(outgoing.content.substr(0, outgoing.header_size), "Nats-Pin-Id", pin_->id);
      pinned.header_size = content.size();
      content.append(outgoing.content.substr(outgoing.header_size));
      pinned.content = content;
    }
    if (send_to(pull->reply, pinned) == 0) {
      // Its client has gone; the request went with it.
      pulls_.remove(pulls_.begin());
      continue;
    }
    track(delivery, size);
    serve_front(size);
    last_active_ = now().mono;
    return Outcome::kDelivered;
  }
  return Outcome::kNobody;
}

// The message went out.
void Consumer::track(Delivery& delivery, int64_t size) {
  ConsumerState& state = positions_.state;
  const uint64_t sequence = delivery.message.sequence;
  const Now at = now();
  sent_bytes_ += static_cast<uint64_t>(size);
  if (pace_ != nullptr) {
    pace_->replayed = delivery.message.time;
    if (pace_->rate) pace_->rate->take(size);
  }
  if (delivery.again != nullptr) {
    --queued_count_;
    ++redeliveries_front_;
    state.redeliver(*delivery.again, at.mono);
    if (is_persistent_) changes_.redelivered(sequence, at.wall);
  } else {
    if (pending_count_.count > 0) --pending_count_.count;
    state.deliver(sequence, at.mono);
    if (!last_sequences_.empty()) pass_last_sequence();
    if (is_persistent_) changes_.delivered(sequence, at.wall);
  }
  last_delivered_ = at.wall;
  note_change();
  if (state.keeps_pending()) {
    const auto deliveries = static_cast<uint32_t>(delivery.deliveries);
    ack_due_ = std::min(ack_due_, at.mono + ack_wait(deliveries) + kAckWaitDelay);
  } else if (stream_.config().retention != RetentionPolicy::kLimits) {
    stream_.on_consumed(sequence);
  }
}

// How many messages that it may see wait to be delivered for the first time. Counted anew only
// where something that counts was removed.
uint64_t Consumer::count_pending() {
  PendingCount& known = pending_count_;
  const uint64_t upto = stream_.released();
  const uint64_t removals = store().removals();
  uint64_t from = positions_.state.next();
  if (!last_sequences_.empty()) from = positions_.last_per_subject_upto + 1;
  if (!has_pending_count()) {
    known.count = count_last_sequences();
    if (from <= upto) known.count += store().count(filter_, from, upto);
  } else if (known.upto < upto) {
    known.count += store().count(filter_, std::max(from, known.upto + 1), upto);
  }
  known.is_known = true;
  known.upto = upto;
  known.removals = removals;
  return known.count;
}

bool Consumer::has_pending_count() {
  const PendingCount& known = pending_count_;
  if (!known.is_known) return false;
  return known.removals == store().removals() ||
         !store().may_have_removed(known.removals, positions_.state.next());
}

bool Consumer::knows_pending() {
  return has_pending_count() && pending_count_.upto >= stream_.released();
}

uint64_t Consumer::count_last_sequences() {
  uint64_t count = 0;
  for (size_t index = last_sequences_front_; index < last_sequences_.size(); ++index) {
    if (store().has(last_sequences_[index])) ++count;
  }
  return count;
}

}  // namespace myelin
