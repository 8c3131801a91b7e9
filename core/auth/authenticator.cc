#include "core/auth/authenticator.h"

#include <algorithm>
#include <utility>

#include "core/base/password.h"

namespace myelin {
namespace {

std::unique_ptr<User> make_user(std::string_view name,
                                const std::optional<PermissionOptions>& permissions) {
  auto user = std::make_unique<User>();
  user->name = name;
  if (permissions) user->permissions = std::make_unique<Permissions>(*permissions);
  return user;
}

}  // namespace

Authenticator::Authenticator(const AuthorizationOptions& options) : options_(options) {
  for (const UserOptions& entry : options_.users) {
    if (entry.user.empty()) continue;  // known by an nkey
    // Those of an account have its default.
    const bool takes_default = !entry.permissions && entry.account.empty();
    const auto& permissions = takes_default ? options_.default_permissions : entry.permissions;
    auto user = make_user(entry.user, permissions);
    user->account = entry.account;
    user->connection_types = entry.connection_types;
    Entry& known = users_[entry.user];
    known.password = entry.password;
    known.user = std::move(user);
    if (options_.maps_certificates) known.subject = DistinguishedName::parse(entry.user);
  }
  if (options_.users.empty() && (!options_.token.empty() || !options_.user.empty())) {
    single_ = make_user(options_.user, std::nullopt);
  }
  const auto stand_in = users_.find(options_.no_auth_user);
  if (!options_.no_auth_user.empty() && stand_in != users_.end()) {
    no_auth_user_ = stand_in->second.user.get();
  }
  if (options_.opens_global_account) {
    anonymous_ = make_user("", std::nullopt);
    no_auth_user_ = anonymous_.get();
  }
}

Authenticator::Decision Authenticator::check(User& user, std::string_view stored,
                                             std::string_view given) const {
  Decision decision{.user = &user};
  if (is_bcrypt(stored)) {
    decision.verdict = Decision::Verdict::kVerify;
    decision.bcrypt_hash = stored;
    decision.secret = given;
  } else if (equals_in_constant_time(stored, given)) {
    decision.verdict = Decision::Verdict::kAccepted;
  }
  return decision;
}

Authenticator::Users::const_iterator Authenticator::find(const Credentials& credentials) const {
  if (maps(credentials)) return find_by_certificate(credentials);
  const auto found = users_.find(credentials.user);
  if (found == users_.end() || credentials.user.empty()) return users_.end();
  const User& user = *found->second.user;
  if ((user.connection_types & credentials.connection) == 0) return users_.end();
  // Without a password it is known by its certificate only.
  const bool needs_certificate = options_.maps_certificates && found->second.password.empty() &&
                                 &user != no_auth_user_ &&
                                 (user.connection_types & kStandardConnection) != 0;
  return needs_certificate ? users_.end() : found;
}

// The certificate's names to the letter; then its whole subject, in any order; then the subject
// without what Go does not know (nats-server's order).
Authenticator::Users::const_iterator Authenticator::find_by_certificate(
    const Credentials& credentials) const {
  if (credentials.tls == nullptr || credentials.tls->peer_certificates.empty()) {
    return users_.end();
  }
  const auto may_come = [&](const Users::value_type& entry) {
    return (entry.second.user->connection_types & credentials.connection) != 0;
  };
  for (const std::string& name : credentials.tls->names) {
    const auto found = users_.find(name);
    if (found != users_.end() && may_come(*found)) return found;
  }
  const auto subject = DistinguishedName::parse(credentials.tls->peer_certificates[0].subject);
  if (!subject) return users_.end();
  const auto find_subject = [&](const DistinguishedName& wanted) {
    return std::find_if(users_.begin(), users_.end(), [&](const Users::value_type& entry) {
      return may_come(entry) && entry.second.subject == wanted;
    });
  };
  const auto found = find_subject(*subject);
  return found != users_.end() ? found : find_subject(subject->well_known());
}

Authenticator::Decision Authenticator::decide(const Credentials& credentials) const {
  if (!is_required()) return {.verdict = Decision::Verdict::kAccepted};
  if (single_ == nullptr) {
    if (credentials.are_empty() && no_auth_user_ != nullptr && !maps(credentials)) {
      if ((no_auth_user_->connection_types & credentials.connection) == 0) return {};
      return {.verdict = Decision::Verdict::kAccepted, .user = no_auth_user_};
    }
    const auto found = find(credentials);
    if (found == users_.end()) return {};
    return check(*found->second.user, found->second.password, credentials.password);
  }
  if (!options_.token.empty()) return check(*single_, options_.token, credentials.token);
  if (credentials.user != options_.user) return {};
  return check(*single_, options_.password, credentials.password);
}

}  // namespace myelin
