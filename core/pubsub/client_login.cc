// The part of Client that finds out who it is: INFO, CONNECT, and judging anew after a reload.
#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/protocol/writer.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/client.h"
#include "core/version.h"

namespace myelin {

// Greeting ------------------------------------------------------------------------------------

void Client::send_info(bool connect_info) {
  const Options& options = context_.options;
  Info info;
  info.server_id = context_.server_id;
  info.server_name = context_.server_name;
  info.host = options.host;
  info.port = options.port;
  info.headers = !options.no_header_support;
  // Who may come without a name is not asked for one at the door, but at that of WebSockets
  // (nats-server).
  const bool is_greeting = !is_connected_;
  info.auth_required = authenticator().is_required() &&
                       !(is_greeting && !peer_.websocket && authenticator().says_no_auth_user());
  info.tls_required = options.tls_required || (is_greeting && peer_.waits_for_tls_first);
  info.tls_verify = options.tls_verify;
  info.tls_available = options.tls_available;
  if (peer_.websocket && options.websocket) {
    info.host = options.websocket->host;
    info.port = options.websocket->port;
    info.tls_required = info.tls_available = options.websocket->tls_required;
  }
  info.max_payload = limits_.max_payload;
  info.client_id = id_;
  if (!peer_.awaits_proxy_header) info.client_ip = peer_.address;
  info.ldm = context_.lame_duck;
  info.jetstream = options.jetstream.has_value();
  info.api_level = info.jetstream ? kJetStreamApiLevel : 0;
  info.connect_info = connect_info;
  if (connect_info) info.remote_account = account_->name();
  send(info_line(info));
}

// CONNECT and authentication ------------------------------------------------------------------

void Client::on_connect(std::string_view json) {
  if (state_ == State::kHandshake) gate_timer_.cancel();
  last_active_ = context_.now.mono;
  rtt_ = std::max(context_.now.mono - opened_, Duration(1));  // until a PING was answered
  set_first_ping_timer();
  if (!connect_) connect_ = std::make_unique<ConnectOptions>();
  if (!read_connect(json, *connect_)) {
    log(LogLevel::kError, "CONNECT could not be read");
    return fail(Fault::kBadArguments);
  }
  take_cookies();
  if (is_connected_) clear_subscriptions();
  is_connected_ = true;
  limits_.headers = connect_->headers && !context_.options.no_header_support;
  authenticate();
}

// A WebSocket's cookies say what CONNECT does not.
void Client::take_cookies() {
  if (!peer_.websocket) return;
  const auto fill = [](std::string& said, const std::string& cookie) {
    if (said.empty()) said = cookie;
  };
  const PeerCredentials& cookies = peer_.websocket->cookies;
  fill(connect_->user, cookies.user);
  fill(connect_->pass, cookies.password);
  fill(connect_->auth_token, cookies.token);
  fill(connect_->jwt, cookies.jwt);
}

const Authenticator& Client::authenticator() const {
  const Authenticators& all = context_.authenticators;
  return peer_.websocket && all.websocket ? *all.websocket : *all.common;
}

Duration Client::auth_timeout() const {
  const Options& options = context_.options;
  const Duration common = options.authorization.timeout;
  if (!peer_.websocket || !options.websocket) return common;
  const Duration own = options.websocket->authorization.timeout;
  return own == Duration::zero() ? common : own;
}

// What it says of itself, nothing before CONNECT, and how it came.
Credentials Client::credentials() const {
  Credentials said{.connection = peer_.connection, .tls = tls_.get()};
  if (!connect_) return said;
  said.user = connect_->user;
  said.password = connect_->pass;
  said.token = connect_->auth_token;
  return said;
}

void Client::authenticate() {
  const Authenticator::Decision decision = authenticator().decide(credentials());
  switch (decision.verdict) {
    case Authenticator::Decision::Verdict::kRefused:
      return refuse();
    case Authenticator::Decision::Verdict::kAccepted:
      return accept(decision.user);
    case Authenticator::Decision::Verdict::kVerify:
      state_ = State::kVerifying;
      candidate_ = decision.user;
      verified_hash_ = decision.bcrypt_hash;
      gate_timer_.cancel();  // held back or not: reads go on with the answer
      context_.requests.push_back({.kind = Context::Request::Kind::kVerifyBcrypt,
                                   .client = id_,
                                   .verification = ++verification_,
                                   .hash = std::string(decision.bcrypt_hash),
                                   .password = std::string(decision.secret)});
      if (!reads_are_paused_) {
        reads_are_paused_ = true;
        context_.requests.push_back({.kind = Context::Request::Kind::kPauseRead, .client = id_});
      }
  }
}

void Client::verified(uint64_t verification, bool matches) {
  if (state_ != State::kVerifying || verification != verification_) return;
  if (matches) {
    accept(candidate_);
  } else {
    refuse();
  }
}

void Client::accept(User* user) {
  const bool was_verifying = state_ == State::kVerifying;
  if (account_of(user) == nullptr) return refuse();
  become(user);
  if (user != nullptr && connect_ && authenticator().is_mapped(credentials())) {
    if (!connect_->user.empty() && connect_->user != user->name) {
      context_.log.write(LogLevel::kWarning,
                         "User " + go_quote(connect_->user) +
                             " found in connect proto, but user required from cert");
    }
    connect_->user = user->name;
  }
  candidate_ = nullptr;
  is_authenticated_ = true;
  state_ = State::kReady;
  if (!std::exchange(is_rejudged_, false)) finish_connect();
  if (was_verifying) resume_reads();
}

Account* Client::account_of(const User* user) const {
  const Accounts& accounts = *context_.accounts;
  if (user == nullptr || user->account.empty()) return &accounts.global();
  return accounts.find(user->account);
}

bool Client::is_elsewhere(const User* user) const {
  return is_member_ && (account_of(user) != account_ || account_->is_retired());
}

void Client::enter(Account& account) {
  leave();
  account_ = &account;
  is_member_ = true;
  account.add(*this);
}

void Client::leave() {
  if (std::exchange(is_member_, false)) account_->remove(*this);
}

// Replies were open to whom it was before: whoever it is now begins with none (nats-server). Who
// changes the account has left no subscription in the other one.
void Client::become(User* user) {
  user_ = user;
  open_replies_.reset();
  Account* const account = account_of(user);
  if (account != nullptr && (account != account_ || !is_member_)) enter(*account);
}

void Client::refuse() {
  if (connect_ && !connect_->user.empty()) {
    log(LogLevel::kError, "authentication error - User " + go_quote(connect_->user));
  } else {
    log(LogLevel::kError, "authentication error");
  }
  fail(Fault::kAuthorizationViolation);
}

// No CONNECT came first, but somebody stands in for those who do not say who they are.
bool Client::use_no_auth_user() {
  if (!authenticator().has_no_auth_user()) return false;
  const Authenticator::Decision decision = authenticator().decide(credentials());
  if (decision.verdict != Authenticator::Decision::Verdict::kAccepted) return false;
  gate_timer_.cancel();
  become(decision.user);
  is_authenticated_ = true;
  is_connected_ = true;
  state_ = State::kReady;
  return true;
}

void Client::finish_connect() {
  if (!connect_) return;
  if (connect_->asks_for_account) return refuse();
  if (connect_->protocol < 0 || connect_->protocol > 1) return fail(Fault::kBadClientProtocol);
  if (connect_->no_responders && !limits_.headers) {
    return fail(Fault::kNoRespondersRequiresHeaders);
  }
  if (connect_->verbose) send_ok();
}

// Reload --------------------------------------------------------------------------------------

// Everyone is judged anew by what CONNECT said. Whoever's stored hash is still the one that was
// verified need not be verified again.
void Client::reload() {
  limits_.max_control_line = context_.options.max_control_line;
  limits_.max_payload = context_.options.max_payload;
  if (is_closing() || state_ == State::kOpening) return;
  // Whoever has said nothing yet is judged by that.
  if (!is_connected_ && !authenticator().is_required()) return become(nullptr);
  const Credentials said = credentials();
  const Authenticator::Decision decision = authenticator().decide(said);
  using Verdict = Authenticator::Decision::Verdict;
  if (decision.verdict == Verdict::kRefused) {
    // Who is no longer known at all goes without a word, as one moved to another account would.
    const bool is_known = said.user.empty() || authenticator().knows(said.user);
    return is_known ? refuse() : close(CloseReason::kClientClosed);
  }
  // Who is moved to another account connects again, and finds itself there.
  if (is_elsewhere(decision.user)) return close(CloseReason::kClientClosed);
  const bool was_verifying = state_ == State::kVerifying;
  const bool is_new = was_verifying && !is_rejudged_;
  if (is_new) {
    user_ = nullptr;
  } else {
    become(decision.user);
  }
  drop_forbidden_subscriptions();
  if (is_closing()) return;
  if (was_verifying) {
    return decision.verdict == Verdict::kAccepted ? accept(decision.user) : authenticate();
  }
  if (decision.verdict == Verdict::kVerify && decision.bcrypt_hash != verified_hash_) {
    is_rejudged_ = true;
    authenticate();
  }
}

void Client::drop_forbidden_subscriptions() {
  Permissions* permissions = user_ == nullptr ? nullptr : user_->permissions.get();
  for (Subscription* next = subscriptions_.first(); next != nullptr;) {
    Subscription* const subscription = next;
    next = SubscriptionTable::next(*subscription);
    const std::string_view subject = subscription->subject();
    const std::string_view queue = subscription->queue();
    if (permissions == nullptr || permissions->may_subscribe(subject, queue)) {
      subscription->is_filtered =
          permissions != nullptr && permissions->needs_delivery_check(subject, queue);
      continue;
    }
    send_error(lost_subscription_violation(subject, queue, subscription->sid()));
    end(*subscription);
  }
}

}  // namespace myelin
