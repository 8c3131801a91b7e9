// What a stream lets go: limits, ages, TTLs and their markers, and what everybody has consumed.

#include <algorithm>

#include "core/base/text.h"
#include "core/jetstream/publish_headers.h"
#include "core/jetstream/stream.h"
#include "core/protocol/headers.h"

namespace myelin {
namespace {

// Between two looks at what is due (nats-server): what is due soon after goes together.
constexpr Duration kExpiryStep = milliseconds(250);
// A full disk is asked again so often.
constexpr Duration kConsumedStep = seconds(1);
// In one turn: others wait meanwhile.
constexpr uint32_t kExpiriesMax = 4096;

bool is_marker(const StoredMessage& message) {
  if (message.header_size == 0) return false;
  if (find_header(message.headers(), "Nats-Marker-Reason")) return true;
  return find_header(message.headers(), "KV-Operation") == std::string_view("PURGE");
}

}  // namespace

// Limits --------------------------------------------------------------------------------------

// False if it stays: what cannot be removed now is not tried again in the same turn.
bool Stream::let_go(uint64_t sequence) {
  const Result<bool> removed = store_->remove(sequence);
  if (!removed.ok() || !removed.value()) return false;
  consumers_.on_removed(sequence);
  return true;
}

void Stream::enforce_limits(std::string_view subject) {
  if (config_.max_msgs_per_subject > 0) {
    const auto max = static_cast<uint64_t>(config_.max_msgs_per_subject);
    for (SubjectSummary summary = store_->subject(subject); summary.messages > max;
         summary = store_->subject(subject)) {
      if (!let_go(summary.first_sequence)) return;
    }
  }
  if (config_.max_msgs > 0) {
    const auto max = static_cast<uint64_t>(config_.max_msgs);
    while (store_->messages() > max) {
      if (!let_go(store_->first_sequence())) return;
    }
  }
  if (config_.max_bytes > 0) {
    const auto max = static_cast<uint64_t>(config_.max_bytes);
    while (store_->bytes() > max && store_->messages() > 0) {
      if (!let_go(store_->first_sequence())) return;
    }
  }
}

void Stream::enforce_all_limits() {
  if (config_.max_msgs_per_subject > 0) {
    const auto max = static_cast<uint64_t>(config_.max_msgs_per_subject);
    std::vector<std::string> too_many;
    store_->for_each_subject({}, {}, [&](std::string_view subject, const SubjectSummary& summary) {
      if (summary.messages > max) too_many.emplace_back(subject);
      return true;
    });
    for (const std::string& subject : too_many) enforce_limits(subject);
  }
  enforce_limits({});
  expire_by_age();
  let_go_consumed();
  charge();
  touch();
}

Result<bool> Stream::remove_message(uint64_t sequence) {
  const Result<bool> removed = store_->remove(sequence);
  if (removed.ok() && removed.value()) {
    consumers_.on_removed(sequence);
    charge();
    touch();
  }
  return removed;
}

Result<uint64_t> Stream::erase_message(uint64_t sequence) {
  const Result<uint64_t> erasure = store_->erase(sequence);
  if (erasure.ok() && erasure.value() != 0) {
    consumers_.on_removed(sequence);
    charge();
    touch();
  }
  return erasure;
}

Result<uint64_t> Stream::purge(const SubjectFilter& filter, uint64_t below, uint64_t keep) {
  Result<uint64_t> purged = store_->purge(filter, below, keep);
  if (purged.ok()) {
    released_ = std::max(released_, store_->first_sequence() - 1);
    consumers_.on_purged();
    charge();
    touch();
  }
  return purged;
}

// Age and TTL ---------------------------------------------------------------------------------

void Stream::on_timer() {
  const bool has_older = expire_by_age();
  const bool has_more = expire_by_ttl() || has_older;
  if (has_consumed_left_) let_go_consumed();
  charge();
  release();
  set_timer(has_more ? Duration::zero() : kExpiryStep);
}

// True if there is more to do at once.
bool Stream::expire_by_age() {
  if (config_.max_age <= Duration::zero()) return false;
  const int64_t oldest = services_.now().unix_ns - config_.max_age.count();
  for (uint32_t count = 0; count < kExpiriesMax; ++count) {
    const std::optional<StoredMessage> first = store_->next({}, aged_before_, UINT64_MAX);
    if (!first || first->time.unix_ns > oldest) return false;
    const uint64_t sequence = first->sequence;
    if (!is_exempt_from_age(*first) && !expire(*first)) return false;
    aged_before_ = sequence + 1;
  }
  return true;
}

// "Nats-TTL: never" counts for the stream's age too.
bool Stream::is_exempt_from_age(const StoredMessage& message) const {
  if (!config_.allow_msg_ttl || message.header_size == 0) return false;
  const auto ttl = find_header(message.headers(), "Nats-TTL");
  return ttl && equals_ignoring_case(*ttl, "never");
}

bool Stream::expire_by_ttl() {
  for (uint32_t count = 0; count < kExpiriesMax; ++count) {
    const std::optional<MessageStore::Expiry> next = store_->next_expiry();
    if (!next || next->at > services_.now()) return false;
    const std::optional<StoredMessage> message = store_->load(next->sequence);
    if (!message) {
      let_go(next->sequence);
      return false;
    }
    if (!expire(*message)) return false;
  }
  return true;
}

// Where the last message of a subject goes by itself, a marker says so for a while.
bool Stream::expire(const StoredMessage& message) {
  const uint64_t sequence = message.sequence;
  const std::string subject(message.subject);
  const bool wants_marker =
      config_.subject_delete_marker_ttl > Duration::zero() && !is_marker(message);
  if (!let_go(sequence)) return false;
  if (wants_marker && store_->subject(subject).messages == 0) place_marker(subject);
  return true;
}

void Stream::place_marker(const std::string& subject) {
  const Duration ttl = config_.subject_delete_marker_ttl;
  const std::string block =
      "NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\nNats-TTL: " + go_duration(ttl) +
      "\r\nNats-Rollup: sub\r\n\r\n";
  const WallTime now = services_.now();
  const Result<uint64_t> stored =
      store_->append({.subject = subject,
                      .content = block,
                      .header_size = static_cast<uint32_t>(block.size()),
                      .time = now,
                      .expires = WallTime{(Instant{now.unix_ns} + ttl).ns}});
  if (!stored.ok()) {
    services_.context.log.write(LogLevel::kError, "Stream '" + name() + "' has no room for a " +
                                                      "marker: " + stored.error().context);
  }
}

// Of those that the stream's age will remove.
std::optional<WallTime> Stream::time_of_oldest() {
  if (config_.max_age <= Duration::zero() || store_->messages() == 0) return std::nullopt;
  if (aged_before_ <= store_->first_sequence()) return store_->state().first_time;
  const std::optional<StoredMessage> first = store_->next({}, aged_before_, UINT64_MAX);
  if (!first) return std::nullopt;
  return first->time;
}

void Stream::set_timer(Duration wait_min) {
  std::optional<WallTime> due;
  if (const std::optional<WallTime> oldest = time_of_oldest()) {
    due = WallTime{(Instant{oldest->unix_ns} + config_.max_age).ns};
  }
  if (const std::optional<MessageStore::Expiry> next = store_->next_expiry()) {
    if (!due || next->at < *due) due = next->at;
  }
  if (has_consumed_left_) {
    const WallTime again{services_.now().unix_ns + kConsumedStep.count()};
    due = due ? std::min(*due, again) : again;
  }
  if (!due || due->unix_ns == INT64_MAX) return timer_.cancel();
  const Duration wait(due->unix_ns - services_.now().unix_ns);
  const Instant at = services_.context.now.mono + std::max(wait, wait_min);
  if (timer_.is_set() && timer_at_ <= at) return;
  timer_at_ = at;
  services_.context.timers.set(timer_, at);
}

// Consumption ---------------------------------------------------------------------------------

void Stream::on_consumed(uint64_t sequence) {
  if (config_.retention == RetentionPolicy::kLimits) return;
  if (config_.retention == RetentionPolicy::kInterest) {
    const std::optional<StoredMessage> message = store_->load(sequence);
    if (!message) return;
    if (consumers_.is_needed(sequence, std::string(message->subject))) return;
  }
  if (!let_go(sequence) && store_->has(sequence)) {
    has_consumed_left_ = true;
    set_timer();
  }
  charge();
  touch();
}

// A work queue keeps what no consumer was ever there for.
bool Stream::is_consumed(const StoredMessage& message) const {
  const std::string subject(message.subject);
  if (consumers_.is_needed(message.sequence, subject)) return false;
  return config_.retention == RetentionPolicy::kInterest || consumers_.has_interest(subject);
}

// Everything is looked at: a removal that found no room, or that a crash undid, is in no list.
void Stream::let_go_consumed() {
  has_consumed_left_ = false;
  if (config_.retention == RetentionPolicy::kLimits || consumers_.size() == 0) return;
  if (consumers_.has_lost_positions()) return;
  const uint64_t last = store_->last_sequence();
  for (uint64_t from = store_->first_sequence(); from <= last;) {
    const std::optional<StoredMessage> message = store_->next({}, from, last);
    if (!message) break;
    const uint64_t sequence = message->sequence;
    if (is_consumed(*message) && !let_go(sequence)) {
      has_consumed_left_ = true;
      return;
    }
    from = sequence + 1;
  }
  charge();
  touch();
}

void Stream::on_consumers_changed() {
  if (config_.retention != RetentionPolicy::kInterest) return;
  if (consumers_.size() == 0) {
    static_cast<void>(purge({}, 0, 0));
    return;
  }
  let_go_consumed();
  set_timer();
}

}  // namespace myelin
