#include "core/auth/authenticator.h"

#include <algorithm>
#include <utility>

#include "core/auth/signature.h"
#include "core/base/fit.h"
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

const std::string& key_of(const UserOptions& user) {
  return user.nkey.empty() ? user.user : user.nkey;
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

Authenticator::Authenticator(const AuthorizationOptions& options,
                             const std::vector<UserOptions>& users)
    : options_(options), names_(index_of(users, false)), nkeys_(index_of(users, true)) {
  if (options_.mapped_connections != 0) {
    for (const Known& known : names_) {
      subjects_.push_back(DistinguishedName::parse(known.options->user));
    }
  }
  if (users.empty() && (!options_.token.empty() || !options_.user.empty())) {
    single_ = make_user({.user = options_.user, .proxy_required = options_.proxy_required}, {});
  }
  find_no_auth_user();
}

// Of those that are known by the same, the last.
Authenticator::Index Authenticator::index_of(const std::vector<UserOptions>& users, bool by_nkey) {
  Index index;
  for (const UserOptions& user : users) {
    if (user.nkey.empty() != by_nkey) index.push_back({.options = &user});
  }
  const auto key = [](const Known& known) -> const std::string& { return key_of(*known.options); };
  // All stand in one list: where they stand tells who comes last.
  std::sort(index.begin(), index.end(), [&key](const Known& a, const Known& b) {
    const int order = key(a).compare(key(b));
    return order != 0 ? order < 0 : a.options < b.options;
  });
  const auto first =
      std::unique(index.rbegin(), index.rend(),
                  [&key](const Known& a, const Known& b) { return key(a) == key(b); });
  index.erase(index.begin(), first.base());
  fit(index);
  return index;
}

const Authenticator::Known* Authenticator::find_in(const Index& index, std::string_view key) {
  const auto found = std::lower_bound(
      index.begin(), index.end(), key,
      [](const Known& known, std::string_view than) { return key_of(*known.options) < than; });
  return found == index.end() || key_of(*found->options) != key ? nullptr : &*found;
}

User& Authenticator::user_of(const Known& known) const {
  if (!known.user) known.user = make_user(*known.options, permissions_of(*known.options, options_));
  return *known.user;
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
  const Known* known = find_in(nkeys_, name);
  if (known == nullptr) known = find_in(names_, name);
  if (known != nullptr) no_auth_user_ = &user_of(*known);
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

const Authenticator::Known* Authenticator::find(const Credentials& credentials) const {
  if (maps(credentials)) return find_by_certificate(credentials);
  const Known* const found = find_in(names_, credentials.user);
  if (found == nullptr || credentials.user.empty()) return nullptr;
  const UserOptions& user = *found->options;
  if ((user.connection_types & credentials.connection) == 0) return nullptr;
  // Without a password it is known by its certificate only.
  const bool stands_in = found->user != nullptr && found->user.get() == no_auth_user_;
  const bool needs_certificate = (user.connection_types & options_.mapped_connections) != 0 &&
                                 user.password.empty() && !stands_in;
  return needs_certificate ? nullptr : found;
}

// The certificate's names to the letter; then its whole subject, in any order; then the subject
// without what Go does not know (nats-server's order).
const Authenticator::Known* Authenticator::find_by_certificate(
    const Credentials& credentials) const {
  if (credentials.tls == nullptr || credentials.tls->peer_certificates.empty()) return nullptr;
  const auto may_come = [&](const Known& known) {
    return (known.options->connection_types & credentials.connection) != 0;
  };
  for (const std::string& name : credentials.tls->names) {
    const Known* const found = find_in(names_, name);
    if (found != nullptr && may_come(*found)) return found;
  }
  const auto subject = DistinguishedName::parse(credentials.tls->peer_certificates[0].subject);
  if (!subject) return nullptr;
  const auto find_subject = [&](const DistinguishedName& wanted) -> const Known* {
    for (size_t index = 0; index < names_.size(); ++index) {
      if (may_come(names_[index]) && subjects_[index] == wanted) return &names_[index];
    }
    return nullptr;
  };
  const Known* const found = find_subject(*subject);
  return found != nullptr ? found : find_subject(subject->well_known());
}

bool Authenticator::knows(const Credentials& credentials) const {
  if (!credentials.nkey.empty()) return find_in(nkeys_, credentials.nkey) != nullptr;
  if (credentials.user.empty() || names_.empty()) return true;
  return find_in(names_, credentials.user) != nullptr;
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
  const Known* const found = find_in(nkeys_, nkey);
  if (found == nullptr) return {};
  User& user = user_of(*found);
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
  const Known* const found = find(credentials);
  if (found == nullptr) return {};
  User& user = user_of(*found);
  if (is_without_proxy(user, credentials)) return refused(Fault::kProxyRequired, kProxyRequired);
  return check(user, found->options->password, credentials.password);
}

}  // namespace myelin
