// The part of Client that lets somebody else decide about it (ADR-26), in nats-server's sequence:
// the request says all that is known of it, and the answer is believed once its signatures are
// verified and it is for this client, of this server, by who may give it.
#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/identity/claims_check.h"
#include "core/identity/jwt.h"
#include "core/identity/nkey.h"
#include "core/identity/xkey.h"
#include "core/limits.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/callouts.h"
#include "core/pubsub/client.h"
#include "core/pubsub/resolver.h"
#include "core/version.h"

namespace myelin {
namespace {

constexpr std::string_view kAudience = "nats-authorization-request";
constexpr std::string_view kXkeyHeader = "Nats-Server-Xkey";
constexpr std::string_view kTokenStart = "eyJ";  // "{" in base64

int64_t unix_seconds(WallTime time) { return time.unix_ns / kNsPerSecond; }

std::string random_bytes(Random& random, size_t size) {
  std::string bytes;
  while (bytes.size() < size) bytes += static_cast<char>(random.below(256));
  return bytes;
}

// As log lines begin.
std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

}  // namespace

// Asking ----------------------------------------------------------------------------------------

// Who it is, as lists of users name it.
std::string_view Client::shown_user(const User* user) const {
  if (connect_) {
    if (!connect_->nkey.empty()) return connect_->nkey;
    if (!connect_->user.empty()) return connect_->user;
  }
  // Somebody stood in for it.
  if (user != nullptr && !user->nkey.empty()) return user->nkey;
  if (user != nullptr && !user->name.empty()) return user->name;
  return connect_ && !connect_->auth_token.empty() ? "[REDACTED]" : "";
}

// Whether the service decides, whatever was found here: not about its own users, nor about those of
// accounts that are none of its business.
bool Client::is_delegated(const Decision& decision) const {
  const auto& callout = context_.options.authorization.callout;
  if (!callout) return false;
  const bool is_known = decision.verdict == Decision::Verdict::kAccepted;
  const Account* const account = is_known ? account_of(decision.user) : account_;
  if (account == nullptr) return false;
  const auto& allowed = callout->allowed_accounts;
  const bool is_in_scope = account == &context_.accounts->global() || allowed.empty() ||
                           contains(allowed, account->name());
  const auto& own = callout->auth_users;
  if (!is_in_scope || !contains(own, shown_user(decision.user))) return is_in_scope;
  // Differs: nats-server takes anybody for the service who only says its name.
  return is_known && (decision.user == nullptr || !contains(own, decision.user->known_by()));
}

// Of the configuration, or of the account that a guest of operator mode belongs to.
CalloutTerms Client::callout_terms() const {
  const Accounts& accounts = *context_.accounts;
  if (pending_login_ && pending_login_->guest) {
    const std::string& name = pending_login_->guest->account;
    const ClaimedAccount* const claims = context_.resolver->find(name);
    if (claims == nullptr) return {};
    return {.account = accounts.find(name),
            .issuer = claims->claims.sub,
            .xkey = claims->claims.authorization.xkey,
            .claims = claims};
  }
  const auto& callout = context_.options.authorization.callout;
  if (!callout) return {};
  const std::string& name = callout->account;
  return {.account = name.empty() ? &accounts.global() : accounts.find(name),
          .issuer = callout->issuer,
          .xkey = callout->key};
}

void Client::ask_service(Decision decision) {
  begin_waiting(PendingLogin::Question::kService);
  PendingLogin& login = *pending_login_;
  // Whoever was refused for that, or would have been, stays refused.
  login.needs_proxy = decision.fault == Fault::kProxyRequired ||
                      (decision.user != nullptr && decision.user->proxy_required);
  const std::string user(shown_user(decision.user));
  login.guest = std::move(decision.own_user);
  const CalloutTerms terms = callout_terms();
  if (terms.account == nullptr) {
    const auto& callout = context_.options.authorization.callout;
    return fail_callout("No valid account " +
                        go_quote(callout ? callout->account : login.guest->account) +
                        " for auth callout request: account missing");
  }
  login.user_nkey = encode_nkey(NkeyKind::kUser, random_bytes(context_.random, kNkeySize));
  std::optional<std::string> request =
      sign_jwt(context_.keys, context_.identity_seed, callout_claims(terms, login.user_nkey, user));
  std::string headers;
  if (request && !terms.xkey.empty()) {
    headers = "NATS/1.0\r\n" + std::string(kXkeyHeader) + ": " + context_.xkey + "\r\n\r\n";
    request = seal_for_xkey(context_.keys, context_.xkey_seed, terms.xkey,
                            random_bytes(context_.random, kXkeyNonceSize), *request);
  }
  if (!request) {
    return fail_callout("Error encoding auth request claim on account " +
                        go_quote(terms.account->name()));
  }
  context_.timers.set(gate_timer_, context_.now.mono + context_.options.authorization.timeout);
  const size_t header_size = headers.size();
  login.asked = context_.callouts->ask(*terms.account, id_, headers + *request, header_size);
}

std::string Client::callout_claims(const CalloutTerms& terms, std::string_view user_nkey,
                                   std::string_view user) const {
  const Options& options = context_.options;
  const int64_t now = unix_seconds(context_.now.wall);
  const auto patience =
      std::chrono::duration_cast<std::chrono::seconds>(options.authorization.timeout);
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("aud", kAudience);
  json.field("exp", now + static_cast<int64_t>(patience.count()));
  json.field("jti", context_.random.base62(52));
  json.field("iat", now);
  json.field("iss", context_.server_id);
  json.field("sub", terms.issuer);
  json.name("nats").begin_object();
  json.name("server_id").begin_object();
  json.field("name", context_.server_name);
  json.field("host", options.host);
  json.field("id", context_.server_id);
  json.field("version", kNatsVersion);
  write_unless_empty(json, "tags", options.monitor.tags);
  if (!terms.xkey.empty()) json.field("xkey", context_.xkey);
  json.end_object();
  json.field("user_nkey", user_nkey);
  write_callout_client(json, user);
  json.field("type", "authorization_request");
  json.field("version", 2);
  json.end_object();
  json.end_object();
  return text;
}

// What is known of it, with its secrets: the service is there to judge them.
void Client::write_callout_client(JsonWriter& json, std::string_view user) const {
  const ConnectOptions none;
  const ConnectOptions& said = connect_ ? *connect_ : none;
  const User* const guest = pending_login_->guest.get();
  // Somebody stood in for who said nothing, and is named in his place.
  const bool is_mute = guest == nullptr && said.nkey.empty() && said.auth_token.empty();
  json.name("client_info").begin_object();
  json.field("host", peer_.address);
  json.field("id", id_);
  write_unless_empty(json, "user", user);
  write_unless_empty(json, "name", said.name);
  if (guest != nullptr) {
    write_unless_empty(json, "tags", guest->identity->tags);
    write_unless_empty(json, "name_tag", guest->identity->name_tag);
  }
  json.field("kind", "Client");
  json.field("type", peer_.websocket ? "websocket" : "nats");
  if (!said.sig.empty()) json.field("nonce", peer_.nonce);
  json.end_object();
  json.name("connect_opts").begin_object();
  write_unless_empty(json, "jwt", said.jwt);
  write_unless_empty(json, "nkey", said.nkey);
  write_unless_empty(json, "sig", said.sig);
  write_unless_empty(json, "auth_token", said.auth_token);
  write_unless_empty(json, "user", is_mute && said.user.empty() ? user : said.user);
  write_unless_empty(json, "pass", said.pass);
  write_unless_empty(json, "name", said.name);
  write_unless_empty(json, "lang", said.lang);
  write_unless_empty(json, "version", said.version);
  json.field("protocol", said.protocol);
  json.end_object();
  if (!tls_) return;
  json.name("client_tls").begin_object();
  json.field("version", tls_->version);
  json.field("cipher", tls_->cipher);
  if (!tls_->verified_chain.empty()) {
    json.name("verified_chains").begin_array();
    json.begin_array();
    for (const std::string& certificate : tls_->verified_chain) json.value(certificate);
    json.end_array();
    json.end_array();
  }
  json.end_object();
}

// The answer ------------------------------------------------------------------------------------

// Until it is found to be good, no longer than anybody may take to log in.
void Client::callout_answered(uint64_t number, std::string_view payload) {
  if (state_ != State::kVerifying || pending_login_->asked != number) return;
  const CalloutTerms terms = callout_terms();
  if (terms.account == nullptr) return refuse();
  const std::string account = go_quote(terms.account->name());
  if (payload.empty()) {
    return fail_callout("auth callout violation: \"no reason supplied\" on account " + account);
  }
  std::optional<std::string> opened;
  if (!terms.xkey.empty() && !payload.starts_with(kTokenStart)) {
    opened = open_from_xkey(context_.keys, context_.xkey_seed, terms.xkey, payload);
    if (!opened) {
      return fail_callout("error decrypting auth callout response on account " + account);
    }
    payload = *opened;
    pending_login_->is_sealed = true;
  }
  Result<DecodedJwt> decoded = decode_jwt(payload);
  if (!decoded.ok()) return fail_callout(decoded.error().context);
  auto* const answer = std::get_if<AuthorizationResponseClaims>(&decoded.value().claims);
  if (answer == nullptr) return fail_callout("not an authorization request claim");
  verify_answer(std::move(*answer), std::move(decoded.value().signature));
}

// Both tokens at once: the answer, and the user in it.
void Client::verify_answer(AuthorizationResponseClaims answer, SignatureCheck signature) {
  Context::Request request{.kind = Context::Request::Kind::kVerifySignatures};
  request.signatures.push_back(std::move(signature));
  auto claims = std::make_unique<CalloutAnswer>();
  if (!answer.jwt.empty()) {
    Result<DecodedJwt> decoded = decode_jwt(answer.jwt);
    if (!decoded.ok()) return fail_callout(decoded.error().context);
    auto* const user = std::get_if<UserClaims>(&decoded.value().claims);
    if (user == nullptr) return fail_callout("not user claim");
    request.signatures.push_back(std::move(decoded.value().signature));
    claims->user = std::move(*user);
  }
  claims->response = std::move(answer);
  pending_login_->answer = std::move(claims);
  pending_login_->question = PendingLogin::Question::kAnswer;
  ask_host(std::move(request));
}

void Client::answer_verified(bool is_good) {
  if (!is_good) return fail_callout("claim failed V2 signature verification");
  const CalloutAnswer& answer = *pending_login_->answer;
  std::string why = refusal_of(answer.response);
  if (!why.empty()) return fail_callout(std::move(why));
  if ((pending_login_->needs_proxy || answer.user.limits.proxy_required) && !proxy_key_) {
    return fail_callout("proxy connection required", Fault::kProxyRequired);
  }
  why = refusal_of(answer.user);
  if (!why.empty()) return fail_callout(std::move(why));
  if (!pending_login_->guest) return accept_from_service(answer.user);
  pending_login_->question = PendingLogin::Question::kPlace;
  if (context_.resolver->is_settled_for(issuing_account(answer.user), id_)) place_guest();
}

// Why the service's word does not count, or why it lets nobody in.
std::string Client::refusal_of(const AuthorizationResponseClaims& answer) const {
  const ClaimsIssues issues = check(answer, context_.now.wall);
  if (!issues.empty()) {
    return "authorization response had validation errors: " + issues[0].description;
  }
  if (answer.sub != pending_login_->user_nkey) {
    return "auth callout violation: auth callout response is not for expected user";
  }
  if (answer.aud != context_.server_id) {
    return "auth callout violation: auth callout response is not for server";
  }
  if (!answer.error.empty()) return "auth callout service returned an error: " + answer.error;
  // What is sealed the service alone can have sealed.
  const ClaimedAccount* const account = callout_terms().claims;
  if (account == nullptr || pending_login_->is_sealed) return {};
  // Differs: nats-server believes whoever says that it answers for the account.
  const bool is_its_own = answer.iss == account->claims.sub || account->find_signer(answer.iss);
  return is_its_own ? "" : "auth callout signing key is unknown";
}

std::string Client::refusal_of(const UserClaims& user) const {
  const ClaimsIssues issues = check(user, context_.now.wall);
  if (!issues.empty()) return "Error validating user JWT: " + issues[0].description;
  const CalloutTerms terms = callout_terms();
  if (terms.account == nullptr) return "account missing";
  const std::string account = go_quote(terms.account->name());
  if (user.sub != pending_login_->user_nkey) {
    return "Expected authorized user of " + go_quote(pending_login_->user_nkey) + " but got " +
           go_quote(user.sub) + " on account " + account;
  }
  if (!user.limits.times.empty() && !hours_allowed(user.limits, admission_facts())) {
    log(LogLevel::kError, "Outside connect times");
    return "authorized user on account " + account + " outside of valid connect times";
  }
  if (!connection_types_of(user.limits.allowed_connection_types)) {
    return "authorized user on account " + account + " using invalid connection type";
  }
  if (terms.claims != nullptr) return refusal_of_issuer(user);
  if (!user.issuer_account.empty()) {
    return "error non operator mode account " + account + ": attempted to use issuer_account";
  }
  if (user.iss != terms.issuer) {
    return "wrong issuer for auth callout response on account " + account + ", expected " +
           go_quote(terms.issuer) + " got " + go_quote(user.iss);
  }
  if (context_.accounts->find(user.aud) == nullptr) {
    return "no valid account " + go_quote(user.aud) + " for auth callout response on account " +
           account + ": account missing";
  }
  return {};
}

// The user that the service made, in the account that it named.
void Client::accept_from_service(const UserClaims& claims) {
  const Account& account = *context_.accounts->find(claims.aud);
  auto user = std::make_unique<User>();
  user->nkey = claims.sub;
  user->account = claims.aud;
  auto permissions = to_permission_options(claims.limits.permissions);
  if (!permissions) permissions = account.options().default_permissions;
  if (&account == callout_terms().account) permissions = without_asking(std::move(permissions));
  if (permissions) user->permissions = std::make_unique<Permissions>(*permissions);
  const auto stays = time_to_stay(claims, claims.limits, admission_facts());
  user->expires = end_of_stay(stays, context_.now.wall);
  accept_made(claims, std::move(user));
}

// Of what it said of itself, if anything, the name that the service gave it is left.
void Client::accept_made(const UserClaims& claims, std::unique_ptr<User> user) {
  user->name = claims.name;
  user->is_from_service = true;
  if (connect_) connect_->jwt.clear();
  if (connect_ && !claims.name.empty()) {
    connect_->user = claims.name;
    connect_->nkey.clear();
    connect_->auth_token.clear();
  }
  gate_timer_.cancel();
  Decision decision{.verdict = Decision::Verdict::kAccepted, .user = user.get()};
  decision.own_user = std::move(user);
  accept(std::move(decision));
}

void Client::fail_callout(std::string why, Fault fault) {
  why = capitalized(std::move(why));
  context_.log.write(LogLevel::kWarning, why);
  const Account* const account = callout_terms().account;
  if (account != nullptr) note_refusal(*account, std::move(why));
  refuse(fault);
}

// No answer came in time, of the service or of who has the account's claims.
void Client::on_callout_timer() {
  const Account* const account = callout_terms().account;
  if (pending_login_->asked == 0 || account == nullptr) return refuse();
  if (context_.options.debug) {
    context_.log.write(LogLevel::kDebug,
                       "Authorization callout response not received in time on account " +
                           go_quote(account->name()));
  }
  note_refusal(*account, {});
  refuse();
}

}  // namespace myelin
