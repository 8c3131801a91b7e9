#include "core/config/authorization.h"

#include <catch2/catch.hpp>

#include "core/config/config.h"

namespace myelin {
namespace {

Result<Config, ConfigErrors> parse(const std::string& block) {
  return parse_config_text("authorization " + block, "f.conf", ConfigSources{});
}

AuthorizationOptions read(const std::string& block) {
  const auto config = parse(block);
  INFO(block);
  INFO((config ? "" : to_string(config.error())));
  REQUIRE(config);
  return config.value().options.authorization;
}

std::string errors_of(const std::string& block) {
  const auto config = parse(block);
  return config ? "" : to_string(config.error());
}

PermissionOptions permissions_of(const std::string& permissions) {
  const auto read_options = read("{ users: [{user: a, permissions: " + permissions + "}] }");
  REQUIRE(read_options.users.size() == 1);
  REQUIRE(read_options.users[0].permissions);
  return *read_options.users[0].permissions;
}

using Subjects = std::vector<std::string>;

TEST_CASE("Authorization: one user, or a token") {
  const auto single = read("{ user: a, pass: b, timeout: 0.5 }");
  CHECK(single.user == "a");
  CHECK(single.password == "b");
  CHECK(single.timeout == milliseconds(500));
  CHECK(single.is_required());
  CHECK(read("{ token: t, timeout: '3s' }").token == "t");
  CHECK(read("{ token: t, timeout: 4 }").timeout == seconds(4));
  CHECK(read("{ token: t, timeout: 0 }").timeout == seconds(2));
}

TEST_CASE("Authorization: forms exclude each other") {
  CHECK(errors_of("{ user: a, token: t }") == "f.conf:1:0: Cannot have a user/pass and token\n");
  CHECK(errors_of("{ user: a, users: [] }") ==
        "f.conf:1:0: Can not have a single user/pass and a users array\n");
  CHECK(errors_of("{ token: t, users: [] }") ==
        "f.conf:1:0: Can not have a token and a users array\n");
}

TEST_CASE("Authorization: a password without a user would leave the server open") {
  CHECK(errors_of("{ password: p }") == "f.conf:1:0: Cannot have a password without a user\n");
}

TEST_CASE("Authorization: an empty credential is more likely a variable that was not set") {
  CHECK(errors_of("{ token: '' }") == "f.conf:1:16: \"token\" is empty\n");
  CHECK(errors_of("{ user: a, password: '' }") == "f.conf:1:25: \"password\" is empty\n");
  CHECK(errors_of("{ user: '', password: p }") != "");
  CHECK(errors_of("{ users: [{user: a, pass: ''}] }") != "");
  CHECK(read("{ users: [{user: a}] }").users[0].password.empty());
}

TEST_CASE("Authorization: a long timeout is probably a mistake") {
  const auto config = parse("{ token: t, timeout: 1m }");
  REQUIRE(config);
  CHECK(config.value().warnings.size() == 1);
  CHECK(errors_of("{ token: t, timeout: 1e }") != "");
  CHECK(errors_of("{ token: t, timeout: -1 }") != "");
}

TEST_CASE("Authorization: each user needs a name of their own") {
  CHECK(errors_of("{ users: [{password: b}] }") == "f.conf:1:37: User entry requires a user\n");
  CHECK(errors_of("{ users: [{user: a}, {user: a}] }") ==
        "f.conf:1:0: Duplicate user \"a\" detected\n");
  CHECK(errors_of("{ users: [a] }") ==
        "f.conf:1:24: expected a map for each of the users, got a string\n");
}

TEST_CASE("Authorization: subjects are one, a list, or allowed and denied") {
  CHECK(permissions_of("{ publish: foo.* }").publish.allow == Subjects{"foo.*"});
  CHECK(permissions_of("{ pub: [a, b] }").publish.allow == Subjects{"a", "b"});
  const auto both = permissions_of("{ subscribe: {allow: [a, 'b q'], deny: c} }").subscribe;
  CHECK(both.allow == Subjects{"a", "b q"});
  CHECK(both.deny == Subjects{"c"});
}

TEST_CASE("Authorization: an empty list of subjects allows everything") {
  CHECK_FALSE(permissions_of("{ publish: [] }").publish.allow);
  CHECK_FALSE(permissions_of("{ publish: {} }").publish.allow);
  CHECK_FALSE(permissions_of("{ publish: {allow: []} }").publish.allow);
}

TEST_CASE("Authorization: a subject that is none is an error") {
  for (const char* subject : {"'a b'", "'a..b'", "'>.a'", "'.a'", "'a.'", "''"}) {
    INFO(subject);
    CHECK(errors_of("{ users: [{user: a, permissions: {publish: " + std::string(subject) +
                    "}}] }") != "");
  }
  CHECK(errors_of("{ users: [{user: a, permissions: {subscribe: 'a b c'}}] }") != "");
  CHECK(errors_of("{ users: [{user: a, permissions: {subscribe: [1 ]}}] }") != "");
}

TEST_CASE("Authorization: the right to answer takes away the right to publish") {
  const auto answers = permissions_of("{ allow_responses: true }");
  CHECK(answers.publish.allow == Subjects{});
  CHECK(answers.allow_responses == ResponsePermission{1, minutes(2)});
  const auto both = permissions_of("{ allow_responses: {max: -1, expires: '1m'}, publish: a }");
  CHECK(both.publish.allow == Subjects{"a"});
  CHECK(both.allow_responses == ResponsePermission{-1, minutes(1)});
  CHECK(permissions_of("{ allow_responses: {max: 0, ttl: '-1s'} }").allow_responses ==
        ResponsePermission{1, seconds(-1)});
  CHECK_FALSE(permissions_of("{ allow_responses: false }").allow_responses);
}

TEST_CASE("Authorization: default permissions are kept for who has none") {
  const auto options =
      read("{ default_permissions {publish: a}, users: [{user: a}, {user: b, permissions: {}}] }");
  REQUIRE(options.default_permissions);
  CHECK_FALSE(options.users[0].permissions);
  CHECK(options.users[1].permissions);
}

TEST_CASE("Authorization: permissions may be given by a variable") {
  const auto options = read("{ P {publish: a}, users: [{user: a, permission: $P}] }");
  CHECK(options.users[0].permissions->publish.allow == Subjects{"a"});
}

TEST_CASE("Authorization: a user may be kept to some kinds of connections") {
  const auto types = [](const std::string& list) {
    return read("{ users: [{user: a, allowed_connection_types: " + list + "}] }")
        .users[0]
        .connection_types;
  };
  CHECK(types("[standard, WEBSOCKET]") == (kStandardConnection | kWebSocketConnection));
  CHECK(types("WebSocket") == kWebSocketConnection);
  CHECK(types("[MQTT]") == 0);
  CHECK(types("[]") == kAnyConnection);
  CHECK(errors_of("{ users: [{user: a, clients: [STANDAR]}] }")
            .find("invalid connection type \"STANDAR\"") != std::string::npos);
}

}  // namespace
}  // namespace myelin
