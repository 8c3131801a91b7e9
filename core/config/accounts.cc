#include "core/config/accounts.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/fit.h"
#include "core/base/text.h"
#include "core/config/account_jetstream.h"
#include "core/config/mappings.h"
#include "core/config/sharing.h"
#include "core/config/subject_text.h"
#include "core/config/users.h"
#include "core/identity/nkey.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

constexpr std::string_view kSystemAccount = "$SYS";

template <int64_t AccountLimits::*limit>
void read_limit(ConfigReader& reader, const ConfigMember& member, AccountLimits& to) {
  reader.read(member, -1, INT32_MAX, to.*limit);
}

constexpr KnownKey<AccountLimits> kAccountLimitKeys[] = {
    {"max_connections", read_limit<&AccountLimits::max_connections>},
    {"max_conn", read_limit<&AccountLimits::max_connections>},
    {"max_subscriptions", read_limit<&AccountLimits::max_subscriptions>},
    {"max_subs", read_limit<&AccountLimits::max_subscriptions>},
    {"max_payload", read_limit<&AccountLimits::max_payload>},
    {"max_pay", read_limit<&AccountLimits::max_payload>},
    {"max_leafnodes", read_limit<&AccountLimits::max_leafnodes>},
    {"max_leafs", read_limit<&AccountLimits::max_leafnodes>},
};

void read_trace_destination(ConfigReader& reader, const ConfigMember& member,
                            MessageTraceOptions& to) {
  if (!member.value.is(Kind::kString)) {
    reader.error(member.value, "Field " + quoted(member.key) + " should be a string, got " +
                                   name_of(member.value.kind));
  } else if (!is_literal_subject_text(member.value.text)) {
    reader.error(member.value, "Trace destination " + quoted(member.value.text) + " is not valid");
  } else {
    to.destination = member.value.text;
  }
}

void read_trace_sampling(ConfigReader& reader, const ConfigMember& member,
                         MessageTraceOptions& to) {
  int64_t sampling = 0;
  if (member.value.is(Kind::kInt)) {
    sampling = member.value.integer;
  } else if (member.value.is(Kind::kString)) {
    std::string_view text = member.value.text;
    if (text.ends_with('%')) text.remove_suffix(1);
    const auto number = parse_decimal(text, 9);
    if (!number) {
      reader.error(member.value,
                   "Invalid trace destination sampling value " + quoted(member.value.text));
      return;
    }
    sampling = static_cast<int64_t>(*number);
  } else {
    reader.error(member.value, "Trace destination sampling field " + quoted(member.key) +
                                   " should be an integer or a percentage, got " +
                                   name_of(member.value.kind));
    return;
  }
  if (sampling < 1 || sampling > 100) {
    reader.error(member.value, "Trace destination sampling value " + decimal(sampling) +
                                   " is invalid, needs to be [1..100]");
    return;
  }
  to.sampling = static_cast<uint8_t>(sampling);
}

constexpr KnownKey<MessageTraceOptions> kTraceKeys[] = {
    {"dest", read_trace_destination},
    {"sampling", read_trace_sampling},
};

struct AccountDraft {
  AccountOptions options;
  std::vector<UserOptions> users;
  const ConfigMember* users_at = nullptr;
};

constexpr auto read_account_nkey = [](ConfigReader& reader, const ConfigMember& member,
                                      AccountDraft&) {
  // Nothing looks at it; only that it is one is checked.
  if (member.value.is(Kind::kString) && is_nkey(member.value.text, NkeyKind::kAccount)) return;
  reader.error(member.value,
               "Not a valid public nkey for an account: " + quoted_key(member.value.text));
};

constexpr auto read_account_users = [](ConfigReader& reader, const ConfigMember& member,
                                       AccountDraft& to) {
  to.users_at = &member;
  to.users = read_users(reader, member);
};

constexpr auto read_limits_block = [](ConfigReader& reader, const ConfigMember& member,
                                      AccountDraft& to) {
  if (reader.has_kind(member, Kind::kMap)) {
    read_map(reader, member.value, kAccountLimitKeys, to.options.limits);
  }
};

constexpr auto read_account_mappings = [](ConfigReader& reader, const ConfigMember& member,
                                          AccountDraft& to) {
  read_mappings(reader, member, to.options.mappings);
};

constexpr auto read_message_trace = [](ConfigReader& reader, const ConfigMember& member,
                                       AccountDraft& to) {
  MessageTraceOptions trace;
  const size_t errors = reader.errors().size();
  if (member.value.is(Kind::kMap)) {
    read_map(reader, member.value, kTraceKeys, trace);
  } else if (member.value.is(Kind::kString)) {
    read_trace_destination(reader, member, trace);
  } else {
    reader.error(member.value, "Expected account message trace " + quoted(member.key) +
                                   " to be a string or a map, got " + name_of(member.value.kind));
  }
  if (reader.errors().size() != errors) return;
  if (trace.destination.empty()) {
    reader.warning(member, "Trace destination sampling ignored since no destination was set");
  } else {
    to.options.message_trace = std::move(trace);
  }
};

constexpr KnownKey<AccountDraft> kAccountKeys[] = {
    {"nkey", read_account_nkey},
    {"users", read_account_users},
    {"default_permissions",
     [](ConfigReader& reader, const ConfigMember& member, AccountDraft& to) {
       read_permissions(reader, member, to.options.default_permissions);
     }},
    {"exports", [](ConfigReader& reader, const ConfigMember& member,
                   AccountDraft& to) { read_exports(reader, member, to.options.exports); }},
    {"imports", [](ConfigReader& reader, const ConfigMember& member,
                   AccountDraft& to) { read_imports(reader, member, to.options.imports); }},
    {"mappings", read_account_mappings},
    {"maps", read_account_mappings},
    {"jetstream",
     [](ConfigReader& reader, const ConfigMember& member, AccountDraft& to) {
       read_account_jetstream(reader, member, to.options.jetstream);
     }},
    {"limits", read_limits_block},
    {"msg_trace", read_message_trace},
    {"trace_dest", read_message_trace},
};

// True if an account may have the name.
bool check_name(ConfigReader& reader, const ConfigValue& at, const std::string& name) {
  if (name == kGlobalAccount) {
    reader.error(at, quoted(name) + " is a Reserved Account");
    return false;
  }
  // Differs: nats-server takes it. To us, a user of a nameless account is the global one's.
  if (name.empty()) reader.error(at, "an account needs a name");
  return !name.empty();
}

void read_account_names(ConfigReader& reader, const ConfigValue& list, Options& to) {
  std::set<std::string> seen;
  for (const ConfigValue& entry : list.elements) {
    if (!entry.is(Kind::kString)) {
      reader.error(entry,
                   std::string("expected strings in \"accounts\", got ") + name_of(entry.kind));
    } else if (!check_name(reader, entry, entry.text)) {
      continue;
    } else if (!seen.insert(entry.text).second) {
      reader.error(entry, "Duplicate Account Entry: " + entry.text);
    } else {
      to.accounts.push_back({.name = entry.text});
    }
  }
}

// What goes for its users, and who they are to the server.
void add_account_users(ConfigReader& reader, AccountDraft& draft, std::set<std::string>& known,
                       AuthorizationOptions& to) {
  if (draft.users.empty()) return;
  const ConfigValue& at = draft.users_at->value;
  if (!to.user.empty()) {
    reader.error(at, "Can not have a single user/pass and accounts");
  } else if (!to.token.empty()) {
    reader.error(at, "Can not have a token and accounts");
  }
  for (UserOptions& user : draft.users) {
    user.account = draft.options.name;
    if (!user.permissions) user.permissions = draft.options.default_permissions;
  }
  add_users(reader, at, std::move(draft.users), known, to.users);
}

const ConfigMember* find(const ConfigValue& map, std::string_view name) {
  const auto found =
      std::find_if(map.members.begin(), map.members.end(),
                   [&](const ConfigMember& member) { return lower_case(member.key) == name; });
  return found == map.members.end() ? nullptr : &*found;
}

const ConfigMember* find_any(const ConfigValue& map,
                             std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const ConfigMember* found = find(map, name)) return found;
  }
  return nullptr;
}

// nats-server reports these at the block.
void check_partners(ConfigReader& reader, const ConfigValue& at, const Options& options) {
  std::set<std::string_view> names;
  for (const AccountOptions& account : options.accounts) names.insert(account.name);
  const auto check = [&](const std::string& name, bool is_service, const char* what) {
    if (names.count(name) > 0) return;
    reader.error(at, quoted(name) + " account not defined for " +
                         (is_service ? "service " : "stream ") + what);
  };
  for (const AccountOptions& account : options.accounts) {
    for (const ExportOptions& each : account.exports) {
      for (const std::string& name : each.accounts) check(name, each.is_service, "export");
      if (!each.latency || !options.system_account.empty()) continue;
      reader.error(at, "Error adding service latency sampling for " + quoted(each.subject) +
                           ": system account not setup");
    }
    for (const ImportOptions& each : account.imports) {
      check(each.account, each.is_service, "import");
    }
  }
}

// What was named; else an account that is called as the default one; else the default one, unless
// none is wanted.
void choose_system_account(const ConfigValue& root, const Options& defaults, Options& to) {
  if (find_any(root, {"system_account", "system"}) != nullptr && !to.system_account.empty()) return;
  const ConfigMember* wish = find_any(root, {"no_system_account", "no_system", "no_sys_acc"});
  const bool is_unwanted = wish != nullptr && wish->value.boolean;
  to.system_account = defaults.system_account;
  if (is_account(to, kSystemAccount)) {
    to.system_account = kSystemAccount;
  } else if (is_unwanted) {
    to.system_account.clear();
  }
}

}  // namespace

bool is_account(const Options& options, std::string_view name) {
  return std::any_of(options.accounts.begin(), options.accounts.end(),
                     [&](const AccountOptions& account) { return account.name == name; });
}

void read_accounts(ConfigReader& reader, const ConfigMember& block, Config& to) {
  Options& options = to.options;
  options.accounts.clear();
  if (block.value.is(Kind::kArray)) return read_account_names(reader, block.value, options);
  if (!reader.has_kind(block, Kind::kMap)) return;
  std::set<std::string> known = names_of(options.authorization.users);
  for (const ConfigMember& member : block.value.members) {
    if (member.value.is_used_as_variable) continue;
    if (!member.value.is(Kind::kMap)) {
      reader.error(member.value, "Expected map entries for accounts");
      continue;
    }
    if (!check_name(reader, member.value, member.key)) continue;
    AccountDraft draft{.options = {.name = member.key}};
    read_map(reader, member.value, kAccountKeys, draft);
    add_account_users(reader, draft, known, options.authorization);
    options.accounts.push_back(std::move(draft.options));
  }
}

void finish_accounts(ConfigReader& reader, const ConfigValue& root, Config& to) {
  if (!reader.errors().empty()) return;
  Options& options = to.options;
  choose_system_account(root, reader.sources().defaults, options);
  if (const ConfigMember* block = find(root, "accounts")) {
    check_partners(reader, block->value, options);
    if (reader.errors().empty() && reader.sources().check_accounts) {
      const auto mistake = reader.sources().check_accounts(options);
      if (mistake) reader.error(block->value, *mistake);
    }
  }
  AuthorizationOptions& authorization = options.authorization;
  authorization.opens_global_account =
      options.accounts.size() == 1 && options.accounts[0].name == options.system_account &&
      authorization.no_auth_user.empty() && find(root, "authorization") == nullptr;
  fit(options.accounts);
  fit(authorization.users);
}

}  // namespace myelin
