// What a Consumer makes of acknowledgements (ADR-15), and of their absence.
#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/jetstream/ack_verb.h"
#include "core/jetstream/consumer.h"
#include "core/jetstream/consumers.h"
#include "core/jetstream/services.h"
#include "core/jetstream/stream.h"

namespace myelin {
namespace {

// A look at all that is pending is worth this much waiting for each of them, so that it costs a
// bounded part of the time however many there are.
constexpr Duration kLookCost = std::chrono::nanoseconds(50);
constexpr Duration kLookIntervalMin = milliseconds(1);

// So many that were dealt with may stay at the queue's front.
constexpr size_t kPassedMax = 1024;

constexpr std::string_view kGoneReason = "Unacknowledged message was deleted";

}  // namespace

void Consumer::on_ack(const Mail& mail) {
  const std::optional<AckSubject> subject = parse_ack_subject(mail.subject);
  if (!subject) return;
  const AckVerb verb = parse_ack_verb(mail.payload());
  const bool was_delivered =
      subject->stream_sequence > 0 && subject->stream_sequence < positions_.state.next();
  bool answers = subject->stream_sequence > 0;
  switch (verb.kind) {
    case AckKind::kAck:
      ack(*subject, true);
      answers = was_delivered;
      break;
    case AckKind::kNext:
      ack(*subject, true);
      if (!mail.reply.empty()) request(mail.reply, verb.argument);
      answers = false;
      break;
    case AckKind::kNak:
      nak(*subject, verb.argument);
      break;
    case AckKind::kProgress:
      progress(subject->stream_sequence);
      break;
    case AckKind::kTerm:
      terminate(*subject, verb.argument);
      answers = was_delivered;
      break;
    case AckKind::kUnknown:
      break;
  }
  if (answers && !mail.reply.empty()) stream_.answer(mail.reply, {});
  settle_membership();
  set_timer();
}

void Consumer::ack(const AckSubject& subject, bool samples) {
  const uint64_t sequence = subject.stream_sequence;
  ConsumerState& state = positions_.state;
  if (sequence == 0 || sequence >= state.next() || !state.keeps_pending()) return;
  const int64_t max_pending = config_.max_ack_pending;
  const bool was_full =
      max_pending > 0 && state.pending_count() >= static_cast<uint64_t>(max_pending);
  last_acked_ = now().wall;
  if (config_.ack_policy == AckPolicy::kExplicit) {
    if (samples && sample_percent_ > 0) sample(subject);
    ack_one(sequence);
  } else {
    const uint64_t delivered = state.next_delivery() - 1;
    ack_all({.consumer = std::min(subject.consumer_sequence, delivered), .stream = sequence});
  }
  if (was_full) wake();
}

void Consumer::ack_one(uint64_t sequence) {
  ConsumerState& state = positions_.state;
  if (const ConsumerState::Pending* pending = state.find(sequence)) {
    if (pending->is_queued) --queued_count_;
  } else if (!state.is_given_up(sequence)) {
    return;
  }
  state.finish(sequence);
  if (is_persistent_) changes_.finished(sequence);
  note_change();
  if (stream_.config().retention != RetentionPolicy::kLimits) stream_.on_consumed(sequence);
}

void Consumer::ack_all(const ConsumerState::Position& upto) {
  ConsumerState& state = positions_.state;
  if (upto.consumer <= state.floor().consumer || upto.stream <= state.floor().stream) return;
  std::vector<uint64_t> done;
  const bool tells = stream_.config().retention != RetentionPolicy::kLimits;
  if (queued_count_ > 0) {
    state.for_each([&](ConsumerState::Pending& pending) {
      if (pending.sequence <= upto.stream && pending.is_queued) --queued_count_;
    });
  }
  state.finish_all(upto, [&](uint64_t sequence) {
    if (tells) done.push_back(sequence);
  });
  if (is_persistent_) changes_.finished_all(upto);
  note_change();
  for (uint64_t sequence : done) stream_.on_consumed(sequence);
}

void Consumer::nak(const AckSubject& subject, std::string_view argument) {
  ConsumerState& state = positions_.state;
  if (subject.consumer_sequence <= state.floor().consumer ||
      subject.consumer_sequence > state.next_delivery()) {
    return;
  }
  ConsumerState::Pending* pending = state.find(subject.stream_sequence);
  if (pending == nullptr) return;
  services().advisories.nak({.stream = stream_.name(),
                             .consumer = name_,
                             .consumer_sequence = subject.consumer_sequence,
                             .stream_sequence = subject.stream_sequence,
                             .deliveries = subject.deliveries});
  const std::optional<Duration> delay = parse_nak_delay(argument);
  if (!delay) {
    queue_redelivery(*pending);
    wake();
    return;
  }
  // As if it had been delivered just so long ago that ack_wait ends with the delay.
  if (pending->is_queued) --queued_count_;
  pending->is_queued = false;
  const Duration ahead = *delay - config_.ack_wait;
  pending->since = now().mono + ahead;
  ack_due_ = std::min(ack_due_, pending->since + ack_wait(pending->deliveries));
  if (is_persistent_) {
    changes_.deferred(pending->sequence, {now().wall.unix_ns + ahead.count()});
  }
  note_change();
}

void Consumer::progress(uint64_t sequence) {
  ConsumerState::Pending* pending = positions_.state.find(sequence);
  if (pending == nullptr) return;
  pending->since = now().mono;
  last_delivered_ = now().wall;
  if (is_persistent_) changes_.deferred(sequence, now().wall);
  note_change();
}

void Consumer::terminate(const AckSubject& subject, std::string_view reason) {
  ack(subject, false);
  services().advisories.terminated({.stream = stream_.name(),
                                    .consumer = name_,
                                    .consumer_sequence = subject.consumer_sequence,
                                    .stream_sequence = subject.stream_sequence,
                                    .deliveries = subject.deliveries},
                                   reason);
}

void Consumer::sample(const AckSubject& subject) {
  const ConsumerState::Pending* pending = positions_.state.find(subject.stream_sequence);
  if (pending == nullptr) return;
  const auto percent = static_cast<uint64_t>(sample_percent_);
  if (percent < 100 && services().context.random.below(100) > percent) return;
  services().advisories.ack_metric({.stream = stream_.name(),
                                    .consumer = name_,
                                    .consumer_sequence = subject.consumer_sequence,
                                    .stream_sequence = subject.stream_sequence,
                                    .deliveries = subject.deliveries},
                                   now().mono - pending->since);
}

void Consumer::queue_redelivery(ConsumerState::Pending& pending) {
  if (pending.is_queued) return;
  pending.is_queued = true;
  ++queued_count_;
  if (redeliveries_front_ > kPassedMax && redeliveries_front_ > redeliveries_.size() / 2) {
    const auto passed = static_cast<std::ptrdiff_t>(redeliveries_front_);
    redeliveries_.erase(redeliveries_.begin(), redeliveries_.begin() + passed);
    redeliveries_front_ = 0;
  }
  redeliveries_.push_back(pending.sequence);
}

// Looks at all that is pending: nothing keeps them in the order in which their time ends, because
// backoff, delays and progress change it.
void Consumer::expire_pending() {
  ConsumerState& state = positions_.state;
  const Instant at = now().mono;
  std::vector<uint64_t> used_up;
  ack_due_ = kNever;
  bool has_expired = false;
  state.for_each([&](ConsumerState::Pending& pending) {
    if (pending.is_queued) return;
    const Instant due = pending.since + ack_wait(pending.deliveries);
    if (due > at) {
      ack_due_ = std::min(ack_due_, due);
    } else if (has_used_up_deliveries(pending)) {
      used_up.push_back(pending.sequence);
    } else {
      queue_redelivery(pending);
      has_expired = true;
    }
  });
  for (uint64_t sequence : used_up) give_up(*state.find(sequence));
  if (ack_due_ != kNever) {
    const auto count = static_cast<int64_t>(state.pending_count());
    ack_due_ = std::max(ack_due_, at + std::max(kLookIntervalMin, kLookCost * count));
  }
  if (has_expired || !used_up.empty()) wake();
  settle_membership();
}

bool Consumer::has_used_up_deliveries(const ConsumerState::Pending& pending) const {
  return config_.max_deliver > 0 &&
         pending.deliveries >= static_cast<uint64_t>(config_.max_deliver);
}

// Delivered as often as allowed: it stays in the stream, and is said so once.
void Consumer::give_up(const ConsumerState::Pending& pending) {
  const uint64_t sequence = pending.sequence;
  const uint64_t deliveries = pending.deliveries;
  if (pending.is_queued) --queued_count_;
  positions_.state.give_up(sequence);
  if (is_persistent_) changes_.given_up(sequence);
  note_change();
  services().advisories.max_deliveries(stream_.name(), name_, sequence, deliveries);
}

// The message was removed under it: as if it were terminated.
void Consumer::drop_gone(uint64_t sequence) {
  const ConsumerState::Pending* pending = positions_.state.find(sequence);
  if (pending == nullptr) return;
  if (pending->is_queued) --queued_count_;
  const Advisories::Delivered delivered{.stream = stream_.name(),
                                        .consumer = name_,
                                        .consumer_sequence = pending->delivery,
                                        .stream_sequence = sequence,
                                        .deliveries = pending->deliveries};
  positions_.state.finish(sequence);
  if (is_persistent_) changes_.finished(sequence);
  note_change();
  services().advisories.terminated(delivered, kGoneReason);
  wake();
}

}  // namespace myelin
