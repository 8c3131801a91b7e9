#include "core/config/authorization.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/base/text.h"
#include "core/config/auth_callout.h"
#include "core/config/users.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

struct AuthorizationDraft {
  AuthorizationOptions options;
  bool has_users = false;
};

void read_auth_timeout(ConfigReader& reader, const ConfigMember& member, AuthorizationDraft& to) {
  Duration& timeout = to.options.timeout;
  if (!reader.read_timeout(member, AuthorizationOptions{}.timeout, timeout)) return;
  to.options.chooses_timeout = true;
  if (timeout > minutes(1)) {
    reader.warning(member, "timeout of " + go_duration(timeout) +
                               " is long: 1m without quotes is a million seconds, write \"1m\"");
  }
}

constexpr auto read_default_permissions = [](ConfigReader& reader, const ConfigMember& member,
                                             AuthorizationDraft& to) {
  read_permissions(reader, member, to.options.default_permissions);
};
constexpr auto read_single_user = [](ConfigReader& reader, const ConfigMember& member,
                                     AuthorizationDraft& to) {
  read_credential(reader, member, to.options.user);
};
constexpr auto read_single_password = [](ConfigReader& reader, const ConfigMember& member,
                                         AuthorizationDraft& to) {
  read_credential(reader, member, to.options.password);
};
constexpr auto read_callout = [](ConfigReader& reader, const ConfigMember& member,
                                 AuthorizationDraft& to) {
  read_auth_callout(reader, member, to.options.callout);
};
constexpr auto read_user_list = [](ConfigReader& reader, const ConfigMember& member,
                                   AuthorizationDraft& to) {
  to.has_users = true;
  to.options.users = read_users(reader, member);
};

constexpr KnownKey<AuthorizationDraft> kAuthorizationKeys[] = {
    {"user", read_single_user},
    {"username", read_single_user},
    {"pass", read_single_password},
    {"password", read_single_password},
    {"token", [](ConfigReader& reader, const ConfigMember& member,
                 AuthorizationDraft& to) { read_credential(reader, member, to.options.token); }},
    {"timeout", read_auth_timeout},
    {"users", read_user_list},
    {"default_permission", read_default_permissions},
    {"default_permissions", read_default_permissions},
    {"permissions", read_default_permissions},
    {"auth_callout", read_callout},
    {"auth_hook", read_callout},
    {"proxy_required",
     [](ConfigReader& reader, const ConfigMember& member, AuthorizationDraft& to) {
       reader.read(member, to.options.proxy_required);
     }},
};

}  // namespace

void read_authorization(ConfigReader& reader, const ConfigMember& block, AuthorizationOptions& to) {
  if (!reader.has_kind(block, Kind::kMap)) return;
  AuthorizationDraft draft;
  read_map(reader, block.value, kAuthorizationKeys, draft);
  AuthorizationOptions& read = draft.options;
  // Whichever block stands first in the file: users of accounts may be here already.
  const bool has_users = draft.has_users || !to.users.empty();
  if (!read.token.empty() && (!read.user.empty() || !read.password.empty())) {
    reader.error(block.value, "Cannot have a user/pass and token");
  }
  if (has_users && !read.user.empty()) {
    reader.error(block.value, "Can not have a single user/pass and a users array");
  }
  if (has_users && !read.token.empty()) {
    reader.error(block.value, "Can not have a token and a users array");
  }
  // Differs: nats-server runs open on a password that nobody has.
  if (read.user.empty() && !read.password.empty() && read.token.empty() && !has_users) {
    reader.error(block.value, "Cannot have a password without a user");
  }
  std::vector<UserOptions> own = std::exchange(read.users, std::move(to.users));
  std::set<std::string> known = names_of(read.users);
  add_users(reader, block.value, std::move(own), known, read.users);
  read.no_auth_user = std::move(to.no_auth_user);
  to = std::move(read);
}

// Differs: nats-server says so in its log, and without any user it runs open.
Status check_callout(const Options& options) {
  const AuthorizationOptions& authorization = options.authorization;
  if (!authorization.callout || options.operators) return kOk;
  const AuthCalloutOptions& callout = *authorization.callout;
  const bool has_account =
      callout.account.empty() ||
      std::any_of(options.accounts.begin(), options.accounts.end(),
                  [&](const AccountOptions& account) { return account.name == callout.account; });
  if (!has_account) {
    return Error{Errc::kInvalid,
                 "Authorization callout account " + quoted(callout.account) + " not valid"};
  }
  const std::set<std::string> known = names_of(authorization.users);
  for (const std::string& user : callout.auth_users) {
    if (known.count(user) > 0) return kOk;
  }
  return Error{Errc::kInvalid,
               "Authorization callout user " + quoted(callout.auth_users[0]) + " not valid"};
}

Status check_no_auth_user(const AuthorizationOptions& authorization, const std::string& name) {
  if (name.empty()) return kOk;
  if (authorization.users.empty()) {
    return Error{Errc::kInvalid,
                 "no_auth_user: \"" + name + "\" present, but users/nkeys are not defined"};
  }
  for (const UserOptions& user : authorization.users) {
    if ((user.nkey.empty() ? user.user : user.nkey) == name) return kOk;
  }
  return Error{Errc::kInvalid, "no_auth_user: \"" + name +
                                   "\" not present as user or nkey in authorization block or "
                                   "account configuration"};
}

}  // namespace myelin
