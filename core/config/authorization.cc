#include "core/config/authorization.h"

#include <algorithm>
#include <set>

#include "core/base/text.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;
using Texts = std::vector<std::string>;

bool is_subject(std::string_view text) {
  for (bool is_last = false; !is_last;) {
    const size_t dot = text.find('.');
    is_last = dot == std::string_view::npos;
    const std::string_view token = text.substr(0, dot);
    if (token.empty() || token.find_first_of("\t\n\f\r ") != std::string_view::npos) return false;
    if (token == ">" && !is_last) return false;
    if (!is_last) text.remove_prefix(dot + 1);
  }
  return true;
}

Texts words_of(std::string_view text) {
  static constexpr std::string_view kSpace = " \t\n\v\f\r";
  Texts words;
  while (!text.empty()) {
    const size_t size = std::min(text.find_first_of(kSpace), text.size());
    if (size != 0) words.emplace_back(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return words;
}

// Subjects of a publish or subscribe permission; the latter may be "subject queue".
struct SubjectList {
  Texts subjects;
  bool takes_queues = false;
};

bool read_subjects(ConfigReader& reader, const ConfigMember& member, SubjectList& to) {
  Texts subjects;
  if (!reader.read(member, subjects)) return false;
  for (const std::string& subject : subjects) {
    if (is_subject(subject)) continue;
    const Texts words = words_of(subject);
    if (to.takes_queues && words.size() == 2 && is_subject(words[0]) && is_subject(words[1])) {
      continue;
    }
    reader.error(member.value, "subject " + quoted(subject) + " is not a valid subject");
    return false;
  }
  to.subjects = std::move(subjects);
  return true;
}

struct SubjectDraft {
  SubjectPermission permission;
  bool takes_queues = false;
};

// An empty list of allowed subjects is no list: everything is allowed, as on nats-server.
void allow(Texts subjects, SubjectPermission& permission) {
  permission.allow.reset();
  if (!subjects.empty()) permission.allow = std::move(subjects);
}

constexpr KnownKey<SubjectDraft> kSubjectKeys[] = {
    {"allow",
     [](ConfigReader& reader, const ConfigMember& member, SubjectDraft& to) {
       SubjectList list{{}, to.takes_queues};
       if (read_subjects(reader, member, list)) allow(std::move(list.subjects), to.permission);
     }},
    {"deny",
     [](ConfigReader& reader, const ConfigMember& member, SubjectDraft& to) {
       SubjectList list{{}, to.takes_queues};
       if (read_subjects(reader, member, list)) to.permission.deny = std::move(list.subjects);
     }},
};

// A subject, a list of them, or a map of allowed and denied ones.
void read_subject_permission(ConfigReader& reader, const ConfigMember& member, bool takes_queues,
                             SubjectPermission& to) {
  SubjectDraft draft{{}, takes_queues};
  if (member.value.is(Kind::kMap)) {
    read_map(reader, member.value, kSubjectKeys, draft);
  } else {
    kSubjectKeys[0].read(reader, member, draft);
  }
  to = std::move(draft.permission);
}

void read_response_count(ConfigReader& reader, const ConfigMember& member, ResponsePermission& to) {
  int64_t count = 0;
  // Negative is without limit; zero is the default.
  if (reader.read(member, INT32_MIN, INT32_MAX, count) && count != 0) to.max_msgs = count;
}

void read_response_expiry(ConfigReader& reader, const ConfigMember& member,
                          ResponsePermission& to) {
  if (!reader.has_kind(member, Kind::kString)) return;
  ConfigMember positive = member;
  std::string& text = positive.value.text;
  const bool is_negative = !text.empty() && text[0] == '-';
  if (is_negative) text.erase(0, 1);
  Duration expires{};
  if (!reader.read(positive, expires) || expires == Duration::zero()) return;
  to.expires = is_negative ? -expires : expires;
}

constexpr KnownKey<ResponsePermission> kResponseKeys[] = {
    {"max", read_response_count},          {"max_msgs", read_response_count},
    {"max_messages", read_response_count}, {"max_responses", read_response_count},
    {"expires", read_response_expiry},     {"expiration", read_response_expiry},
    {"ttl", read_response_expiry},
};

void read_responses(ConfigReader& reader, const ConfigMember& member, PermissionOptions& to) {
  if (member.value.is(Kind::kBool)) {
    to.allow_responses.reset();
    if (member.value.boolean) to.allow_responses.emplace();
  } else if (member.value.is(Kind::kMap)) {
    ResponsePermission responses;
    read_map(reader, member.value, kResponseKeys, responses);
    to.allow_responses = responses;
  } else {
    reader.error(member.value, "expected a boolean or a map for " + quoted(member.key) + ", got " +
                                   name_of(member.value.kind));
  }
}

void read_publish(ConfigReader& reader, const ConfigMember& member, PermissionOptions& to) {
  read_subject_permission(reader, member, false, to.publish);
}

void read_subscribe(ConfigReader& reader, const ConfigMember& member, PermissionOptions& to) {
  read_subject_permission(reader, member, true, to.subscribe);
}

constexpr KnownKey<PermissionOptions> kPermissionKeys[] = {
    {"pub", read_publish},
    {"publish", read_publish},
    {"import", read_publish},
    {"sub", read_subscribe},
    {"subscribe", read_subscribe},
    {"export", read_subscribe},
    {"allow_responses", read_responses},
    {"publish_allow_responses", read_responses},
};

void read_permissions(ConfigReader& reader, const ConfigMember& member,
                      std::optional<PermissionOptions>& to) {
  if (!reader.has_kind(member, Kind::kMap)) return;
  PermissionOptions permissions;
  read_map(reader, member.value, kPermissionKeys, permissions);
  // The right to answer stands in place of the right to publish anything.
  if (permissions.allow_responses && !permissions.publish.allow)
    permissions.publish.allow.emplace();
  to = std::move(permissions);
}

struct ConnectionTypeName {
  std::string_view name;
  uint8_t bit;  // none where nobody can come that way
};
constexpr ConnectionTypeName kConnectionTypes[] = {
    {"standard", kStandardConnection},
    {"websocket", kWebSocketConnection},
    {"in_process", kInProcessConnection},
    {"leafnode", 0},
    {"leafnode_ws", 0},
    {"mqtt", 0},
    {"mqtt_ws", 0},
};

void read_connection_types(ConfigReader& reader, const ConfigMember& member, uint8_t& to) {
  Texts types;
  if (!reader.read(member, types) || types.empty()) return;
  to = 0;
  for (const std::string& type : types) {
    const std::string name = lower_case(type);
    const auto known = std::find_if(std::begin(kConnectionTypes), std::end(kConnectionTypes),
                                    [&](const auto& each) { return each.name == name; });
    if (known == std::end(kConnectionTypes)) {
      reader.error(member.value, "invalid connection type " + quoted(type));
    } else {
      to |= known->bit;
    }
  }
}

struct UserDraft {
  UserOptions user;
  bool has_nkey = false;
};

void refuse_if_true(ConfigReader& reader, const ConfigMember& member) {
  bool is_wanted = false;
  reader.read(member, is_wanted);
  if (is_wanted) reader.refuse(member);
}

constexpr auto read_user_name = [](ConfigReader& reader, const ConfigMember& member,
                                   UserDraft& to) { reader.read(member, to.user.user); };
constexpr auto read_user_password = [](ConfigReader& reader, const ConfigMember& member,
                                       UserDraft& to) { reader.read(member, to.user.password); };
constexpr auto read_user_permissions = [](ConfigReader& reader, const ConfigMember& member,
                                          UserDraft& to) {
  read_permissions(reader, member, to.user.permissions);
};
constexpr auto read_user_connection_types = [](ConfigReader& reader, const ConfigMember& member,
                                               UserDraft& to) {
  read_connection_types(reader, member, to.user.connection_types);
};

constexpr KnownKey<UserDraft> kUserKeys[] = {
    {"user", read_user_name},
    {"username", read_user_name},
    {"pass", read_user_password},
    {"password", read_user_password},
    {"permission", read_user_permissions},
    {"permissions", read_user_permissions},
    {"authorization", read_user_permissions},
    {"allowed_connection_types", read_user_connection_types},
    {"connection_types", read_user_connection_types},
    {"clients", read_user_connection_types},
    {"nkey",
     [](ConfigReader& reader, const ConfigMember& member, UserDraft& to) {
       to.has_nkey = true;
       reader.refuse(member);
     }},
    {"proxy_required", [](ConfigReader& reader, const ConfigMember& member,
                          UserDraft&) { refuse_if_true(reader, member); }},
};

struct AuthorizationDraft {
  AuthorizationOptions options;
  bool has_users = false;
};

void read_users(ConfigReader& reader, const ConfigMember& member, AuthorizationDraft& to) {
  if (!reader.has_kind(member, Kind::kArray)) return;
  to.has_users = true;
  to.options.users.clear();
  std::set<std::string> names;
  for (const ConfigValue& entry : member.value.elements) {
    if (!entry.is(Kind::kMap)) {
      reader.error(entry,
                   "expected a map for each of the users, got " + std::string(name_of(entry.kind)));
      continue;
    }
    UserDraft draft;
    read_map(reader, entry, kUserKeys, draft);
    if (draft.has_nkey) continue;
    if (draft.user.user.empty()) {
      reader.error(entry, "User entry requires a user");
    } else if (!names.insert(draft.user.user).second) {
      reader.error(entry, "Duplicate user " + quoted(draft.user.user) + " detected");
    } else {
      to.options.users.push_back(std::move(draft.user));
    }
  }
}

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
  reader.read(member, to.options.user);
};
constexpr auto read_single_password = [](ConfigReader& reader, const ConfigMember& member,
                                         AuthorizationDraft& to) {
  reader.read(member, to.options.password);
};
constexpr auto refuse_callout = [](ConfigReader& reader, const ConfigMember& member,
                                   AuthorizationDraft&) { reader.refuse(member); };

constexpr KnownKey<AuthorizationDraft> kAuthorizationKeys[] = {
    {"user", read_single_user},
    {"username", read_single_user},
    {"pass", read_single_password},
    {"password", read_single_password},
    {"token", [](ConfigReader& reader, const ConfigMember& member,
                 AuthorizationDraft& to) { reader.read(member, to.options.token); }},
    {"timeout", read_auth_timeout},
    {"users", read_users},
    {"default_permission", read_default_permissions},
    {"default_permissions", read_default_permissions},
    {"permissions", read_default_permissions},
    {"auth_callout", refuse_callout},
    {"auth_hook", refuse_callout},
    {"proxy_required", [](ConfigReader& reader, const ConfigMember& member,
                          AuthorizationDraft&) { refuse_if_true(reader, member); }},
};

}  // namespace

void read_authorization(ConfigReader& reader, const ConfigMember& block, AuthorizationOptions& to) {
  if (!reader.has_kind(block, Kind::kMap)) return;
  AuthorizationDraft draft;
  read_map(reader, block.value, kAuthorizationKeys, draft);
  AuthorizationOptions& read = draft.options;
  if (!read.token.empty() && (!read.user.empty() || !read.password.empty())) {
    reader.error(block.value, "Cannot have a user/pass and token");
  }
  if (draft.has_users && !read.user.empty()) {
    reader.error(block.value, "Can not have a single user/pass and a users array");
  }
  if (draft.has_users && !read.token.empty()) {
    reader.error(block.value, "Can not have a token and a users array");
  }
  // Differs: nats-server runs open on a password that nobody has.
  if (read.user.empty() && !read.password.empty() && read.token.empty() && !draft.has_users) {
    reader.error(block.value, "Cannot have a password without a user");
  }
  read.no_auth_user = std::move(to.no_auth_user);
  to = std::move(read);
}

}  // namespace myelin
