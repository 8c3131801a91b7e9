// The part of Client that finds out who it is: INFO, CONNECT, and judging anew after a reload.
#include <algorithm>
#include <utility>

#include "core/auth/signature.h"
#include "core/base/text.h"
#include "core/protocol/writer.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/callouts.h"
#include "core/pubsub/client.h"
#include "core/pubsub/owner_kind.h"
#include "core/version.h"

namespace myelin {
namespace {

constexpr std::string_view kProxyNotTrusted = "proxy is not trusted";

}  // namespace

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
  info.xkey = context_.xkey;
  if (is_greeting) info.nonce = peer_.nonce;
  if (!peer_.awaits_proxy_header) info.client_ip = peer_.address;
  info.ldm = context_.lame_duck || is_told_of_lame_duck_;
  info.jetstream = options.jetstream.has_value();
  info.api_level = info.jetstream ? kJetStreamApiLevel : 0;
  info.connect_info = connect_info;
  if (connect_info) {
    info.remote_account = account_->name();
    info.acc_is_sys = account_ == context_.accounts->system();
  }
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
  Credentials said{.nonce = peer_.nonce,
                   .address = peer_.address,
                   .connection = peer_.connection,
                   .tls = tls_.get(),
                   .has_trusted_proxy = proxy_key_ != nullptr,
                   .now = context_.now.wall};
  if (!connect_) return said;
  said.user = connect_->user;
  said.password = connect_->pass;
  said.token = connect_->auth_token;
  said.nkey = connect_->nkey;
  said.signature = connect_->sig;
  said.jwt = connect_->jwt;
  return said;
}

// Whatever was found out before is void: a second CONNECT is judged like the first.
void Client::authenticate() {
  proxy_key_.reset();
  signed_nonce_ = false;
  if (!asks_about_proxy()) judge();
}

// A proxy that is to be trusted has signed the nonce, too: any of those that are known may be it.
bool Client::asks_about_proxy() {
  const std::vector<std::string>& trusted = context_.options.trusted_proxies;
  if (!connect_ || connect_->proxy_sig.empty() || trusted.empty()) return false;
  Context::Request request{.kind = Context::Request::Kind::kVerifySignatures};
  for (const std::string& key : trusted) {
    Result<SignatureCheck> check = check_of_proxy(key, peer_.nonce, connect_->proxy_sig);
    if (!check.ok()) {
      refuse(Fault::kProxyNotTrusted, check.error().context);
      return true;
    }
    request.signatures.push_back(std::move(check.value()));
  }
  begin_waiting(PendingLogin::Question::kProxy);
  ask_host(std::move(request));
  return true;
}

void Client::judge() {
  if (context_.options.operators) return authenticate_by_jwt();
  Decision decision = authenticator().decide(credentials());
  if (decision.verdict != Decision::Verdict::kVerify) return conclude(std::move(decision));
  Context::Request request;
  if (decision.signatures.empty()) {
    verified_hash_ = decision.bcrypt_hash;
    request.kind = Context::Request::Kind::kVerifyBcrypt;
    request.hash = decision.bcrypt_hash;
    request.password = decision.secret;
  } else {
    request.kind = Context::Request::Kind::kVerifySignatures;
    request.signatures = std::move(decision.signatures);
  }
  begin_waiting(PendingLogin::Question::kSecret);
  pending_login_->decision = std::move(decision);
  ask_host(std::move(request));
}

// Until the answer nothing more is read; whatever came behind CONNECT is held.
void Client::begin_waiting(PendingLogin::Question question) {
  end_waiting();
  state_ = State::kVerifying;
  pending_login_ = std::make_unique<PendingLogin>();
  pending_login_->question = question;
  gate_timer_.cancel();  // held back or not: reads go on with the answer
  if (std::exchange(reads_are_paused_, true)) return;
  context_.requests.push_back({.kind = Context::Request::Kind::kPauseRead, .client = id_});
}

void Client::ask_host(Context::Request request) {
  request.client = id_;
  request.verification = ++verification_;
  context_.requests.push_back(std::move(request));
}

void Client::end_waiting() {
  if (!pending_login_) return;
  if (pending_login_->asked != 0) context_.callouts->give_up(pending_login_->asked);
  pending_login_.reset();
}

void Client::verified(uint64_t verification, const Result<std::string>& answer) {
  if (state_ != State::kVerifying || verification != verification_) return;
  const std::string_view said = answer.ok() ? std::string_view(answer.value()) : "";
  const bool is_good = !said.empty() && said.find('0') == std::string_view::npos;
  switch (pending_login_->question) {
    case PendingLogin::Question::kProxy:
      return proxy_verified(said);
    case PendingLogin::Question::kSecret:
      return secret_verified(is_good);
    case PendingLogin::Question::kAnswer:
      return answer_verified(is_good);
    case PendingLogin::Question::kService:
    case PendingLogin::Question::kPlace:
      break;  // not the host's to answer
    case PendingLogin::Question::kJwt:
      return jwt_verified(is_good);
  }
}

void Client::proxy_verified(std::string_view good) {
  const size_t index = good.find('1');
  const std::vector<std::string>& trusted = context_.options.trusted_proxies;
  if (index >= trusted.size()) return refuse(Fault::kProxyNotTrusted, kProxyNotTrusted);
  proxy_key_ = std::make_unique<const std::string>(trusted[index]);
  judge();
}

void Client::secret_verified(bool is_good) {
  Decision decision = std::move(pending_login_->decision);
  if (is_good) {
    decision.verdict = Decision::Verdict::kAccepted;
    signed_nonce_ = decision.bcrypt_hash.empty();
  } else {
    const bool was_signed = decision.bcrypt_hash.empty();
    decision = {.why = was_signed ? "Signature not verified" : ""};
  }
  conclude(std::move(decision));
}

void Client::conclude(Decision decision) {
  if (is_delegated(decision)) return ask_service(std::move(decision));
  if (decision.verdict == Decision::Verdict::kAccepted) return accept(std::move(decision));
  refuse(decision.fault, decision.why);
}

void Client::accept(Decision decision) {
  const bool was_verifying = state_ == State::kVerifying;
  User* const user = decision.user;
  if (account_of(user) == nullptr) return refuse();
  // Who is moved to another account connects again, and finds itself there.
  if (is_rejudged_ && is_elsewhere(user)) return close(CloseReason::kClientClosed);
  adopt(decision);
  if (is_closing()) return;
  if (user != nullptr && connect_ && authenticator().is_mapped(credentials())) {
    if (!connect_->user.empty() && connect_->user != user->name) {
      context_.log.write(LogLevel::kWarning,
                         "User " + go_quote(connect_->user) +
                             " found in connect proto, but user required from cert");
    }
    connect_->user = user->name;
  }
  if (user != nullptr && connect_ && !personal_user_ && !user->nkey.empty()) {
    connect_->nkey = user->nkey;
  }
  end_waiting();
  is_authenticated_ = true;
  state_ = State::kReady;
  if (!std::exchange(is_rejudged_, false)) {
    context_.mailbox.announce(id_);
    finish_connect();
  }
  if (was_verifying) resume_reads();
}

// From now on it is that user, whose claims may end.
void Client::adopt(Decision& decision) {
  become(decision.user);
  // Only now nobody refers to whom it was.
  personal_user_.reset();
  if (!decision.own_user) return;
  personal_user_ =
      std::make_unique<PersonalUser>(std::move(decision.own_user), kClientExpiryKind, this);
  const WallTime expires = personal_user_->user->expires;
  if (expires == WallTime{}) return;
  const Duration left(expires.unix_ns - context_.now.wall.unix_ns);
  context_.timers.set(personal_user_->expiry_timer,
                      context_.now.mono + std::max(left, Duration::zero()));
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
// changes the account has left no subscription in the other one. Closes if there is no room for it.
void Client::become(User* user) {
  user_ = user;
  open_replies_.reset();
  Account* const account = account_of(user);
  if (account != nullptr && (account != account_ || !is_member_)) {
    if (account->is_full()) return exceed(Fault::kMaxAccountConnections);
    enter(*account);
  }
  apply_limits();
  if (subscriptions_.size() < max_subscriptions_) return;
  exceed(Fault::kMaxSubscriptions);
  close(CloseReason::kMaxSubscriptionsExceeded);
}

void Client::exceed(Fault fault) {
  log(LogLevel::kError, row_of(fault).text);
  fail(fault);
}

// The lowest of what the server allows everybody, the account its clients, and claims their user.
void Client::apply_limits() {
  const Options& options = context_.options;
  const AccountLimits& shared = account_->options().limits;
  const auto lower = [](uint64_t limit, int64_t other) {
    return other < 0 ? limit : std::min(limit, static_cast<uint64_t>(other));
  };
  uint64_t payload = lower(options.max_payload, shared.max_payload);
  uint64_t subscriptions =
      lower(options.max_subscriptions > 0 ? options.max_subscriptions : UINT64_MAX,
            shared.max_subscriptions);
  if (user_ != nullptr) {
    payload = lower(payload, user_->max_payload);
    subscriptions = lower(subscriptions, user_->max_subscriptions);
  }
  limits_.max_payload = static_cast<uint32_t>(payload);
  max_subscriptions_ = subscriptions;
}

// Whoever looks after the account hears of it (see SystemEvents).
void Client::note_refusal(const Account& account, std::string reason) {
  refusal_ = std::make_unique<const Refusal>(Refusal{account.name(), std::move(reason)});
}

void Client::refuse(Fault fault, std::string_view why) {
  if (!why.empty() && context_.options.debug) log(LogLevel::kDebug, why);
  const bool is_told = fault != Fault::kProxyNotTrusted && user_ == nullptr && !refusal_;
  if (is_told) note_refusal(*account_, std::string(text_of(row_of(fault).reason)));
  turn_away(fault);
}

void Client::turn_away(Fault fault) {
  const std::string who = described_user();
  log(LogLevel::kError, "authentication error" + (who.empty() ? "" : " - " + who));
  fail(fault);
}

// As it called itself; of a token's bearer no more than that.
std::string Client::described_user() const {
  if (!connect_) return {};
  if (!connect_->nkey.empty()) return "Nkey " + go_quote(connect_->nkey);
  if (!connect_->user.empty()) return "User " + go_quote(connect_->user);
  if (!connect_->jwt.empty()) {
    return personal_user_ ? "JWT User " + go_quote(personal_user_->user->nkey) : "";
  }
  return connect_->auth_token.empty() ? "" : "Token \"[REDACTED]\"";
}

// No CONNECT came first, but somebody stands in for those who do not say who they are. In operator
// mode users of the configuration are nobody.
bool Client::use_no_auth_user() {
  if (context_.options.operators || !authenticator().stands_in_by_name()) return false;
  Decision decision = authenticator().decide(credentials());
  if (decision.verdict != Decision::Verdict::kAccepted) return false;
  gate_timer_.cancel();
  if (is_delegated(decision)) {
    is_connected_ = true;
    ask_service(std::move(decision));
    return !is_closing();
  }
  become(decision.user);
  if (is_closing()) return false;
  is_authenticated_ = true;
  is_connected_ = true;
  state_ = State::kReady;
  context_.mailbox.announce(id_);
  return true;
}

void Client::finish_connect() {
  if (!connect_) return;
  // Who is let in, but may not choose where, is no event in an account.
  if (connect_->asks_for_account) return turn_away(Fault::kAuthorizationViolation);
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
  apply_limits();
  if (is_closing() || state_ == State::kOpening) return;
  if (!keeps_proxy()) return close(CloseReason::kProxyNotTrusted);
  if (context_.options.operators) return rejudge_jwt_user();
  // Whoever has said nothing yet is judged by that.
  if (!is_connected_ && !authenticator().is_required()) return become(nullptr);
  if (user_ != nullptr && user_->is_from_service) return rejudge_by_service();
  Decision decision = authenticator().decide(credentials());
  using Verdict = Decision::Verdict;
  if (decision.verdict == Verdict::kRefused) {
    return is_still_known() ? refuse(decision.fault, decision.why)
                            : close(CloseReason::kClientClosed);
  }
  // Who is moved to another account connects again, and finds itself there.
  if (is_elsewhere(decision.user)) return close(CloseReason::kClientClosed);
  const bool was_verifying = state_ == State::kVerifying;
  const bool is_new = was_verifying && !is_rejudged_;
  if (is_new) {
    user_ = nullptr;
  } else {
    adopt(decision);
  }
  if (is_closing()) return;
  drop_forbidden_subscriptions();
  if (is_closing()) return;
  if (was_verifying) {
    return decision.verdict == Verdict::kAccepted ? conclude(std::move(decision)) : authenticate();
  }
  if (decision.verdict == Verdict::kVerify && !is_verified(decision)) {
    is_rejudged_ = true;
    authenticate();
  }
}

// Who is no longer known at all goes without a word, as one moved to another account would. Who
// said nothing is known as who stood in for them.
bool Client::is_still_known() const {
  Credentials said = credentials();
  if (said.are_empty() && user_ != nullptr) {
    if (user_->name.empty() && user_->nkey.empty()) return false;
    said.user = user_->name;
    said.nkey = user_->nkey;
  }
  return authenticator().knows(said);
}

// The service is asked again, about those it could be asked about. Whoever is just being judged by
// a second CONNECT would be a user of the old configuration.
void Client::rejudge_by_service() {
  const bool was_verifying = state_ == State::kVerifying;
  if (!context_.authorization_changed && !was_verifying) return;
  if (!authenticator().knows(credentials())) return close(CloseReason::kClientClosed);
  is_rejudged_ = is_rejudged_ || !was_verifying;
  authenticate();
}

// What was signed does not change; a stored hash may.
bool Client::is_verified(const Decision& decision) const {
  return decision.signatures.empty() ? decision.bcrypt_hash == verified_hash_ : signed_nonce_;
}

// Whether the proxy that vouched for it is still to be trusted.
bool Client::keeps_proxy() const {
  if (!proxy_key_) return true;
  const std::vector<std::string>& trusted = context_.options.trusted_proxies;
  return std::find(trusted.begin(), trusted.end(), *proxy_key_) != trusted.end();
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
