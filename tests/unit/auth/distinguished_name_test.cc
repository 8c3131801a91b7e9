#include "core/auth/distinguished_name.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

bool same(std::string_view left, std::string_view right) {
  const auto a = DistinguishedName::parse(left);
  const auto b = DistinguishedName::parse(right);
  REQUIRE(a);
  REQUIRE(b);
  return *a == *b;
}

}  // namespace

TEST_CASE("DistinguishedName: the order of attributes and the case of types do not count") {
  CHECK(same("CN=ann,OU=a,O=c", "o=c, cn=ann , OU=a"));
  CHECK(same("CN=ann,OU=a+OU=b", "OU=b,OU=a,CN=ann"));
  CHECK_FALSE(same("CN=ann", "CN=Ann"));
  CHECK_FALSE(same("CN=ann,OU=a", "CN=ann"));
  CHECK_FALSE(same("CN=ann,OU=a", "CN=ann,OU=a,OU=a"));
}

TEST_CASE("DistinguishedName: escapes are undone") {
  CHECK(same("O=Acme\\, Inc.", "O=Acme\\2c Inc."));
  CHECK(same("CN=two  words", "CN= two  words "));
  CHECK_FALSE(same("CN=a\\ ", "CN=a"));
  CHECK(same("CN=\\c3\\a9", "CN=\xc3\xa9"));
}

TEST_CASE("DistinguishedName: what is none is none") {
  for (const char* text :
       {"", "ann", "=x", "CN=a\\", "CN=a\\zz", "CN=#0401", "CN=a,,O=b", "a,CN=b"}) {
    INFO(text);
    CHECK_FALSE(DistinguishedName::parse(text));
  }
}

TEST_CASE("DistinguishedName: domain components may be left out") {
  const auto whole = DistinguishedName::parse("CN=ann,O=c,DC=example,DC=com");
  const auto known = DistinguishedName::parse("CN=ann,O=c");
  REQUIRE(whole);
  CHECK(whole->well_known() == *known);
}

}  // namespace myelin
