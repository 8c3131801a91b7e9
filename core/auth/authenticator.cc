#include "core/auth/authenticator.h"

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
    const auto& permissions = entry.permissions ? entry.permissions : options_.default_permissions;
    auto user = make_user(entry.user, permissions);
    user->connection_types = entry.connection_types;
    users_[entry.user] = {entry.password, std::move(user)};
  }
  if (!options_.token.empty() || !options_.user.empty()) {
    single_ = make_user(options_.user, std::nullopt);
  }
  const auto stand_in = users_.find(options_.no_auth_user);
  if (!options_.no_auth_user.empty() && stand_in != users_.end()) {
    no_auth_user_ = stand_in->second.second.get();
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

Authenticator::Decision Authenticator::decide(const Credentials& credentials) const {
  if (!is_required()) return {.verdict = Decision::Verdict::kAccepted};
  if (!users_.empty()) {
    if (credentials.are_empty() && no_auth_user_ != nullptr) {
      if ((no_auth_user_->connection_types & credentials.connection) == 0) return {};
      return {.verdict = Decision::Verdict::kAccepted, .user = no_auth_user_};
    }
    const auto found = users_.find(credentials.user);
    if (found == users_.end() || credentials.user.empty()) return {};
    User& user = *found->second.second;
    if ((user.connection_types & credentials.connection) == 0) return {};
    return check(user, found->second.first, credentials.password);
  }
  if (!options_.token.empty()) return check(*single_, options_.token, credentials.token);
  if (credentials.user != options_.user) return {};
  return check(*single_, options_.password, credentials.password);
}

}  // namespace myelin
