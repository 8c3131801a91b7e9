// How a Consumer serves pull requests: who waits, whose turn it is, and what they hear when no
// message comes (ADR-13, ADR-42).
#include <algorithm>
#include <utility>

#include "core/jetstream/api.h"
#include "core/jetstream/consumer.h"
#include "core/jetstream/consumers.h"
#include "core/jetstream/services.h"
#include "core/jetstream/stream.h"

namespace myelin {
namespace {

// A full queue is searched for those who went away this often at most.
constexpr Duration kFullQueueVisitInterval = seconds(1);

constexpr size_t kPinSize = 22;  // a NUID's

}  // namespace

void Consumer::on_pull(const Mail& mail) {
  if (mail.reply.empty()) return;
  if (is_push()) {
    send_status(mail.reply, status_block("409 Consumer is push based"));
    return;
  }
  if (requires_too_much(mail.headers())) {
    send_status(mail.reply, status_block("412 Required Api Level"));
    return;
  }
  request(mail.reply, mail.payload());
  set_timer();
}

void Consumer::request(std::string_view reply, std::string_view body) {
  if (is_push()) {
    send_status(reply, status_block("409 Consumer is push based"));
    return;
  }
  Result<PullRequest, PullRefusal> parsed = parse_pull_request(body);
  std::optional<PullRefusal> refusal;
  if (!parsed) refusal = parsed.error();
  if (!refusal) refusal = check(parsed.value(), config_);
  if (!refusal) refusal = check_pin(parsed.value());
  if (refusal) {
    send_status(reply, status_block(*refusal));
    return;
  }
  PullRequest& wanted = parsed.value();
  const Instant at = now().mono;
  const auto waiting_max = static_cast<size_t>(std::max<int64_t>(config_.max_waiting, 0));
  if (pulls_.size() >= waiting_max && at > pulls_visited_ + kFullQueueVisitInterval) {
    visit_waiting(false);
  }
  if (wanted.no_wait && refuse_no_wait(reply, wanted)) return;
  if (pulls_.size() >= waiting_max) {
    // One with a heartbeat finds out by missing it: an answer would only make it ask at once.
    if (wanted.heartbeat == Duration::zero()) {
      send_status(reply, status_block("409 Exceeded MaxWaiting"));
    }
    return;
  }
  last_active_ = at;
  const Instant expires = wanted.expires != Duration::zero() ? at + wanted.expires : kNever;
  const Instant heartbeat = wanted.heartbeat > Duration::zero() ? at + wanted.heartbeat : kNever;
  pull_due_ = std::min({pull_due_, expires, heartbeat});
  pulls_.add({.reply = std::string(reply),
              .request = std::move(wanted),
              .expires = expires,
              .heartbeat = heartbeat},
             config_.priority_policy == PriorityPolicy::kPrioritized);
  wake();
}

// A request that does not wait is answered at once if nothing is there for it.
bool Consumer::refuse_no_wait(std::string_view reply, const PullRequest& request) {
  const uint64_t available = count_pending() + queued_count_;
  if (available == 0 && request.expires == Duration::zero()) {
    last_active_ = now().mono;
    send_status(reply, status_block("404 No Messages"));
    return true;
  }
  if (available == 0 || available >= visit_waiting(false)) return false;
  last_active_ = now().mono;
  send_status(reply, status_block("408 Requests Pending"));
  return true;
}

// Who is pinned says so by asking again; who says to be and is not is told.
std::optional<std::string> Consumer::check_pin(const PullRequest& request) {
  if (!request.has_group || pin_ == nullptr) return std::nullopt;
  if (request.id == pin_->id) {
    pin_->due = now().mono + config_.priority_timeout;
    return std::nullopt;
  }
  if (request.id.empty()) return std::nullopt;
  return "423 Nats-Pin-Id mismatch";
}

// The request that is to have the next message, of `size` bytes, at the front of the queue; nullptr
// if there is none that may.
WaitingPull* Consumer::next_waiting(int64_t size) {
  size_t passed = 0;
  while (!pulls_.empty()) {
    WaitingPull& pull = pulls_.front();
    if (pull.expires <= now().mono) {
      end_front("408 Request Timeout");
      continue;
    }
    bool is_pinned_now = false;
    Turn turn = judge_pin(pull, is_pinned_now);
    if (turn == Turn::kRefused) {
      end_front("423 Nats-Wrong-Pin-Id");
      continue;
    }
    if (turn == Turn::kServed && is_below_overflow(pull)) turn = Turn::kPassed;
    if (turn == Turn::kPassed) {
      pulls_.cycle();
      if (++passed >= pulls_.size()) return nullptr;
      continue;
    }
    const int64_t bytes = pull.request.max_bytes;
    if (bytes <= 0 || size <= bytes) return &pull;
    if (is_pinned_now) pin_.reset();
    end_front("409 Message Size Exceeds MaxBytes");
  }
  return nullptr;
}

Consumer::Turn Consumer::judge_pin(WaitingPull& pull, bool& is_pinned_now) {
  if (config_.priority_policy != PriorityPolicy::kPinnedClient) return Turn::kServed;
  PullRequest& request = pull.request;
  if (pin_ == nullptr) {
    if (!request.id.empty()) return Turn::kRefused;
    if (!request.group.empty()) set_pin(pull);
    is_pinned_now = pin_ != nullptr;
    return Turn::kServed;
  }
  if (request.id == pin_->id) return Turn::kServed;
  return request.id.empty() ? Turn::kPassed : Turn::kRefused;
}

void Consumer::set_pin(WaitingPull& pull) {
  pin_ = std::make_unique<Pin>();
  pin_->id = services().context.random.base62(kPinSize);
  pin_->since = now().wall;
  pin_->due = now().mono + config_.priority_timeout;
  pull.request.id = pin_->id;
  services().advisories.pinned(stream_.name(), name_, pull.request.group, pin_->id);
}

void Consumer::on_pin_timeout() {
  pin_.reset();
  const auto& groups = config_.priority_groups;
  services().advisories.unpinned(stream_.name(), name_, groups.empty() ? "" : groups.front(),
                                 "timeout");
  wake();
}

void Consumer::unpin(std::string_view group) {
  pin_.reset();
  services().advisories.unpinned(stream_.name(), name_, group, "admin");
  set_timer();
  wake();
}

// A request that waits for as much to be left over, or unacknowledged, as it names.
bool Consumer::is_below_overflow(const WaitingPull& pull) {
  if (config_.priority_policy != PriorityPolicy::kOverflow) return false;
  const PullRequest& request = pull.request;
  if (request.min_pending <= 0 && request.min_ack_pending <= 0) return false;
  if (request.min_pending > 0 && static_cast<uint64_t>(request.min_pending) <= count_pending()) {
    return false;
  }
  return request.min_ack_pending <= 0 ||
         static_cast<uint64_t>(request.min_ack_pending) > positions_.state.pending_count();
}

void Consumer::end_front(std::string_view status) {
  const WaitingPull& pull = pulls_.front();
  send_status(pull.reply, status_block(status, pull.request.batch, pull.request.max_bytes));
  pulls_.remove(pulls_.begin());
}

// The request at the front got its message.
void Consumer::serve_front(int64_t size) {
  WaitingPull& pull = pulls_.front();
  if (pull.request.max_bytes > 0) {
    pull.request.max_bytes -= size;
    if (pull.request.max_bytes == 0) pull.request.batch = 1;
  }
  const int64_t left = pull.request.batch - 1;
  if (left <= 0 && pull.request.max_bytes > 0) {
    send_status(pull.reply, status_block("409 Batch Completed", left, pull.request.max_bytes));
  }
  if (left > 0 && pull.request.heartbeat > Duration::zero()) {
    pull.heartbeat = now().mono + pull.request.heartbeat;
  }
  pulls_.serve_front(config_.priority_policy == PriorityPolicy::kPrioritized);
}

// Sends away those whose time is over, who left, or (at the end) who do not wait; the heartbeats
// that are due go out. Answers how many messages the others wait for.
uint64_t Consumer::visit_waiting(bool is_at_end) {
  const Instant at = now().mono;
  pulls_visited_ = at;
  pull_due_ = kNever;
  uint64_t wanted = 0;
  for (auto pull = pulls_.begin(); pull != pulls_.end();) {
    const PullRequest& request = pull->request;
    if (pull->expires <= at) {
      send_status(pull->reply,
                  status_block("408 Request Timeout", request.batch, request.max_bytes));
      pull = pulls_.remove(pull);
      continue;
    }
    if (is_at_end && request.no_wait && (pull->expires == kNever || pull->delivered > 0)) {
      send_status(pull->reply, status_block("404 No Messages"));
      pull = pulls_.remove(pull);
      continue;
    }
    if (!services().account.has_interest(pull->reply)) {
      pull = pulls_.remove(pull);
      continue;
    }
    wanted += static_cast<uint64_t>(std::max<int64_t>(request.batch, 0));
    if (pull->heartbeat <= at) {
      send_heartbeat(pull->reply);
      pull->heartbeat = at + request.heartbeat;
    }
    pull_due_ = std::min({pull_due_, pull->expires, pull->heartbeat});
    ++pull;
  }
  return wanted;
}

void Consumer::send_status(std::string_view reply, std::string_view block) {
  services().account.send(
      services().context,
      {.to = reply, .subject = {}, .reply = {}, .content = block, .header_size = block.size()});
}

}  // namespace myelin
