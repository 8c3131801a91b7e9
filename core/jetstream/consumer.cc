#include "core/jetstream/consumer.h"

#include <algorithm>
#include <utility>

#include "core/jetstream/consumers.h"
#include "core/jetstream/services.h"
#include "core/jetstream/stream.h"

namespace myelin {
namespace {

// What nats-server adds to a pull consumer's inactive_threshold, so that not all end at once.
constexpr Duration kInactiveJitterMin = milliseconds(100);
constexpr uint64_t kInactiveJitterMs = 900;

}  // namespace

Consumer::Consumer(Stream& stream, Consumers& consumers, Identity identity, ConsumerConfig config)
    : stream_(stream),
      consumers_(consumers),
      name_(std::move(identity.name)),
      config_(std::move(config)),
      filter_(filters_of(config_)),
      created_(identity.created),
      id_(identity.id),
      is_persistent_(stream.is_file() && !config_.mem_storage && !config_.direct),
      ack_prefix_(ack_subject_prefix(stream.name(), name_)),
      positions_(config_.ack_policy != AckPolicy::kNone),
      timer_(static_cast<uint8_t>(JetStreamKind::kConsumer), this) {}

Consumer::~Consumer() {
  if (push_ != nullptr) services().account.watches().clear(push_->watch);
  if (is_woken_) std::erase(services().shared.ready, this);
}

Services& Consumer::services() const { return stream_.services(); }
Now Consumer::now() const { return services().context.now; }
MessageStore& Consumer::store() const { return stream_.store(); }

bool Consumer::is_paused() const {
  return config_.pause_until && now().wall < *config_.pause_until;
}

void Consumer::begin() {
  if (config_.deliver_policy == DeliverPolicy::kLastPerSubject &&
      stream_.config().max_msgs_per_subject != 1) {
    positions_.last_per_subject_upto = store().state().last_sequence;
    collect_last_per_subject();
  }
  positions_.state.reset(start_sequence());
}

uint64_t Consumer::start_sequence() const {
  const StoreState& state = store().state();
  uint64_t start = 0;
  switch (config_.deliver_policy) {
    case DeliverPolicy::kAll:
      start = state.first_sequence;
      break;
    case DeliverPolicy::kLast: {
      const std::optional<StoredMessage> last = store().last(filter_);
      start = filter_.is_all() ? state.last_sequence : last ? last->sequence : 0;
      break;
    }
    case DeliverPolicy::kLastPerSubject:
      start = !last_sequences_.empty()               ? last_sequences_.front()
              : positions_.last_per_subject_upto > 0 ? state.last_sequence
                                                     : state.first_sequence;
      break;
    case DeliverPolicy::kByStartTime:
      start = store().sequence_at(config_.opt_start_time.value_or(WallTime{}));
      break;
    case DeliverPolicy::kByStartSequence:
      return std::max({config_.opt_start_seq, state.first_sequence, uint64_t{1}});
    case DeliverPolicy::kNew:
      start = state.last_sequence + 1;
      break;
  }
  return std::max({std::min(start, state.last_sequence + 1), state.first_sequence, uint64_t{1}});
}

// The last message that each subject had when the consumer began, from where it stands.
void Consumer::collect_last_per_subject() {
  const uint64_t upto = positions_.last_per_subject_upto;
  const uint64_t from = positions_.state.next();
  last_sequences_.clear();
  last_sequences_front_ = 0;
  store().for_each_subject(filter_, {},
                           [&](std::string_view subject, const SubjectSummary& summary) {
                             uint64_t last = summary.last_sequence;
                             if (last > upto) {
                               const std::optional<StoredMessage> message =
                                   store().last(SubjectFilter({std::string(subject)}), upto);
                               last = message ? message->sequence : 0;
                             }
                             if (last >= from) last_sequences_.push_back(last);
                             return true;
                           });
  std::sort(last_sequences_.begin(), last_sequences_.end());
}

void Consumer::start(bool is_restored) {
  ConsumerState& state = positions_.state;
  if (is_restored) {
    state.clamp_to(store().state().last_sequence);
    if (positions_.last_per_subject_upto >= state.next()) collect_last_per_subject();
    if (state.has_pending()) ack_due_ = now().mono;
  }
  sample_percent_ = static_cast<int8_t>(
      std::clamp<int64_t>(sample_percent(config_.sample_freq).value_or(0), 0, 100));
  settle_inactive_threshold();
  set_pace();
  settle_pause();
  last_active_ = now().mono;
  if (config_.is_push()) {
    begin_push();
  } else if (inactive_threshold_ > Duration::zero()) {
    inactive_due_ = now().mono + inactive_threshold_;
  }
  settle_membership();
  set_timer();
  wake();
}

void Consumer::settle_inactive_threshold() {
  const bool is_default = !config_.is_durable() && config_.inactive_threshold == Duration::zero();
  set_inactive_threshold(config_);
  inactive_threshold_ = config_.inactive_threshold;
  if (inactive_threshold_ <= Duration::zero()) return;
  if (is_default || !config_.is_push()) {
    const uint64_t jitter = services().context.random.below(kInactiveJitterMs);
    inactive_threshold_ += kInactiveJitterMin + milliseconds(jitter);
  }
}

void Consumer::set_pace() {
  pace_.reset();
  const bool replays = config_.replay_policy == ReplayPolicy::kOriginal;
  if (!replays && config_.rate_limit_bps == 0) return;
  pace_ = std::make_unique<Pace>();
  if (replays) pace_->replay_upto = store().state().last_sequence;
  if (config_.rate_limit_bps == 0) return;
  const int64_t largest = stream_.config().max_msg_size > 0
                              ? stream_.config().max_msg_size
                              : int64_t{services().context.options.max_payload};
  pace_->rate.emplace(config_.rate_limit_bps, largest, now().mono);
}

void Consumer::update(ConsumerConfig config) {
  const bool filters_changed = filters_of(config) != filters_of(config_);
  const bool target_changed = config.deliver_subject != config_.deliver_subject ||
                              config.deliver_group != config_.deliver_group;
  const bool threshold_changed = config.inactive_threshold != config_.inactive_threshold;
  const bool rate_changed = config.rate_limit_bps != config_.rate_limit_bps;
  config_ = std::move(config);
  if (filters_changed) {
    filter_ = SubjectFilter(filters_of(config_));
    pending_count_.is_known = false;
    if (!last_sequences_.empty()) collect_last_per_subject();
  }
  sample_percent_ = static_cast<int8_t>(
      std::clamp<int64_t>(sample_percent(config_.sample_freq).value_or(0), 0, 100));
  if (rate_changed) set_pace();
  if (threshold_changed) {
    settle_inactive_threshold();
    inactive_due_ = kNever;
    if (inactive_threshold_ > Duration::zero()) inactive_due_ = now().mono + inactive_threshold_;
  }
  if (is_push() && target_changed) watch_interest();
  if (positions_.state.has_pending()) ack_due_ = now().mono;
  set_timer();
  wake();
}

void Consumer::end(std::string_view status, bool tells_what_is_left) {
  is_ended_ = true;
  for (WaitingPull& pull : pulls_) {
    send_status(pull.reply, tells_what_is_left
                                ? status_block(status, pull.request.batch, pull.request.max_bytes)
                                : status_block(status));
  }
  timer_.cancel();
}

void Consumer::wake() {
  if (is_woken_ || is_ended_) return;
  is_woken_ = true;
  services().shared.ready.push_back(this);
}

void Consumer::set_timer() {
  if (is_ended_) return;
  Instant at = std::min({ack_due_, pull_due_, inactive_due_, pause_due_});
  if (push_ != nullptr) at = std::min(at, push_->heartbeat_due);
  if (pace_ != nullptr) at = std::min(at, pace_->due);
  if (pin_ != nullptr) at = std::min(at, pin_->due);
  if (at == kNever) {
    timer_.cancel();
  } else if (!timer_.is_set() || at != timer_at_) {
    services().context.timers.set(timer_, at);
  }
  timer_at_ = at;
}

void Consumer::on_timer(const Timer&) {
  const Instant at = now().mono;
  timer_at_ = kNever;
  if (ack_due_ <= at) expire_pending();
  if (pull_due_ <= at) visit_waiting(false);
  if (push_ != nullptr && push_->heartbeat_due <= at) beat();
  if (pin_ != nullptr && pin_->due <= at) on_pin_timeout();
  if (pace_ != nullptr && pace_->due <= at) {
    pace_->due = kNever;
    wake();
  }
  if (pause_due_ <= at) on_pause_due();
  if (inactive_due_ <= at && on_inactive()) return;  // and it is no more
  set_timer();
}

void Consumer::settle_pause() {
  pause_due_ = kNever;
  if (!is_paused()) return;
  pause_due_ = now().mono + Duration(config_.pause_until->unix_ns - now().wall.unix_ns);
}

// The two clocks drift apart: by the other one it may be early.
void Consumer::on_pause_due() {
  settle_pause();
  if (is_paused()) return;
  services().advisories.consumer_pause(stream_.name(), name_, false, config_.pause_until);
  wake();
}

// Answers whether it has ended.
bool Consumer::on_inactive() {
  inactive_due_ = kNever;
  if (is_push() ? push_->is_active : is_active_pull()) return false;
  if (consumers_.remove(*this).ok()) return true;
  inactive_due_ = now().mono + inactive_threshold_;
  return false;
}

// Whether a pull consumer is in use; if so, the question is put off.
bool Consumer::is_active_pull() {
  const Instant at = now().mono;
  Instant again = last_active_ + inactive_threshold_;
  if (again <= at) {
    visit_waiting(false);
    again = pulls_.empty() ? at : at + inactive_threshold_;
  }
  if (again <= at) {
    positions_.state.for_each([&](const ConsumerState::Pending& pending) {
      const Instant end = pending.since + ack_wait(pending.deliveries) + inactive_threshold_;
      again = std::max(again, end);
    });
  }
  if (again <= at) return false;
  inactive_due_ = again;
  return true;
}

// Without an ack_wait (the ack policy flow_control has none) nothing is delivered again by itself.
Duration Consumer::ack_wait(uint32_t deliveries) const {
  if (config_.ack_wait == Duration::zero()) return Duration::max();
  const std::vector<Duration>& backoff = config_.backoff;
  if (backoff.empty()) return config_.ack_wait;
  return backoff[std::min<size_t>(deliveries - 1, backoff.size() - 1)];
}

void Consumer::settle_membership() {
  const ConsumerState& state = positions_.state;
  consumers_.set_tracking(*this, state.has_pending() || state.has_given_up());
}

void Consumer::note_change() {
  if (is_persistent_) consumers_.note_changed(*this);
}

std::string Consumer::encode() const {
  const uint64_t upto = positions_.last_per_subject_upto;
  const bool matters = upto >= positions_.state.next();
  return encode_positions(positions_.state, matters ? upto : 0, now());
}

void Consumer::on_removed(uint64_t sequence) {
  if (positions_.state.is_given_up(sequence)) {
    positions_.state.forget_given_up(sequence);
    if (is_persistent_) changes_.forgot_given_up(sequence);
    note_change();
  }
  drop_gone(sequence);
  settle_membership();
}

void Consumer::on_purged() {
  ConsumerState& state = positions_.state;
  const uint64_t first = store().state().first_sequence;
  std::vector<uint64_t> gone;
  state.for_each([&](const ConsumerState::Pending& pending) {
    if (!store().has(pending.sequence)) gone.push_back(pending.sequence);
  });
  for (const auto& [sequence, deliveries] : state.given_up()) {
    if (!store().has(sequence)) gone.push_back(sequence);
  }
  for (uint64_t sequence : gone) {
    const ConsumerState::Pending* pending = state.find(sequence);
    if (pending != nullptr && pending->is_queued) --queued_count_;
    state.finish(sequence);
  }
  pending_count_.is_known = false;
  if (gone.empty() && state.next() >= first) return;
  state.advance_to(first);
  if (is_persistent_) consumers_.write_whole(*this);
  note_change();
  settle_membership();
  wake();
}

bool Consumer::is_needed(uint64_t sequence, std::string_view subject) const {
  if (!filter_.matches(subject)) return false;
  const ConsumerState& state = positions_.state;
  return sequence >= state.next() || state.find(sequence) != nullptr || state.is_given_up(sequence);
}

void Consumer::pause(std::optional<WallTime> until) {
  const bool changes = config_.pause_until != until;
  config_.pause_until = until;
  settle_pause();
  if (changes) {
    services().advisories.consumer_pause(stream_.name(), name_, is_paused(), until);
  }
  set_timer();
  wake();
}

Result<uint64_t, ApiError> Consumer::reset(uint64_t sequence) {
  const auto refuse = [](std::string_view why) {
    return api_error(ApiErrc::kConsumerInvalidReset, why);
  };
  ConsumerState& state = positions_.state;
  if (sequence == 0) {
    sequence = state.floor().stream + 1;
  } else if (config_.deliver_policy == DeliverPolicy::kByStartSequence) {
    if (sequence < config_.opt_start_seq) return refuse("below start seq");
  } else if (config_.deliver_policy == DeliverPolicy::kByStartTime) {
    if (sequence < store().sequence_at(*config_.opt_start_time)) return refuse("below start time");
  } else if (config_.deliver_policy != DeliverPolicy::kAll) {
    return refuse("not allowed");
  }
  state.reset(sequence);
  redeliveries_.clear();
  redeliveries_front_ = 0;
  queued_count_ = 0;
  last_sequences_.clear();
  positions_.last_per_subject_upto = 0;
  last_delivered_.reset();
  last_acked_.reset();
  pending_count_.is_known = false;
  if (is_persistent_) consumers_.write_whole(*this);
  note_change();
  settle_membership();
  stream_.on_consumers_changed();
  wake();
  return sequence;
}

}  // namespace myelin
