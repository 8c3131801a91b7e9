// The part of Client that logs in by a JWT, in operator mode.
//
//     CONNECT -> the claims -> is the account known? --no--> signature of the JWT -> Resolver
//                                   |yes                                                |
//                                   +------------> admitted? <--------------------------+
//                                                     |
//                                        signatures still owing -> in
//
// Nobody waits for an account who has not shown a JWT that somebody signed; and nobody is told why
// he is refused.
#include <algorithm>
#include <utility>

#include "core/auth/signature.h"
#include "core/auth/user_admission.h"
#include "core/base/text.h"
#include "core/identity/claims_check.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/client.h"
#include "core/pubsub/jwt_login.h"
#include "core/pubsub/resolver.h"

namespace myelin {
namespace {

bool is_same_scope(const UserScope* one, const UserScope* other) {
  if (one == nullptr || other == nullptr) return one == other;
  return one->role == other->role && one->description == other->description &&
         one->user_template == other->user_template;
}

// Who belongs to an account with a service never asks it as the server does.
std::unique_ptr<Permissions> make_permissions(std::optional<PermissionOptions> permissions,
                                              const ClaimedAccount& account) {
  if (account.claims.authorization.is_enabled())
    permissions = without_asking(std::move(permissions));
  return permissions ? std::make_unique<Permissions>(*permissions) : nullptr;
}

std::optional<UserClaims> user_claims_of(const std::string& jwt) {
  auto decoded = decode_jwt(jwt);
  if (!decoded.ok()) return std::nullopt;
  auto* const claims = std::get_if<UserClaims>(&decoded.value().claims);
  if (claims == nullptr) return std::nullopt;
  return std::move(*claims);
}

}  // namespace

std::unique_ptr<User> make_jwt_user(const UserClaims& claims, const ClaimedAccount& account,
                                    const Admission& admission, WallTime now) {
  auto user = std::make_unique<User>();
  user->nkey = claims.sub;
  user->account = issuing_account(claims);
  user->permissions = make_permissions(admission.permissions, account);
  user->proxy_required = admission.proxy_required;
  user->max_payload = admission.max_payload;
  user->max_subscriptions = admission.max_subscriptions;
  user->expires = end_of_stay(admission.stays, now);
  user->identity = std::make_unique<UserIdentity>(
      UserIdentity{.issuer = admission.signing_key.empty() ? user->account : admission.signing_key,
                   .signing_key = admission.signing_key,
                   .name_tag = claims.name,
                   .tags = claims.tags,
                   .issued_at = claims.iat,
                   .has_default_permissions = admission.has_default_permissions,
                   .is_bearer = admission.is_bearer || claims.limits.bearer_token});
  return user;
}

void Client::authenticate_by_jwt() {
  const std::string& sentinel = context_.options.operators->default_sentinel;
  if (connect_ && begin_jwt_login(connect_->jwt, false)) return continue_jwt_login();
  if (!sentinel.empty() && begin_jwt_login(sentinel, true)) return continue_jwt_login();
  refuse(Fault::kAuthorizationViolation,
         sentinel.empty() ? "Authentication requires a user JWT" : "User JWT not valid");
}

// Whether there are claims of a user to go on with.
bool Client::begin_jwt_login(const std::string& jwt, bool is_sentinel) {
  if (jwt.empty()) return false;
  auto decoded = decode_jwt(jwt);
  if (!decoded.ok()) return false;
  auto* const claims = std::get_if<UserClaims>(&decoded.value().claims);
  if (claims == nullptr) return false;
  jwt_login_ = std::make_unique<JwtLogin>();
  jwt_login_->claims = std::move(*claims);
  jwt_login_->jwt = jwt;
  jwt_login_->token = std::move(decoded.value().signature);
  jwt_login_->is_sentinel = is_sentinel;
  return true;
}

void Client::continue_jwt_login() {
  const JwtLogin& login = *jwt_login_;
  const Fault violation = Fault::kAuthorizationViolation;
  if (login.claims.limits.proxy_required && proxy_key_ == nullptr) {
    return refuse(Fault::kProxyRequired, "proxy required");
  }
  if (is_blocking(check(login.claims, context_.now.wall), true)) {
    return refuse(violation, "User JWT no longer valid");
  }
  const std::string_view account = issuing_account(login.claims);
  const OperatorOptions& options = *context_.options.operators;
  const std::vector<std::string>& pinned = options.pinned_accounts;
  const bool is_pinned = pinned.empty() || account == context_.options.system_account ||
                         std::find(pinned.begin(), pinned.end(), account) != pinned.end();
  if (!is_pinned) {
    ++context_.counters.pinned_account_failures;
    return refuse(violation,
                  "Account " + std::string(account) + " not listed as operator pinned account");
  }
  // A JWT that is not its issuer's is as good as none: then the sentinel stands in.
  const bool may_stand_in = !login.is_sentinel && !options.default_sentinel.empty();
  if (may_stand_in || context_.resolver->find(account) == nullptr) return verify_jwt({login.token});
  want_account();
}

void Client::verify_jwt(std::vector<SignatureCheck> signatures) {
  Context::Request request{.kind = Context::Request::Kind::kVerifySignatures};
  request.signatures = std::move(signatures);
  begin_waiting(PendingLogin::Question::kJwt);
  ask_host(std::move(request));
}

// It waits no longer than anybody may take to log in.
void Client::want_account() {
  jwt_login_->step = JwtLogin::Step::kAccount;
  const std::string account(issuing_account(jwt_login_->claims));
  if (context_.resolver->is_settled_for(account, id_)) return admit_jwt_user();
  begin_waiting(PendingLogin::Question::kJwt);
  context_.timers.set(gate_timer_, context_.now.mono + auth_timeout());
}

void Client::account_settled() {
  if (pending_login_ && pending_login_->question == PendingLogin::Question::kPlace) {
    return place_guest();
  }
  if (jwt_login_ && jwt_login_->step == JwtLogin::Step::kAccount) admit_jwt_user();
}

AdmissionFacts Client::admission_facts() const {
  return {.now = context_.now.wall,
          .connection = peer_.connection,
          .address = peer_.address,
          .time_of_day = context_.time_of_day};
}

void Client::admit_jwt_user() {
  JwtLogin& login = *jwt_login_;
  const Fault violation = Fault::kAuthorizationViolation;
  const ClaimedAccount* const account = context_.resolver->find(issuing_account(login.claims));
  if (account == nullptr) return refuse(violation, "Account JWT lookup error: account missing");
  AdmissionResult admitted =
      admit(login.claims, *account, context_.resolver->operators(), admission_facts());
  if (!admitted.ok()) return refuse(violation, admitted.error());
  login.admission = std::move(admitted.value());
  login.step = JwtLogin::Step::kSignatures;
  std::vector<SignatureCheck> owing;
  if (!login.is_token_verified) owing.push_back(login.token);
  if (!login.admission.is_bearer) {
    Result<SignatureCheck> nonce =
        check_of_nonce(login.claims.sub, peer_.nonce, connect_ ? connect_->sig : std::string());
    if (!nonce.ok()) return refuse(violation, nonce.error().context);
    owing.push_back(std::move(nonce.value()));
  }
  if (owing.empty()) return accept_jwt_user();
  verify_jwt(std::move(owing));
}

void Client::jwt_verified(bool is_good) {
  JwtLogin& login = *jwt_login_;
  const bool is_of_token = login.step == JwtLogin::Step::kToken;
  if (!is_good) {
    const std::string& sentinel = context_.options.operators->default_sentinel;
    const bool may_stand_in = is_of_token && !login.is_sentinel;
    if (may_stand_in && begin_jwt_login(sentinel, true)) return continue_jwt_login();
    return refuse(Fault::kAuthorizationViolation,
                  is_of_token ? "User JWT not valid" : "Signature not verified");
  }
  login.is_token_verified = true;
  is_of_token ? want_account() : accept_jwt_user();
}

// The account may have changed while signatures were verified.
void Client::accept_jwt_user() {
  const std::unique_ptr<JwtLogin> login = std::move(jwt_login_);
  const Fault violation = Fault::kAuthorizationViolation;
  const ClaimedAccount* const account = context_.resolver->find(issuing_account(login->claims));
  if (account == nullptr) return refuse(violation, "Account JWT lookup error: account missing");
  const AdmissionResult admitted =
      admit(login->claims, *account, context_.resolver->operators(), admission_facts());
  if (!admitted.ok()) return refuse(violation, admitted.error());
  if (login->admission.is_bearer && !admitted.value().is_bearer) {
    return refuse(violation, "Signature missing");
  }
  if (connect_) connect_->jwt = login->jwt;
  Decision decision{.verdict = Decision::Verdict::kAccepted};
  decision.own_user = make_jwt_user(login->claims, *account, admitted.value(), context_.now.wall);
  decision.user = decision.own_user.get();
  if (is_left_to_service(*account, *decision.user)) return ask_service(std::move(decision));
  accept(std::move(decision));
}

// What its account claims is new. Signatures are as good as they were.
void Client::account_changed(const ClaimedAccount& before, const ClaimedAccount& now) {
  if (user_ == nullptr || !user_->identity || !connect_ || is_closing()) return;
  apply_limits();
  const UserIdentity& identity = *user_->identity;
  // What a service wrote is not kept.
  if (!user_->is_from_service) {
    const std::optional<UserClaims> claims = user_claims_of(connect_->jwt);
    if (!claims) return refuse();
    if (now.claims.limits.disallow_bearer && claims->limits.bearer_token) {
      return refuse(Fault::kAuthorizationViolation, "Bearer User JWT not allowed");
    }
  }
  if (is_revoked(now.claims.revocations, user_->nkey, identity.issued_at)) {
    return fail(Fault::kUserRevoked);
  }
  if (!identity.signing_key.empty()) {
    const auto scope = now.find_signer(identity.signing_key);
    const auto old = before.find_signer(identity.signing_key);
    if (!scope || (old && !is_same_scope(*scope, *old))) {
      return close(CloseReason::kAuthenticationFailure);
    }
  }
  if (identity.has_default_permissions &&
      !(now.claims.default_permissions == before.claims.default_permissions)) {
    user_->permissions =
        make_permissions(to_permission_options(now.claims.default_permissions), now);
    drop_forbidden_subscriptions();
  }
}

// A reload asks again whether it may be here, and by which proxy it comes. Whom a service let in
// comes again.
void Client::rejudge_jwt_user() {
  const bool awaits_proxy =
      state_ == State::kVerifying && pending_login_->question == PendingLogin::Question::kProxy;
  if (awaits_proxy) return authenticate();
  if (user_ == nullptr || !user_->identity || !connect_) return;
  if (user_->is_from_service) return close(CloseReason::kClientClosed);
  if (!may_still_be(*user_)) refuse();
}

// Whether its JWT makes it that user as things are now. Signatures are as good as they were.
bool Client::may_still_be(const User& user) const {
  const ClaimedAccount* const account = context_.resolver->find(user.account);
  const std::optional<UserClaims> claims = user_claims_of(connect_->jwt);
  return account != nullptr && claims && !is_blocking(check(*claims, context_.now.wall), true) &&
         admit(*claims, *account, context_.resolver->operators(), admission_facts()).ok();
}

}  // namespace myelin
