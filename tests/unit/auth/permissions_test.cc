#include "core/auth/permissions.h"

#include <catch2/catch.hpp>
#include <string>

#include "core/limits.h"

namespace myelin {

TEST_CASE("Permissions: an absent allow list permits everything, and deny wins") {
  PermissionOptions options;
  options.publish.deny = {"foo.*"};
  options.subscribe.deny = {"bar"};
  Permissions permissions(options);
  CHECK(permissions.may_publish("foo"));
  CHECK(!permissions.may_publish("foo.a"));
  CHECK(permissions.may_subscribe("foo.a", ""));
  CHECK(!permissions.may_subscribe("bar", ""));
  CHECK(!permissions.may_subscribe("bar", "any"));
}

TEST_CASE("Permissions: only what is allowed may be published, if anything is named") {
  PermissionOptions options;
  options.publish.allow = {"foo.>"};
  options.publish.deny = {"foo.secret"};
  Permissions permissions(options);
  CHECK(permissions.may_publish("foo.a.b"));
  CHECK(!permissions.may_publish("foo.secret"));
  CHECK(!permissions.may_publish("bar"));
  CHECK(!permissions.may_publish(""));
}

TEST_CASE("Permissions: a verdict stays the same however many subjects were asked about") {
  PermissionOptions options;
  options.publish.allow = {"even.*"};
  Permissions permissions(options);
  for (int round = 0; round < 2; ++round) {
    for (size_t count = 0; count < 3 * kPermissionCacheMax; ++count) {
      const std::string number = std::to_string(count);
      REQUIRE(permissions.may_publish("even." + number));
      REQUIRE(!permissions.may_publish("odd." + number));
    }
  }
}

TEST_CASE("Permissions: a subscription must lie within what is allowed") {
  PermissionOptions options;
  options.subscribe.allow = {"foo.*"};
  const Permissions permissions(options);
  CHECK(permissions.may_subscribe("foo.a", ""));
  CHECK(permissions.may_subscribe("foo.*", ""));
  CHECK(!permissions.may_subscribe("foo.>", ""));
  CHECK(!permissions.may_subscribe("foo.a.b", ""));
  CHECK(!permissions.may_subscribe(">", ""));
}

TEST_CASE("Permissions: an entry with a queue speaks of that queue alone") {
  PermissionOptions options;
  options.subscribe.allow = {"foo v1.*", "bar"};
  options.subscribe.deny = {"bar q"};
  const Permissions permissions(options);
  CHECK(permissions.may_subscribe("foo", "v1.a"));
  CHECK(!permissions.may_subscribe("foo", "v2.a"));
  CHECK(!permissions.may_subscribe("foo", ""));
  CHECK(permissions.may_subscribe("bar", ""));
  CHECK(permissions.may_subscribe("bar", "p"));
  CHECK(!permissions.may_subscribe("bar", "q"));
}

TEST_CASE("Permissions: a wildcard over a denied subject is filtered when delivered") {
  PermissionOptions options;
  options.subscribe.deny = {"foo.secret"};
  const Permissions permissions(options);
  CHECK(permissions.may_subscribe("foo.*", ""));
  CHECK(permissions.needs_delivery_check("foo.*", ""));
  CHECK(!permissions.needs_delivery_check("bar.*", ""));
  CHECK(!permissions.needs_delivery_check("foo.open", ""));
  CHECK(!permissions.may_deliver("foo.secret", ""));
  CHECK(permissions.may_deliver("foo.open", ""));
}

TEST_CASE("Permissions: who may respond may publish nothing else, unless it is allowed") {
  PermissionOptions options;
  options.allow_responses = ResponsePermission{};
  Permissions permissions(options);
  CHECK(permissions.responses()->max_msgs == 1);
  CHECK(!permissions.may_publish("foo"));
  options.publish.allow = {"foo"};
  CHECK(Permissions(options).may_publish("foo"));
}

}  // namespace myelin
