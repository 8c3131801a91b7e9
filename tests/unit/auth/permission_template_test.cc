#include "core/auth/permission_template.h"

#include <catch2/catch.hpp>

using namespace myelin;
using Patterns = std::vector<std::string>;

namespace {

const Patterns kTags{"team:red", "team:blue", "zone:eu", "plain"};
const Patterns kAccountTags{"org:acme"};

TemplateFacts facts() {
  return {.name = "ann",
          .subject = "UANN",
          .account_name = "Sales",
          .account_subject = "ASALES",
          .tags = kTags,
          .account_tags = kAccountTags};
}

std::optional<Patterns> allow(Patterns patterns) {
  PermissionOptions permissions;
  permissions.publish.allow = std::move(patterns);
  if (!fill_templates(permissions, facts())) return std::nullopt;
  return permissions.publish.allow.value_or(Patterns{});
}

std::optional<Patterns> deny(Patterns patterns) {
  PermissionOptions permissions;
  permissions.subscribe.deny = std::move(patterns);
  if (!fill_templates(permissions, facts())) return std::nullopt;
  return permissions.subscribe.deny;
}

}  // namespace

TEST_CASE("permission template: blanks are filled with who somebody is") {
  CHECK(allow({"a.{{name()}}.{{subject()}}"}) == Patterns{"a.ann.UANN"});
  CHECK(allow({"{{account-name()}}.{{ account-subject() }}.>"}) == Patterns{"Sales.ASALES.>"});
  CHECK(allow({"{{NAME()}}"}) == Patterns{"ann"});
  CHECK(allow({"x.{{name()}}.y.{{name()}}"}) == Patterns{"x.ann.y.ann"});
}

TEST_CASE("permission template: each of several tags makes a pattern, and their products") {
  CHECK(allow({"t.{{tag(team)}}"}) == Patterns{"t.red", "t.blue"});
  CHECK(allow({"{{tag(team)}}.{{tag(zone)}}.{{account-tag(org)}}"}) ==
        Patterns{"red.eu.acme", "blue.eu.acme"});
  CHECK(allow({"{{tag(TEAM)}}"}) == Patterns{"red", "blue"});
}

TEST_CASE("permission template: what cannot be filled is not allowed, and cannot be denied") {
  CHECK(allow({"a.{{tag(none)}}", "b"}) == Patterns{"b"});
  CHECK_FALSE(deny({"a.{{tag(none)}}", "b"}));
}

TEST_CASE("permission template: a list that allowed something never becomes one that allows all") {
  PermissionOptions permissions;
  permissions.publish.allow = Patterns{"a.{{tag(none)}}"};
  permissions.subscribe.allow = Patterns{"b.{{tag(none)}}"};
  REQUIRE(fill_templates(permissions, facts()));
  CHECK(permissions.publish.deny == Patterns{">"});
  CHECK(permissions.subscribe.deny == Patterns{">"});
}

TEST_CASE("permission template: an operation that is none lets nobody in") {
  CHECK_FALSE(allow({"a.{{color()}}"}));
  CHECK_FALSE(allow({"a.{{}} }}"}) == std::nullopt);  // no blank: nothing between the braces
}

TEST_CASE("permission template: lists without blanks stay as they are") {
  CHECK(allow({"a b", "c"}) == Patterns{"a b", "c"});
  CHECK(deny({"a b", "{{"}) == Patterns{"a b", "{{"});
  CHECK(allow({"a b", "{{name()}}"}) == Patterns{"ann"});
}

TEST_CASE("permission template: patterns are bounded") {
  Patterns many;
  for (int index = 0; index < 65; ++index) many.push_back("n:" + std::to_string(index));
  PermissionOptions permissions;
  permissions.publish.allow = Patterns{"{{tag(n)}}.{{tag(n)}}x"};
  const TemplateFacts wide{.name = "",
                           .subject = "",
                           .account_name = "",
                           .account_subject = "",
                           .tags = many,
                           .account_tags = kAccountTags};
  CHECK_FALSE(fill_templates(permissions, wide));
  many.resize(64);
  permissions.publish.allow = Patterns{"{{tag(n)}}.{{tag(n)}}x"};
  CHECK(fill_templates(permissions, wide));
}
