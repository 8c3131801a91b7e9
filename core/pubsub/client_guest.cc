// The part of Client that is a guest: in operator mode, somebody whose account's claims leave its
// users to an authorization service (ADR-26). What its own JWT says is enough to be asked about;
// who it becomes, and in what account, the service's JWT says.
#include <algorithm>
#include <utility>

#include "core/auth/user_admission.h"
#include "core/base/text.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/callouts.h"
#include "core/pubsub/client.h"
#include "core/pubsub/jwt_login.h"
#include "core/pubsub/resolver.h"

namespace myelin {
namespace {

// "*" means any account only where it stands alone.
bool may_let_into(const ExternalAuthorization& service, std::string_view account) {
  const std::vector<std::string>& allowed = service.allowed_accounts;
  return (allowed.size() == 1 && allowed[0] == kAnyKey) || contains(allowed, account);
}

}  // namespace

// Not the service itself. Differs: nats-server takes anybody for the service who only says its key.
bool Client::is_left_to_service(const ClaimedAccount& account, const User& guest) const {
  const ExternalAuthorization& service = account.claims.authorization;
  if (!service.is_enabled()) return false;
  return !contains(service.auth_users, guest.nkey) ||
         !contains(service.auth_users, shown_user(&guest));
}

// Whose keys may sign a user: its own account's, which is the service's or one that is named there.
std::string Client::refusal_of_issuer(const UserClaims& user) const {
  const CalloutTerms terms = callout_terms();
  const std::string_view account = issuing_account(user);
  if (account == terms.issuer || may_let_into(terms.claims->claims.authorization, account)) {
    return {};
  }
  return "account " + go_quote(user.iss) +
         " not permitted as valid account option for auth callout for account " +
         go_quote(terms.account->name());
}

// What is to be known of the account that the service lets into is known. The guest's own may have
// changed while the service was asked.
void Client::place_guest() {
  const User& guest = *pending_login_->guest;
  const ClaimedAccount* const own = context_.resolver->find(guest.account);
  if (own != nullptr &&
      is_revoked(own->claims.revocations, guest.nkey, guest.identity->issued_at)) {
    return fail(Fault::kUserRevoked);
  }
  if (!may_still_be(guest) || !own->claims.authorization.is_enabled()) {
    return fail_callout("user JWT no longer valid");
  }
  const UserClaims& claims = pending_login_->answer->user;
  const std::string_view name = issuing_account(claims);
  const ClaimedAccount* const account = context_.resolver->find(name);
  if (account == nullptr) {
    return fail_callout("no valid account " + go_quote(name) +
                        " for auth callout response on account " +
                        go_quote(pending_login_->guest->account) + ": account missing");
  }
  if (!account->find_signer(claims.iss)) {
    return fail_callout("user JWT issuer " + go_quote(claims.iss) + " is not known");
  }
  accept_guest(claims);
}

// Differs: the service's JWT is judged as if the user had brought it. nats-server does not look at
// revocations, networks and kinds of connection, and of a scope at nothing but its permissions.
void Client::accept_guest(const UserClaims& claims) {
  const ClaimedAccount& account = *context_.resolver->find(issuing_account(claims));
  AdmissionResult admitted =
      admit(claims, account, context_.resolver->operators(), admission_facts());
  if (!admitted.ok()) return fail_callout(admitted.error());
  Admission& admission = admitted.value();
  const bool is_scoped = *account.find_signer(claims.iss) != nullptr;
  if (!is_scoped) admission.max_payload = admission.max_subscriptions = kNoLimit;
  std::unique_ptr<User> user = make_jwt_user(claims, account, admission, context_.now.wall);
  const User& guest = *pending_login_->guest;
  user->identity->name_tag = guest.identity->name_tag;
  user->identity->tags = guest.identity->tags;
  user->identity->is_bearer = false;
  const bool guest_ends_first =
      guest.expires != WallTime{} &&
      (user->expires == WallTime{} || guest.expires.unix_ns < user->expires.unix_ns);
  if (guest_ends_first) user->expires = guest.expires;
  accept_made(claims, std::move(user));
}

}  // namespace myelin
