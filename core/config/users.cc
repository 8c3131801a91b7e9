#include "core/config/users.h"

#include <algorithm>
#include <set>

#include "core/base/text.h"
#include "core/config/subject_text.h"
#include "core/identity/nkey.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;
using Texts = std::vector<std::string>;

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
    if (is_subject_text(subject)) continue;
    const Texts words = words_of(subject);
    if (to.takes_queues && words.size() == 2 && is_subject_text(words[0]) &&
        is_subject_text(words[1])) {
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

}  // namespace

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

// Differs: nats-server takes an empty one for none, and lets in whoever has none. It is more likely
// a variable that was not set.
void read_credential(ConfigReader& reader, const ConfigMember& member, std::string& to) {
  reader.read(member, to);
  if (member.value.is(Kind::kString) && member.value.text.empty()) {
    reader.error(member.value, quoted(member.key) + " is empty");
  }
}

namespace {

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

constexpr auto read_user_name = [](ConfigReader& reader, const ConfigMember& member,
                                   UserOptions& to) { reader.read(member, to.user); };
constexpr auto read_user_password = [](ConfigReader& reader, const ConfigMember& member,
                                       UserOptions& to) {
  read_credential(reader, member, to.password);
};
constexpr auto read_user_permissions = [](ConfigReader& reader, const ConfigMember& member,
                                          UserOptions& to) {
  read_permissions(reader, member, to.permissions);
};
constexpr auto read_user_connection_types = [](ConfigReader& reader, const ConfigMember& member,
                                               UserOptions& to) {
  read_connection_types(reader, member, to.connection_types);
};

constexpr KnownKey<UserOptions> kUserKeys[] = {
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
    {"nkey", [](ConfigReader& reader, const ConfigMember& member,
                UserOptions& to) { reader.read(member, to.nkey); }},
    {"proxy_required", [](ConfigReader& reader, const ConfigMember& member,
                          UserOptions& to) { reader.read(member, to.proxy_required); }},
};

// Why nobody can be known by what the entry says.
const char* mistake_in(const UserOptions& user) {
  if (user.nkey.empty() && user.user.empty()) return "User entry requires a user";
  if (user.nkey.empty()) return nullptr;
  if (!is_nkey(user.nkey, NkeyKind::kUser)) return "Not a valid public nkey for a user";
  const bool has_name = !user.user.empty() || !user.password.empty();
  return has_name ? "Nkey users do not take usernames or passwords" : nullptr;
}

}  // namespace

std::vector<UserOptions> read_users(ConfigReader& reader, const ConfigMember& member) {
  std::vector<UserOptions> users;
  if (!reader.has_kind(member, Kind::kArray)) return users;
  for (const ConfigValue& entry : member.value.elements) {
    if (!entry.is(Kind::kMap)) {
      reader.error(entry,
                   "expected a map for each of the users, got " + std::string(name_of(entry.kind)));
      continue;
    }
    UserOptions user;
    read_map(reader, entry, kUserKeys, user);
    if (const char* mistake = mistake_in(user)) {
      reader.error(entry, mistake);
    } else {
      users.push_back(std::move(user));
    }
  }
  return users;
}

void add_users(ConfigReader& reader, const ConfigValue& at, std::vector<UserOptions> users,
               std::set<std::string>& known, std::vector<UserOptions>& to) {
  for (UserOptions& user : users) {
    const bool has_nkey = !user.nkey.empty();
    const std::string& name = has_nkey ? user.nkey : user.user;
    if (known.insert(name).second) {
      to.push_back(std::move(user));
    } else {
      reader.error(at,
                   (has_nkey ? "Duplicate nkey " : "Duplicate user ") + quoted(name) + " detected");
    }
  }
}

std::set<std::string> names_of(const std::vector<UserOptions>& users) {
  std::set<std::string> names;
  for (const UserOptions& user : users) names.insert(user.nkey.empty() ? user.user : user.nkey);
  return names;
}

}  // namespace myelin
