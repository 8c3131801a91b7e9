#include "core/auth/authenticator.h"

#include <algorithm>
#include <utility>

#include "core/auth/signature.h"
#include "core/base/password.h"

namespace myelin {
namespace {

constexpr std::string_view kProxyRequired = "proxy connection required";

// An account's users have its default.
std::optional<PermissionOptions> permissions_of(const UserOptions& entry,
                                                const AuthorizationOptions& options) {
  const bool takes_default = !entry.permissions && entry.account.empty();
  auto permissions = takes_default ? options.default_permissions : entry.permissions;
  const bool is_of_service = options.callout && options.callout->account == entry.account;
  return is_of_service ? without_asking(std::move(permissions)) : permissions;
}

bool is_without_proxy(const User& user, const Credentials& credentials) {
  return user.proxy_required && !credentials.has_trusted_proxy;
}

Decision refused(Fault fault, std::string_view why) {
  return {.fault = fault, .why = std::string(why)};
}

}  // namespace

PermissionOptions without_asking(std::optional<PermissionOptions> permissions) {
  PermissionOptions without = std::move(permissions).value_or(PermissionOptions{});
  without.publish.deny.emplace_back(kCalloutSubject);
  return without;
}

Authenticator::Authenticator(const AuthorizationOptions& options) : options_(options) {
  for (const UserOptions& entry : options_.users) {
    if (!entry.nkey.empty()) {
      nkeys_[entry.nkey] = make_user(entry, permissions_of(entry, options_));
      continue;
    }
    Entry& known = users_[entry.user];
    known.password = entry.password;
    known.user = make_user(entry, permissions_of(entry, options_));
    if (options_.mapped_connections != 0) known.subject = DistinguishedName::parse(entry.user);
  }
  if (options_.users.empty() && (!options_.token.empty() || !options_.user.empty())) {
    single_ = make_user({.user = options_.user, .proxy_required = options_.proxy_required}, {});
  }
  find_no_auth_user();
}

std::unique_ptr<User> Authenticator::make_user(
    const UserOptions& entry, const std::optional<PermissionOptions>& permissions) {
  auto user = std::make_unique<User>();
  user->name = entry.user;
  user->nkey = entry.nkey;
  user->account = entry.account;
  user->connection_types = entry.connection_types;
  user->proxy_required = entry.proxy_required;
  if (permissions) user->permissions = std::make_unique<Permissions>(*permissions);
  return user;
}

// A name, or a key, whose bearer need not sign.
void Authenticator::find_no_auth_user() {
  const std::string& name = options_.no_auth_user;
  if (const auto by_key = nkeys_.find(name); by_key != nkeys_.end()) {
    no_auth_user_ = by_key->second.get();
  } else if (const auto by_name = users_.find(name); by_name != users_.end()) {
    no_auth_user_ = by_name->second.user.get();
  }
  if (options_.opens_global_account) {
    anonymous_ = make_user({}, {});
    no_auth_user_ = anonymous_.get();
  }
}

Decision Authenticator::check(User& user, std::string_view stored, std::string_view given) {
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
  const bool needs_certificate = (user.connection_types & options_.mapped_connections) != 0 &&
                                 found->second.password.empty() && &user != no_auth_user_;
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

bool Authenticator::knows(const Credentials& credentials) const {
  if (!credentials.nkey.empty()) return nkeys_.find(credentials.nkey) != nkeys_.end();
  if (credentials.user.empty() || users_.empty()) return true;
  return users_.find(credentials.user) != users_.end();
}

Decision Authenticator::decide(const Credentials& credentials) const {
  if (!is_required()) return {.verdict = Decision::Verdict::kAccepted};
  if (!nkeys_.empty()) {
    const bool is_stood_in_for = credentials.are_empty() && stands_in_by_key();
    const std::string_view nkey = credentials.nkey.empty() && is_stood_in_for
                                      ? std::string_view(options_.no_auth_user)
                                      : credentials.nkey;
    if (!nkey.empty()) return decide_by_nkey(nkey, credentials);
  }
  if (single_ == nullptr) return decide_by_name(credentials);
  if (is_without_proxy(*single_, credentials)) {
    return refused(Fault::kProxyRequired, kProxyRequired);
  }
  if (!options_.token.empty()) return check(*single_, options_.token, credentials.token);
  if (credentials.user != options_.user) return {};
  return check(*single_, options_.password, credentials.password);
}

Decision Authenticator::decide_by_nkey(std::string_view nkey,
                                       const Credentials& credentials) const {
  const auto found = nkeys_.find(nkey);
  if (found == nkeys_.end()) return {};
  User& user = *found->second;
  if ((user.connection_types & credentials.connection) == 0) return {};
  if (is_without_proxy(user, credentials)) return refused(Fault::kProxyRequired, kProxyRequired);
  if (&user == no_auth_user_) return {.verdict = Decision::Verdict::kAccepted, .user = &user};
  Result<SignatureCheck> signature = check_of_nonce(nkey, credentials.nonce, credentials.signature);
  if (!signature.ok()) {
    return refused(Fault::kAuthorizationViolation, signature.error().context);
  }
  Decision decision{.verdict = Decision::Verdict::kVerify, .user = &user};
  decision.signatures.push_back(std::move(signature.value()));
  return decision;
}

Decision Authenticator::decide_by_name(const Credentials& credentials) const {
  if (credentials.are_empty() && stands_in_by_name() && !maps(credentials)) {
    if ((no_auth_user_->connection_types & credentials.connection) == 0) return {};
    if (is_without_proxy(*no_auth_user_, credentials)) {
      return refused(Fault::kProxyRequired, kProxyRequired);
    }
    return {.verdict = Decision::Verdict::kAccepted, .user = no_auth_user_};
  }
  const auto found = find(credentials);
  if (found == users_.end()) return {};
  User& user = *found->second.user;
  if (is_without_proxy(user, credentials)) return refused(Fault::kProxyRequired, kProxyRequired);
  return check(user, found->second.password, credentials.password);
}

}  // namespace myelin
