// Every key of a configuration that lets somebody in, or keeps somebody out, with every slip of the
// pen: either the configuration is refused, or nobody gets further than the one without a slip lets
// them. What nats-server opens by design is said by name below; a slip that opens anything else
// fails, and so does a name that no longer opens anything.
#include "tests/access/slips.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string_view>

#include "tests/access/house.h"

namespace myelin::access {
namespace {

const Visitor kSilent{"silent", ""};
const Visitor kNameless{"nameless", "{}"};
const Visitor kEmpty{"empty", R"({"user":"","pass":"","auth_token":""})"};
const Visitor kStranger{"stranger", R"({"user":"x","pass":"x","auth_token":"x","nkey":"x"})"};
const Visitor kNull{"null", R"({"user":"null","pass":"null","auth_token":"null"})"};
const Visitor kWrongPassword{"wrong password", R"({"user":"a","pass":"wrong"})"};
const Visitor kNoPassword{"no password", R"({"user":"a"})"};
const Visitor kOwner{"owner", R"({"user":"a","pass":"p"})"};

std::vector<Visitor> intruders(std::vector<Visitor> more = {}) {
  more.insert(more.end(),
              {kSilent, kNameless, kEmpty, kStranger, kNull, kWrongPassword, kNoPassword});
  return more;
}

Visitor with_deed(Visitor visitor, std::string name, std::string deed) {
  visitor.name = std::move(name);
  visitor.deed = std::move(deed);
  return visitor;
}

struct Guarded {
  std::string name;
  std::string config;
  std::vector<Visitor> guests;  // whom it lets in
  std::vector<Visitor> intruders;
  // Slips after which it is open, because the configuration then says so.
  std::set<std::string> open;
  bool has_walls = false;  // what a says, b does not hear
};

std::vector<std::string_view> who_gets_in(const Guarded& house, const Config& config) {
  std::vector<std::string_view> names;
  House built(config);
  for (const Visitor& visitor : house.intruders) {
    if (visitor.kind == LinkKind::kWebSocket && !config.options.websocket) continue;
    if (built.lets_in(visitor)) names.push_back(visitor.name);
  }
  if (house.has_walls &&
      built.carries(R"({"user":"a","pass":"p"})", R"({"user":"b","pass":"p"})")) {
    names.push_back("through the wall");
  }
  return names;
}

void try_all_slips(const Guarded& house) {
  INFO(house.name);
  INFO(refusal_of(house.config));
  const auto right = understand(house.config);
  REQUIRE(right);
  House built(*right);
  for (const Visitor& guest : house.guests) {
    INFO(guest.name << ": " << built.answers_to(guest));
    CHECK(built.lets_in(guest));
  }
  CHECK(who_gets_in(house, *right) == std::vector<std::string_view>{});

  std::set<std::string> open;
  for (const Slip& slip : slips_of(house.config)) {
    const auto config = understand(slip.text);
    if (!config) continue;
    if (!who_gets_in(house, *config).empty()) open.insert(slip.what);
  }
  std::string unforeseen;
  for (const std::string& each : open) {
    if (house.open.count(each) == 0) unforeseen += "\n  " + each;
  }
  std::string bygone;
  for (const std::string& each : house.open) {
    if (open.count(each) == 0) bygone += "\n  " + each;
  }
  INFO("opens though nothing says so: " << unforeseen);
  INFO("said to open and does not: " << bygone);
  CHECK(open == house.open);
}

TEST_CASE("Slips: one user") {
  try_all_slips({.name = "one user",
                 .config = "authorization { user: a, password: p, timeout: 1 }",
                 .guests = {kOwner},
                 .intruders = intruders(),
                 .open = {"authorization.password: absent", "authorization: absent",
                          "authorization: an empty map"}});
}

TEST_CASE("Slips: a token") {
  try_all_slips({.name = "a token",
                 .config = "authorization { token: t }",
                 .guests = {{"owner", R"({"auth_token":"t"})"}},
                 .intruders = intruders(),
                 .open = {"authorization.token: absent", "authorization.token: null",
                          "authorization: absent", "authorization: an empty map"}});
}

TEST_CASE("Slips: users") {
  try_all_slips(
      {.name = "users",
       .config = "authorization { users: [ {user: a, password: p}\n {user: b, password: q} ] }",
       .guests = {kOwner},
       .intruders = intruders(),
       .open = {"authorization.users: absent", "authorization.users: an empty list",
                "authorization.users[0].password: absent", "authorization: absent",
                "authorization: an empty map"}});
}

TEST_CASE("Slips: users by nkey") {
  try_all_slips(
      {.name = "nkeys",
       .config = "authorization { users: [ "
                 "{nkey: UAB2LTI672CRSPT45NVAKTNPSZFVZQMAJWCQJYJQAB22XUUXW6CTKT6T} ] }",
       .guests = {},
       .intruders = intruders(
           {{"unsigned", R"({"nkey":"UAB2LTI672CRSPT45NVAKTNPSZFVZQMAJWCQJYJQAB22XUUXW6CTKT6T"})"},
            {"signed by nobody", R"({"sig":"AAAA","nkey":)"
                                 "\"UAB2LTI672CRSPT45NVAKTNPSZFVZQMAJWCQJYJQAB22XUUXW6CTKT6T\"}"}}),
       .open = {"authorization.users: absent", "authorization.users: an empty list",
                "authorization.users[0]: absent", "authorization: absent",
                "authorization: an empty map"}});
}

TEST_CASE("Slips: a bcrypt hash") {
  try_all_slips(
      {.name = "bcrypt",
       .config = "authorization { users: [ {user: a, password: "
                 "\"$2a$04$wQyFmP.PbLnmRZbnjcW9LeNFpkN4B.fv.cnPCs8t2xD0kPkzv0Gzi\"} ] }",
       .guests = {},
       .intruders =
           intruders({{"the hash itself",
                       R"({"user":"a","pass":)"
                       "\"$2a$04$wQyFmP.PbLnmRZbnjcW9LeNFpkN4B.fv.cnPCs8t2xD0kPkzv0Gzi\"}"}}),
       .open = {"authorization.users: absent", "authorization.users: an empty list",
                "authorization.users[0].password: absent", "authorization.users[0]: absent",
                "authorization: absent", "authorization: an empty map"}});
}

TEST_CASE("Slips: accounts") {
  try_all_slips({.name = "accounts",
                 .config = "accounts {\n"
                           "A { users: [ {user: a, password: p} ] }\n"
                           "B { users: [ {user: b, password: p} ] } }",
                 .guests = {kOwner},
                 .intruders = intruders(),
                 .open = {"accounts.A.users[0].password: absent", "accounts: absent",
                          "accounts: an empty list", "accounts: an empty map"},
                 .has_walls = true});
}

TEST_CASE("Slips: what accounts share") {
  try_all_slips(
      {.name = "sharing",
       .config = "accounts {\n"
                 "A { users: [ {user: a, password: p} ]\n"
                 "exports: [ {stream: public, accounts: [B]}, {service: ask, accounts: [B]} ] }\n"
                 "B { users: [ {user: b, password: p} ]\n"
                 "imports: [ {stream: {account: A, subject: public}} ] } }",
       .guests = {kOwner},
       .intruders = intruders(),
       .open = {"accounts.A.users[0].password: absent", "accounts: absent",
                "accounts: an empty list", "accounts: an empty map"},
       .has_walls = true});
}

TEST_CASE("Slips: the system account") {
  try_all_slips({.name = "system account",
                 .config = "accounts {\n"
                           "A { users: [ {user: b, password: p} ] }\n"
                           "S { users: [ {user: a, password: p} ] } }\n"
                           "system_account: S",
                 .guests = {kOwner},
                 .intruders = intruders(),
                 .open = {"accounts.A: absent", "accounts.S.users[0].password: absent"},
                 .has_walls = true});
}

TEST_CASE("Slips: permissions") {
  const std::string config =
      "authorization { users: [ {user: a, password: p, permissions: {\n"
      "publish: {allow: [\"in.>\"], deny: [\"in.secret\"]}\n"
      "subscribe: {allow: [\"out.>\"], deny: [\"out.secret\"]} } } ] }";
  try_all_slips({.name = "permissions",
                 .config = config,
                 .guests = {with_deed(kOwner, "publisher", "PUB in.x 0\r\n\r\n"),
                            with_deed(kOwner, "subscriber", "SUB out.x 1\r\n")},
                 .intruders = {with_deed(kOwner, "publishes elsewhere", "PUB other 0\r\n\r\n"),
                               with_deed(kOwner, "publishes a secret", "PUB in.secret 0\r\n\r\n"),
                               with_deed(kOwner, "subscribes elsewhere", "SUB other 1\r\n"),
                               with_deed(kOwner, "subscribes to a secret", "SUB out.secret 1\r\n")},
                 .open = {"authorization.users: absent",
                          "authorization.users: an empty list",
                          "authorization.users[0].permissions.publish.allow: absent",
                          "authorization.users[0].permissions.publish.allow: an empty list",
                          "authorization.users[0].permissions.publish.allow[0]: absent",
                          "authorization.users[0].permissions.publish.deny: absent",
                          "authorization.users[0].permissions.publish.deny: an empty list",
                          "authorization.users[0].permissions.publish.deny: null",
                          "authorization.users[0].permissions.publish.deny[0]: absent",
                          "authorization.users[0].permissions.publish.deny[0]: null",
                          "authorization.users[0].permissions.publish: absent",
                          "authorization.users[0].permissions.publish: an empty list",
                          "authorization.users[0].permissions.publish: an empty map",
                          "authorization.users[0].permissions.subscribe.allow: absent",
                          "authorization.users[0].permissions.subscribe.allow: an empty list",
                          "authorization.users[0].permissions.subscribe.allow[0]: absent",
                          "authorization.users[0].permissions.subscribe.deny: absent",
                          "authorization.users[0].permissions.subscribe.deny: an empty list",
                          "authorization.users[0].permissions.subscribe.deny: null",
                          "authorization.users[0].permissions.subscribe.deny[0]: absent",
                          "authorization.users[0].permissions.subscribe.deny[0]: null",
                          "authorization.users[0].permissions.subscribe: absent",
                          "authorization.users[0].permissions.subscribe: an empty list",
                          "authorization.users[0].permissions.subscribe: an empty map",
                          "authorization.users[0].permissions: absent",
                          "authorization.users[0].permissions: an empty map",
                          "authorization.users[0]: absent",
                          "authorization: absent",
                          "authorization: an empty map"}});
}

TEST_CASE("Slips: default permissions") {
  try_all_slips(
      {.name = "default permissions",
       .config = "authorization { default_permissions: { publish: in, subscribe: out }\n"
                 "users: [ {user: a, password: p} ] }",
       .guests = {with_deed(kOwner, "publisher", "PUB in 0\r\n\r\n")},
       .intruders = {with_deed(kOwner, "publishes elsewhere", "PUB other 0\r\n\r\n"),
                     with_deed(kOwner, "subscribes elsewhere", "SUB other 1\r\n")},
       .open = {"authorization.default_permissions.publish: absent",
                "authorization.default_permissions.publish: an empty list",
                "authorization.default_permissions.publish: an empty map",
                "authorization.default_permissions.subscribe: absent",
                "authorization.default_permissions.subscribe: an empty list",
                "authorization.default_permissions.subscribe: an empty map",
                "authorization.default_permissions: absent",
                "authorization.default_permissions: an empty map", "authorization.users: absent",
                "authorization.users: an empty list", "authorization.users[0]: absent",
                "authorization: absent", "authorization: an empty map"}});
}

TEST_CASE("Slips: default permissions of an account") {
  try_all_slips(
      {.name = "default permissions of an account",
       .config = "accounts { A { default_permissions: { publish: in, subscribe: out }\n"
                 "users: [ {user: a, password: p} ] } }",
       .guests = {with_deed(kOwner, "publisher", "PUB in 0\r\n\r\n")},
       .intruders = {with_deed(kOwner, "publishes elsewhere", "PUB other 0\r\n\r\n"),
                     with_deed(kOwner, "subscribes elsewhere", "SUB other 1\r\n")},
       .open = {"accounts.A.default_permissions.publish: absent",
                "accounts.A.default_permissions.publish: an empty list",
                "accounts.A.default_permissions.publish: an empty map",
                "accounts.A.default_permissions.subscribe: absent",
                "accounts.A.default_permissions.subscribe: an empty list",
                "accounts.A.default_permissions.subscribe: an empty map",
                "accounts.A.default_permissions: absent",
                "accounts.A.default_permissions: an empty map", "accounts.A.users: absent",
                "accounts.A.users: an empty list", "accounts.A.users[0]: absent",
                "accounts.A: absent", "accounts.A: an empty map", "accounts: absent",
                "accounts: an empty list", "accounts: an empty map"}});
}

TEST_CASE("Slips: the right to answer") {
  try_all_slips({.name = "allow_responses",
                 .config = "authorization { users: [ {user: a, password: p, permissions: {\n"
                           "subscribe: ask, allow_responses: {max: 1, expires: \"1m\"} } } ] }",
                 .guests = {with_deed(kOwner, "subscriber", "SUB ask 1\r\n")},
                 .intruders = {with_deed(kOwner, "publishes unasked", "PUB other 0\r\n\r\n"),
                               with_deed(kOwner, "subscribes elsewhere", "SUB other 1\r\n")},
                 .open = {"authorization.users: absent", "authorization.users: an empty list",
                          "authorization.users[0].permissions.allow_responses: absent",
                          "authorization.users[0].permissions.allow_responses: false",
                          "authorization.users[0].permissions.subscribe: absent",
                          "authorization.users[0].permissions.subscribe: an empty list",
                          "authorization.users[0].permissions.subscribe: an empty map",
                          "authorization.users[0].permissions: absent",
                          "authorization.users[0].permissions: an empty map",
                          "authorization.users[0]: absent", "authorization: absent",
                          "authorization: an empty map"}});
}

TEST_CASE("Slips: who stands in for the nameless") {
  const Visitor nameless = with_deed(kNameless, "nameless", "");
  try_all_slips(
      {.name = "no_auth_user",
       .config = "authorization { users: [ {user: a, password: p, permissions: {subscribe: {deny: "
                 "secret}}}\n{user: b, password: q} ] }\nno_auth_user: a",
       .guests = {kNameless, kOwner},
       .intruders = {with_deed(kNameless, "nameless reads", "SUB secret 1\r\n"), kStranger,
                     kWrongPassword, kNoPassword},
       .open = {"authorization.users[0].password: absent",
                "authorization.users[0].permissions.subscribe.deny: absent",
                "authorization.users[0].permissions.subscribe.deny: an empty list",
                "authorization.users[0].permissions.subscribe.deny: null",
                "authorization.users[0].permissions.subscribe: absent",
                "authorization.users[0].permissions.subscribe: an empty list",
                "authorization.users[0].permissions.subscribe: an empty map",
                "authorization.users[0].permissions: absent",
                "authorization.users[0].permissions: an empty map"}});
}

TEST_CASE("Slips: how somebody may come") {
  try_all_slips(
      {.name = "allowed_connection_types",
       .config = "authorization { users: [ {user: a, password: p, allowed_connection_types: "
                 "[WEBSOCKET]}\n{user: b, password: q} ] }",
       .guests = {{"by WebSocket", R"({"user":"a","pass":"p"})", "", LinkKind::kWebSocket}},
       .intruders = {kOwner, kStranger, kWrongPassword},
       .open = {"authorization.users: absent", "authorization.users: an empty list",
                "authorization.users[0].allowed_connection_types: absent",
                "authorization.users[0].allowed_connection_types: an empty list",
                "authorization.users[0].allowed_connection_types[0]: absent",
                "authorization: absent", "authorization: an empty map"}});
}

TEST_CASE("Slips: who comes by WebSocket") {
  Visitor owner{"owner", R"({"user":"a","pass":"p"})", "", LinkKind::kWebSocket};
  std::vector<Visitor> by_web = intruders();
  for (Visitor& visitor : by_web) visitor.kind = LinkKind::kWebSocket;
  try_all_slips(
      {.name = "websocket",
       .config = "websocket { port: 8080, no_tls: true\n"
                 "authorization { user: a, password: p, timeout: 1 } }",
       .guests = {owner},
       .intruders = by_web,
       .open = {"websocket.authorization.password: absent", "websocket.authorization: absent",
                "websocket.authorization: an empty map"}});
}

TEST_CASE("Slips: somebody else decides") {
  try_all_slips({.name = "auth_callout",
                 .config = "accounts { A { users: [ {user: a, password: p} ] } }\n"
                           "authorization { auth_callout {\n"
                           "issuer: ADT3KDUGML4UCZYCBSAEGYDZBFDNFQ7IAUKUC4L4DJYWUHFR7S47GATY\n"
                           "account: A, auth_users: [a], allowed_accounts: [A]\n"
                           "xkey: XAGYXFG2R5DQVZOKTJIIOGN32KFICMWUDLMLXOAULDFEHXZCXQWWRJA4 } }",
                 .guests = {kOwner},
                 .intruders = intruders(),
                 .open = {"accounts.A.users[0].password: absent"}});
}

}  // namespace
}  // namespace myelin::access
