// How a Consumer pushes: whether somebody listens, heartbeats, and flow control (ADR-9).
#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/jetstream/consumer.h"
#include "core/jetstream/consumers.h"
#include "core/jetstream/services.h"
#include "core/jetstream/stream.h"
#include "core/protocol/headers.h"

namespace myelin {
namespace {

constexpr size_t kFlowTokenSize = 4;
constexpr size_t kSequenceDigitsMax = 19;

}  // namespace

void Consumer::begin_push() {
  push_ = std::make_unique<Push>(static_cast<uint8_t>(JetStreamKind::kConsumer), this);
  if (config_.flow_control) push_->flow.emplace();
  if (config_.idle_heartbeat > Duration::zero()) {
    push_->heartbeat_due = now().mono + config_.idle_heartbeat;
  }
  watch_interest();
}

void Consumer::watch_interest() {
  InterestWatches& watches = services().account.watches();
  watches.clear(push_->watch);
  watches.set(push_->watch, config_.deliver_subject);
  on_interest_changed();
}

void Consumer::on_interest_changed() {
  const bool was_active = push_->is_active;
  push_->is_active =
      services().account.has_literal_interest(config_.deliver_subject, config_.deliver_group);
  if (push_->is_active) {
    inactive_due_ = kNever;
    if (!was_active) wake();
  } else if (inactive_threshold_ > Duration::zero() && inactive_due_ == kNever) {
    inactive_due_ = now().mono + inactive_threshold_;
  }
  if (!push_->is_active) consumers_.set_listening(*this, false);
  set_timer();
}

void Consumer::beat() {
  push_->heartbeat_due = now().mono + config_.idle_heartbeat;
  if (!push_->is_active) return;
  send_heartbeat(config_.deliver_subject);
  if (config_.ack_policy == AckPolicy::kFlowControl && positions_.state.has_pending() &&
      push_->flow->outstanding().empty()) {
    send_flow_control_request();
  }
}

void Consumer::send_heartbeat(std::string_view to) {
  std::string block("NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: ");
  append_decimal(block, positions_.state.next_delivery() - 1);
  block.append("\r\nNats-Last-Stream: ");
  append_decimal(block, positions_.state.next() - 1);
  if (push_ != nullptr && push_->flow && !push_->flow->outstanding().empty()) {
    block.append("\r\nNats-Consumer-Stalled: ").append(push_->flow->outstanding());
  }
  block.append("\r\n\r\n");
  send_status(to, block);
}

void Consumer::send_flow_control_request() {
  std::string subject("$JS.FC.");
  subject.append(stream_.name()).append(1, '.').append(name_).append(1, '.');
  subject.append(services().context.random.base62(kFlowTokenSize));
  const std::string block = status_block("100 FlowControl Request");
  services().account.send(services().context, {.to = config_.deliver_subject,
                                               .subject = {},
                                               .reply = subject,
                                               .content = block,
                                               .header_size = block.size()});
  push_->flow->asked(std::move(subject));
}

void Consumer::on_flow_control(const Mail& mail) {
  if (!is_push() || !push_->flow) return;
  if (!push_->flow->answered(mail.subject)) return;
  wake();
  if (config_.ack_policy != AckPolicy::kFlowControl) return;
  const auto number = [&mail](std::string_view header) {
    const std::optional<std::string_view> value = find_header(mail.headers(), header);
    return value ? parse_decimal(*value, kSequenceDigitsMax).value_or(0) : 0;
  };
  const uint64_t sequence = number("Nats-Last-Stream");
  if (sequence == 0) return;
  const uint64_t delivered = positions_.state.next_delivery() - 1;
  ack_all({.consumer = std::min(number("Nats-Last-Consumer"), delivered),
           .stream = std::min(sequence, positions_.state.next() - 1)});
  settle_membership();
  set_timer();
}

}  // namespace myelin
