#include "core/pubsub/client.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/check.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/limits.h"
#include "core/protocol/writer.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/client_log.h"
#include "core/pubsub/jwt_login.h"
#include "core/pubsub/message_trace.h"
#include "core/pubsub/owner_kind.h"
#include "core/pubsub/stream_imports.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

bool has_prefix(std::string_view text, std::string_view prefix) {
  return text.size() > prefix.size() && text.substr(0, prefix.size()) == prefix;
}

// Subjects and replies that nats-server keeps for its own routing and replication.
bool is_reserved_subject(std::string_view subject) {
  if (subject.empty()) return false;
  if (subject.front() == '_') return has_prefix(subject, "_GR_.");
  if (subject.front() == '$') return subject.substr(0, 5) == "$NRG.";
  return false;
}

bool is_reserved_reply(std::string_view reply) {
  if (reply.empty()) return false;
  if (reply.front() == '_') return reply.substr(0, 4) == "_R_." || has_prefix(reply, "_GR_.");
  if (reply.front() == '$') return has_prefix(reply, "$JS.ACK.");
  return false;
}

enum TimerKind : uint8_t { kGate, kPing, kWrite, kExpiry = kClientExpiryKind };

}  // namespace

Client::Client(Context& context, uint64_t id, ClientPeer peer)
    : context_(context),
      last_active_(context.now.mono),
      account_(&context.accounts->global()),
      id_(id),
      subscriptions_(context.sid_hash),
      gate_timer_(kGate, this),
      ping_timer_(kPing, this),
      write_timer_(kWrite, this),
      peer_(std::move(peer)),
      opened_(context.now.mono) {
  limits_.max_control_line = context.options.max_control_line;
  apply_limits();
  peer_.nonce = context.gives_nonces() ? base64_url(peer_.nonce) : std::string();
}

Client::~Client() = default;

// Its end -------------------------------------------------------------------------------------

void Client::fail(Fault fault) {
  const FaultRow row = row_of(fault);
  // Where TLS comes first, nothing is said in the clear, not even why the link ends.
  const bool is_mute = state_ == State::kOpening && peer_.waits_for_tls_first;
  if (!row.text.empty() && !is_mute) send_error(row.text);
  if (row.closes) close(row.reason);
}

void Client::close(CloseReason reason, bool discards_output) {
  discards_output_ = discards_output_ || discards_output;
  if (is_closing()) return;
  state_ = State::kClosing;
  close_reason_ = reason;
  gate_timer_.cancel();
  ping_timer_.cancel();
  leave();
  context_.closing.push_back(this);
  if (context_.options.debug) {
    log(LogLevel::kDebug, "Client connection closed: " + std::string(text_of(reason)));
  }
  // A reload may end the user before the last byte is written. Whom claims made is told of when it
  // is gone.
  user_ = nullptr;
  end_waiting();
  jwt_login_.reset();
  if (personal_user_) personal_user_->expiry_timer.cancel();
  mark_dirty();
}

void Client::link_ended(CloseReason reason) {
  close(reason, true);
  close_was_emitted_ = abort_was_emitted_ = true;
}

void Client::release_publishers() {
  for (const uint64_t id : held_back_) {
    if (Client* publisher = context_.find(id)) publisher->resume_reads();
  }
  held_back_.clear();
}

bool Client::withdraw(uint32_t& allowance) {
  if (discards_output_) outbound_.discard();
  release_publishers();
  for (; allowance > 0 && subscriptions_.first() != nullptr; --allowance) {
    end(*subscriptions_.first());
  }
  is_withdrawn_ = subscriptions_.first() == nullptr;
  return is_withdrawn_;
}

void Client::clear_subscriptions() {
  while (Subscription* subscription = subscriptions_.first()) end(*subscription);
}

// Input ---------------------------------------------------------------------------------------

std::string_view Client::receive(std::string_view input) {
  stalled_ = Duration{};
  switch (state_) {
    case State::kOpening:
    case State::kClosing:
      break;
    case State::kVerifying:
      if (held_input_.size() + input.size() > kHeldInputMax) {
        close(CloseReason::kProtocolViolation);
      } else {
        held_input_.append(input);
      }
      break;
    case State::kHandshake:
    case State::kReady:
      return process(input);
  }
  return {};
}

std::string_view Client::process(std::string_view input) {
  while (!input.empty() && (state_ == State::kReady || state_ == State::kHandshake)) {
    if (state_ == State::kHandshake && parser_.is_between_operations() &&
        ascii_lower(input.front()) != 'c') {
      if (use_no_auth_user()) continue;  // the service may have to be asked
      if (!is_closing()) refuse();
      return {};
    }
    on_op(parser_.next(input, limits_));
    if (context_.mailbox.has_mail()) break;
  }
  pause_if_stalled();
  if (state_ == State::kReady || state_ == State::kHandshake) return input;
  if (state_ == State::kVerifying) held_input_.append(input);
  return {};
}

std::string Client::take_held_input() {
  if (state_ == State::kVerifying) return {};
  return std::exchange(held_input_, std::string());
}

void Client::on_op(const Op& op) {
  if (traces() && op.kind != OpKind::kNeedMore) trace_in(op);
  switch (op.kind) {
    case OpKind::kNeedMore:
    case OpKind::kPlusOk:
      return;
    case OpKind::kPub:
      return on_pub(op);
    case OpKind::kSub:
      return on_sub(op);
    case OpKind::kUnsub:
      return on_unsub(op);
    case OpKind::kConnect:
      return on_connect(op.argument);
    case OpKind::kPing:
      return on_ping();
    case OpKind::kPong:
      return on_pong();
    case OpKind::kInfo:
      if (!JsonDocument::parse(op.argument, kJsonDepthMax)) fail(Fault::kBadArguments);
      return;
    case OpKind::kErr:
      log(LogLevel::kError, "Client Error " + std::string(op.argument));
      close(CloseReason::kParseError);
      return;
    case OpKind::kFault:
      if (op.fault == Fault::kBadArguments || op.fault == Fault::kUnknownOperation) {
        log(LogLevel::kError, "client parser ERROR, unexpected input");
      } else {
        log(LogLevel::kError, row_of(op.fault).text);
      }
      return fail(op.fault);
  }
}

// PING, PONG and timers -----------------------------------------------------------------------

Duration Client::ping_interval() const {
  const Options& options = context_.options;
  if (!peer_.websocket || !options.websocket) return options.ping_interval;
  return options.websocket->ping_interval.value_or(options.ping_interval);
}

void Client::set_first_ping_timer() {
  const Duration interval = std::min<Duration>(ping_interval(), kFirstPingInterval);
  const auto spread = static_cast<uint64_t>(interval.count() / 5);
  const Duration delay = spread == 0 ? Duration{} : Duration(context_.random.below(spread));
  context_.timers.set(ping_timer_, context_.now.mono + interval + delay);
}

void Client::on_ping() {
  if (traces()) trace_out("PONG");
  send("PONG\r\n");
  last_in_ = context_.now.mono;
  if (!is_connected_ || first_pong_sent_) return;
  first_pong_sent_ = true;
  if (connect_ && connect_->protocol >= 1) send_info(true);
}

void Client::on_pong() {
  pings_out_ = 0;
  rtt_ = std::max(context_.now.mono - ping_sent_, Duration(1));
}

void Client::send_ping() {
  ++pings_out_;
  ping_sent_ = context_.now.mono;
  if (traces()) trace_out("PING");
  send("PING\r\n");
}

void Client::on_timer(const Timer& timer) {
  switch (timer.kind()) {
    case kGate:
      if (state_ == State::kOpening) return on_opening_timer();
      if (state_ == State::kHandshake) return fail(Fault::kAuthenticationTimeout);
      if (state_ == State::kVerifying) return on_callout_timer();
      return resume_reads();
    case kPing:
      return on_ping_timer();
    case kExpiry:
      return fail(Fault::kUserExpired);
    case kWrite:
      count_as_slow();
      log(LogLevel::kInfo, "Slow Consumer Detected: WriteDeadline of " +
                               go_duration(context_.options.write_deadline) + " exceeded with " +
                               decimal(static_cast<int64_t>(outbound_.pending())) +
                               " total bytes.");
      close(CloseReason::kSlowConsumerWriteDeadline, true);
      mark_dirty();
  }
}

void Client::on_ping_timer() {
  const Options& options = context_.options;
  const Instant now = context_.now.mono;
  const bool needs_rtt = ping_sent_ == Instant{} || now - ping_sent_ > kRttInterval;
  if (now - last_in_ >= ping_interval() || needs_rtt) {
    if (pings_out_ + 1 > options.ping_max) {
      ++context_.counters.stale_connections;
      return fail(Fault::kStaleConnection);
    }
    send_ping();
    if (is_closing()) return;
  }
  context_.timers.set(ping_timer_, now + ping_interval());
}

// Publishing ----------------------------------------------------------------------------------

void Client::on_pub(const Op& op) {
  ++in_msgs_;
  in_bytes_ += op.content.size();
  context_.counters.publish_size.record(op.content.size());
  last_in_ = last_active_ = context_.now.mono;
  const bool is_pedantic = connect_ ? connect_->pedantic : true;
  if (is_pedantic && !is_valid_literal(op.subject)) {
    fail(Fault::kInvalidPublishSubject);
    if (is_closing()) return;  // it was one answer too many
  }

  if (op.header_size > 0 && !start_trace(op)) return;

  MessageTrace* const trace = context_.trace.get();
  Message message{.subject = op.subject,
                  .reply = op.reply,
                  .content = op.content,
                  .header_size = op.header_size,
                  .header_size_text = op.header_size_text,
                  .size_text = op.size_text,
                  .held = op.held,
                  .publisher = this,
                  .trace = trace};
  if (account_->has_mappings()) {
    message.subject = account_->map(op.subject, context_.random);
    if (trace != nullptr && message.subject != op.subject) {
      trace->mapped(message.subject, context_.now.wall);
    }
    if (traces() && message.subject != op.subject) {
      log(LogLevel::kTrace,
          "<<- [MAPPING " + std::string(op.subject) + " -> " + std::string(message.subject) + "]");
    }
  }
  if (!may_publish(message.subject)) {
    if (trace != nullptr) trace->refused(publish_violation(message.subject));
    send_error(publish_violation(message.subject));
    log(LogLevel::kError, "Publish Violation - Subject " + go_quote(message.subject));
    return;
  }
  if (is_reserved_reply(message.reply)) {
    if (trace != nullptr) trace->refused(reply_violation(message.reply));
    send_error(reply_violation(message.reply));
    log(LogLevel::kError, "Publish Violation - Reply " + go_quote(message.reply));
    return;
  }
  if (connect_ ? connect_->verbose : true) send_ok();
  const uint32_t taken = account_->publish(context_, message);
  if (taken == 0 && !message.reply.empty() && connect_ && connect_->no_responders) {
    if (context_.mailbox.is_undecided()) {
      context_.unanswered = {.client = id_,
                             .subject = std::string(message.subject),
                             .reply = std::string(message.reply)};
    } else {
      send_no_responders(message.subject, message.reply);
    }
  }
}

bool Client::may_publish(std::string_view subject) {
  if (is_reserved_subject(subject)) return false;
  if (user_ == nullptr || !user_->permissions) return true;
  return user_->permissions->may_publish(subject) || may_answer(subject);
}

bool Client::may_answer(std::string_view subject) {
  return open_replies_ &&
         open_replies_->use(subject, *user_->permissions->responses(), context_.now.mono);
}

void Client::remember_reply(std::string_view reply) {
  if (user_->permissions->may_publish(reply)) return;
  if (!open_replies_) open_replies_ = std::make_unique<OpenReplies>();
  open_replies_->open(reply, *user_->permissions->responses(), context_.now.mono);
}

void Client::send_no_responders(std::string_view subject, std::string_view reply) {
  const Subscription* subscription = account_->find_plain(*this, reply);
  if (subscription == nullptr) return;
  send(no_responders_message(reply, subscription->sid(), subject));
}

// Delivery ------------------------------------------------------------------------------------

bool Client::deliver(Subscription& subscription, const Message& message, bool& ended) {
  if (is_closing()) return false;
  if (message.publisher == this && connect_ && !connect_->echo) return false;
  if (subscription.is_filtered) [[unlikely]] {
    if (const Shadow* shadow = subscription.shadow()) return deliver(*shadow, message, ended);
    if (!user_->permissions->may_deliver(message.subject, subscription.queue())) return false;
  }
  ++subscription.delivered;
  if (subscription.max > 0) {
    if (subscription.delivered > subscription.max) return false;
    ended = subscription.delivered == subscription.max;
  }
  if (is_slow_) [[unlikely]] {
    if (context_.options.no_fast_producer_stall) return false;
    const bool is_full = outbound_.pending() >= context_.options.max_pending;
    if (message.publisher != nullptr) {
      message.publisher->stall(is_full ? kStallFull : kStallMin, *this);
    }
  }

  write_message(subscription, message);

  if (user_ != nullptr && user_->permissions && user_->permissions->responses() &&
      !message.reply.empty()) {
    remember_reply(message.reply);
  }
  watch_pending();
  return true;
}

// What another account exports, under the name this one gave it. What came there as a request to a
// service is no stream.
bool Client::deliver(const Shadow& shadow, const Message& message, bool& ended) {
  if (message.passage != nullptr) return false;
  Message seen = message;
  const std::string ours = shadow.import->ours(message.subject);
  if (!message.keeps_subject) seen.subject = ours;
  return deliver(*shadow.original, seen, ended);
}

// Who leaves three quarters of max_pending unread is slow, who leaves more than all of it is cut
// off.
void Client::watch_pending() {
  const uint64_t pending = outbound_.pending();
  const uint64_t max_pending = context_.options.max_pending;
  if (pending <= max_pending / 4 * 3) [[likely]]
    return;
  is_slow_ = true;
  if (pending <= max_pending) return;
  count_as_slow();
  log(LogLevel::kInfo, "Slow Consumer Detected: MaxPending of " +
                           decimal(static_cast<int64_t>(max_pending)) + " Exceeded");
  close(CloseReason::kSlowConsumerPendingBytes, true);
}

void Client::write_message(const Subscription& subscription, const Message& message) {
  std::string_view content = message.content;
  std::string_view size_text = message.size_text;
  const bool has_header = message.header_size > 0;
  const bool takes_header = has_header && limits_.headers;
  char digits[kDecimalSizeMax];
  if (has_header && !takes_header) [[unlikely]] {
    content.remove_prefix(message.header_size);
    size_text = {digits, static_cast<size_t>(write_decimal(digits, content.size()) - digits)};
  }
  ++out_msgs_;
  out_bytes_ += content.size();
  ++context_.counters.out_msgs;
  context_.counters.out_bytes += content.size();
  last_active_ = context_.now.mono;

  const bool is_shared = message.held != nullptr && content.size() >= kShareMin;
  const MsgLine line{.subject = message.subject,
                     .sid = subscription.sid(),
                     .reply = message.reply,
                     .header_size = takes_header ? message.header_size_text : std::string_view(),
                     .size = size_text};
  const size_t line_max = msg_line_size_max(line);
  char* const begin = outbound_.reserve(is_shared ? line_max : line_max + content.size() + 2);
  char* to = write_msg_line(begin, line);
  if (traces()) {
    trace_out({begin, static_cast<size_t>(to - begin) - 2});
    trace_content("->> ", content, takes_header ? message.header_size : 0);
  }
  if (is_shared) {
    outbound_.commit(static_cast<size_t>(to - begin));
    outbound_.append_shared(*message.held,
                            static_cast<uint32_t>(content.data() - message.held->data()),
                            static_cast<uint32_t>(content.size() + 2));
  } else {
    to = writer::put(to, content);
    *to++ = '\r';
    *to++ = '\n';
    outbound_.commit(static_cast<size_t>(to - begin));
  }
  mark_dirty();
}

// A publisher is held back once its piece of input is worked off, not in the middle of it: the
// input is already in memory, and what it may add is bounded by one read.
void Client::stall(Duration span, Client& taker) {
  if (stalled_ >= kStallTotalMax) return;
  ++context_.counters.stalled_clients;
  ++stalls_;
  stalled_ = std::min<Duration>(stalled_ + span, kStallTotalMax);
  auto& waiting = taker.held_back_;
  if (std::find(waiting.begin(), waiting.end(), id_) == waiting.end()) waiting.push_back(id_);
}

void Client::pause_if_stalled() {
  if (stalled_ == Duration{} || state_ != State::kReady) return;
  context_.timers.set(gate_timer_, context_.now.mono + stalled_);
  if (reads_are_paused_) return;
  reads_are_paused_ = true;
  context_.requests.push_back({.kind = Context::Request::Kind::kPauseRead, .client = id_});
}

void Client::resume_reads() {
  if (!reads_are_paused_ || state_ != State::kReady) return;
  gate_timer_.cancel();
  stalled_ = Duration{};
  reads_are_paused_ = false;
  context_.requests.push_back({.kind = Context::Request::Kind::kResumeRead, .client = id_});
}

void Client::written(uint64_t size) {
  outbound_.written(size);
  if (outbound_.in_flight() == 0) {
    write_timer_.cancel();
  } else {
    context_.timers.set(write_timer_, context_.now.mono + context_.options.write_deadline);
  }
  if (is_slow_ && outbound_.pending() <= context_.options.max_pending / 4 * 3) {
    is_slow_ = false;
    release_publishers();
  }
  if (has_output()) mark_dirty();
}

// Subscribing ---------------------------------------------------------------------------------

void Client::on_sub(const Op& op) {
  const Options& options = context_.options;
  last_in_ = last_active_ = context_.now.mono;
  Permissions* permissions = user_ == nullptr ? nullptr : user_->permissions.get();
  const bool is_permitted =
      (permissions == nullptr || permissions->may_subscribe(op.subject, op.queue)) &&
      op.queue != "_sys_";
  if (!is_permitted) {
    send_error(subscription_violation(op.subject, op.queue));
    log(LogLevel::kError, "Subscription Violation - Subject " + go_quote(op.subject) + ", SID " +
                              std::string(op.sid));
    return;
  }
  if (options.max_subscription_tokens > 0 &&
      token_count(op.subject) > options.max_subscription_tokens) {
    send_error(too_many_tokens_violation(op.subject));
    log(LogLevel::kError,
        "Subscription Violation Too Many Tokens - Subject " + go_quote(op.subject));
    return;
  }
  if (subscriptions_.size() >= max_subscriptions_ || context_.is_short_of_memory) {
    return exceed(Fault::kMaxSubscriptions);
  }
  if (subscriptions_.find(op.sid) == nullptr) {
    Subscription::Owner owner = Subscription::create(*this, op.subject, op.queue, op.sid);
    owner->is_filtered =
        permissions != nullptr && permissions->needs_delivery_check(op.subject, op.queue);
    if (!account_->subscribe(*owner)) return fail(Fault::kInvalidSubject);
    subscriptions_.insert(std::move(owner));
  }
  if (connect_ ? connect_->verbose : true) send_ok();
}

void Client::on_unsub(const Op& op) {
  last_in_ = last_active_ = context_.now.mono;
  if (connect_ ? connect_->verbose : true) send_ok();
  Subscription* subscription = subscriptions_.find(op.sid);
  if (subscription == nullptr) return;
  if (op.max > 0 && static_cast<uint64_t>(op.max) > subscription->delivered) {
    subscription->max = static_cast<uint64_t>(op.max);
  } else {
    end(*subscription);
  }
}

void Client::end(Subscription& subscription) {
  if (const Shadow* shadow = subscription.shadow()) return end(*shadow->original);
  if (traces()) log(LogLevel::kTrace, "<-> [DELSUB " + std::string(subscription.sid()) + "]");
  account_->unsubscribe(subscription);
  subscriptions_.remove(subscription);
}

// Output --------------------------------------------------------------------------------------

void Client::send(std::string_view text) {
  if (is_closing()) return;
  outbound_.append(text);
  mark_dirty();
  // Answers wait like messages: who asks without end and does not read is cut off.
  watch_pending();
}

void Client::send_ok() {
  if (traces()) trace_out("OK");
  send("+OK\r\n");
}

void Client::send_error(std::string_view text) {
  if (traces()) trace_out("-ERR " + std::string(text));
  send(error_line(text));
}

void Client::mark_dirty() {
  if (is_dirty_) return;
  is_dirty_ = true;
  context_.dirty.push_back(this);
}

bool Client::has_output() const {
  if (discards_output_) return !abort_was_emitted_;
  const bool has_room = outbound_.in_flight() < kLinkInFlightMax;
  if (outbound_.has_queued()) return has_room;
  return is_closing() ? !close_was_emitted_ : tls_starts_;
}

Client::Emission Client::emit() {
  Emission emission{.reason = close_reason_};
  is_dirty_ = false;
  if (!has_output()) return emission;
  if (discards_output_) {
    emission.abort = true;
    close_was_emitted_ = abort_was_emitted_ = true;
    return emission;
  }
  if (outbound_.has_queued()) {
    emission.chunks = outbound_.take(kLinkInFlightMax - outbound_.in_flight());
    if (!write_timer_.is_set()) {
      context_.timers.set(write_timer_, context_.now.mono + context_.options.write_deadline);
    }
  }
  if (outbound_.has_queued()) return emission;
  emission.start_tls = tls_starts_ && !is_closing();
  tls_starts_ = false;
  if (is_closing()) emission.flush_and_close = close_was_emitted_ = true;
  return emission;
}

bool Client::is_finished() const {
  if (!is_withdrawn_) return false;
  return discards_output_ ? abort_was_emitted_ : close_was_emitted_ && outbound_.in_flight() == 0;
}

// Administration ------------------------------------------------------------------------------

void Client::count_as_slow() {
  ++context_.counters.slow_consumers;
  account_->count_slow_consumer();
}

bool Client::announce_lame_duck() {
  if (is_closing() || !first_pong_sent_ || !connect_ || connect_->protocol < 1) return false;
  is_told_of_lame_duck_ = true;
  send_info(false);
  return true;
}

std::optional<PermissionOptions> Client::permission_options() const {
  if (user_ == nullptr || user_->permissions == nullptr) return std::nullopt;
  return user_->permissions->options();
}

void Client::log(LogLevel level, std::string_view text) const {
  const ClientLabel label{
      .address = peer_.address,
      .port = peer_.port,
      .id = id_,
      .is_websocket = peer_.websocket != nullptr,
      .forwarded_for = peer_.websocket ? peer_.websocket->forwarded_for : std::string_view(),
      .said = connect_.get(),
      .account = account_->name(),
      .user = user_ == nullptr ? std::string_view() : user_->name};
  context_.log.write(level, to_string(label) + " - " + std::string(text));
}

void Client::trace_in(const Op& op) const {
  const std::string text = traced(op);
  if (!text.empty()) log(LogLevel::kTrace, text);
  if (op.kind == OpKind::kPub) trace_content("<<- ", op.content, op.header_size);
}

void Client::trace_out(std::string_view text) const {
  log(LogLevel::kTrace, "->> [" + std::string(text) + "]");
}

void Client::trace_content(std::string_view arrow, std::string_view content,
                           uint32_t header_size) const {
  const std::string text = traced_content(content, header_size, context_.options);
  if (!text.empty()) log(LogLevel::kTrace, std::string(arrow) + text);
}

}  // namespace myelin
