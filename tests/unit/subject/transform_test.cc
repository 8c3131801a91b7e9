#include "core/subject/transform.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "core/base/text.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

using Rules = Transform::Rules;

std::string fault(std::string_view source, std::string_view destination,
                  Rules rules = Rules::kFree) {
  const Result<Transform> transform = Transform::compile(source, destination, rules);
  return transform.ok() ? "" : transform.error().context;
}

std::string applied(std::string_view source, std::string_view destination,
                    std::string_view subject) {
  const Result<Transform> transform = Transform::compile(source, destination, Rules::kFree);
  REQUIRE(transform.ok());
  Random random(1);
  return transform.value().apply(subject, random).value_or("(not matched)");
}

TEST_CASE("Transform: wildcards are put where the destination names them") {
  REQUIRE(applied("a.*.*", "$2.{{wildcard(1)}}.x", "a.b.c") == "c.b.x");
  REQUIRE(applied("*.*", "{{ Wildcard( 2 ) }}", "b.c") == "c");
  REQUIRE(applied("*", "$1.$1", "a") == "a.a");
}

TEST_CASE("Transform: a trailing full wildcard carries the rest over") {
  REQUIRE(applied("a.>", "b.c.>", "a.x.y") == "b.c.x.y");
  REQUIRE(applied("*.>", "in.$1.>", "a.x.y") == "in.a.x.y");
  REQUIRE(applied("", "in.>", "x.y") == "in.x.y");
  REQUIRE(applied(">", ">", "x.y") == "x.y");
}

TEST_CASE("Transform: what does not match is not transformed") {
  REQUIRE(applied("a.*", "b.$1", "c.d") == "(not matched)");
  REQUIRE(applied("a.*", "b.$1", "a.d.e") == "(not matched)");
  REQUIRE(applied("a.>", "b.>", "a") == "(not matched)");
  REQUIRE(applied("a.*", "b.$1", "a.*") == "(not matched)");
  REQUIRE(applied("a.>", "b.>", "a..c") == "(not matched)");
}

// The expected numbers are those of nats-server 2.14.5.
TEST_CASE("Transform: partitions are FNV-1a of the tokens, modulo the count") {
  REQUIRE(applied("*", "x.{{partition(5)}}", "a") == "x." + std::to_string(fnv1a_32("a") % 5));
  REQUIRE(applied("*.*", "x.{{partition(10,1,2)}}", "foo.bar") ==
          "x." + std::to_string(fnv1a_32("foobar") % 10));
  REQUIRE(applied("*.*", "x.{{partition(10)}}", "foo.bar") ==
          "x." + std::to_string(fnv1a_32("foo.bar") % 10));
  REQUIRE(applied("a", "x.{{partition(10)}}", "a") == "x." + std::to_string(fnv1a_32("a") % 10));
  REQUIRE(applied("*", "x.{{partition(0)}}", "a") == "x.0");
}

TEST_CASE("Transform: tokens are split at a position from either end") {
  REQUIRE(applied("*", "{{splitFromLeft(1,3)}}", "12345") == "123.45");
  REQUIRE(applied("*", "{{SplitFromRight(1,3)}}", "12345") == "12.345");
  REQUIRE(applied("*", "{{splitfromLeft(1,5)}}", "12345") == "12345");
  REQUIRE(applied("*", "{{splitFromRight(1,-1)}}", "12345") == "12345");
}

TEST_CASE("Transform: tokens are cut into slices from either end") {
  REQUIRE(applied("*", "{{sliceFromLeft(1,2)}}", "12345") == "12.34.5");
  REQUIRE(applied("*", "{{sliceFromRight(1,2)}}", "12345") == "1.23.45");
  REQUIRE(applied("*", "{{sliceFromRight(1,2)}}", "1234") == "12.34");
  REQUIRE(applied("*", "{{sliceFromLeft(1,9)}}", "1234") == "1234");
}

TEST_CASE("Transform: tokens are split at a delimiter, and empty pieces dropped") {
  REQUIRE(applied("*", "{{split(1,-)}}", "a-b-c") == "a.b.c");
  REQUIRE(applied("*", "{{split(1,-)}}", "-a--b-") == "a.b");
  REQUIRE(applied("*", "{{split(1,--)}}", "a--b-c") == "a.b-c");
  REQUIRE(applied("*", "{{split(1,)}}", "abc") == "a.b.c");
}

TEST_CASE("Transform: left and right keep an end of the token") {
  REQUIRE(applied("*", "{{left(1,2)}}", "12345") == "12");
  REQUIRE(applied("*", "{{right(1,2)}}", "12345") == "45");
  REQUIRE(applied("*", "{{left(1,7)}}", "12345") == "12345");
}

TEST_CASE("Transform: random numbers stay below their bound, and replay with the seed") {
  const Result<Transform> transform = Transform::compile("*", "x.{{random(4)}}", Rules::kFree);
  REQUIRE(transform.ok());
  Random random(3);
  Random again(3);
  std::set<std::string> seen;
  for (int round = 0; round < 200; ++round) {
    const std::string subject = transform.value().apply("a", random).value();
    REQUIRE(transform.value().apply("a", again) == subject);
    seen.insert(subject);
  }
  REQUIRE(seen == std::set<std::string>{"x.0", "x.1", "x.2", "x.3"});
}

TEST_CASE("Transform: what begins with a dollar and is no number is text") {
  REQUIRE(applied("*", "$JS.$1", "a") == "$JS.a");
  REQUIRE(applied("a", "$SYS.x", "a") == "$SYS.x");
}

TEST_CASE("Transform: faults are worded as nats-server words them") {
  const std::string prefix = "invalid mapping destination: ";
  REQUIRE(fault("a.*", "b.*") == "invalid subject");
  REQUIRE(fault("a.>", "b") == "invalid subject");
  REQUIRE(fault("a..b", "b") == "invalid subject");
  REQUIRE(fault("a.*", "b..c") == "invalid subject");
  REQUIRE(fault("a.*", "b.$2") == prefix + "wildcard index out of range in $2: [2]");
  REQUIRE(fault("a", "b.$1") == prefix + "wildcard index out of range in $1");
  REQUIRE(fault("*", "{{foo(1)}}") == prefix + "unknown function in {{foo(1)}}");
  REQUIRE(fault("*", "{{wildcard()}}") ==
          prefix + "not enough arguments passed to the function in {{wildcard()}}");
  REQUIRE(fault("*", "{{wildcard(1,2)}}") ==
          prefix + "too many arguments passed to the function in {{wildcard(1,2)}}");
  REQUIRE(fault("*", "{{partition(x)}}") ==
          prefix + "function argument is invalid or in the wrong format in {{partition(x)}}");
}

TEST_CASE("Transform: a mapping knows neither left nor right, and takes no white space") {
  REQUIRE(fault("*", "{{left(1,2)}}", Rules::kMapping) ==
          "invalid mapping destination: unknown function in {{left(1,2)}}");
  REQUIRE(fault("*", "{{right(1,2)}}", Rules::kMapping) ==
          "invalid mapping destination: unknown function in {{right(1,2)}}");
  REQUIRE(fault("*", "a b", Rules::kMapping) == "invalid mapping destination: invalid transform");
  REQUIRE(fault("*", "a..b", Rules::kMapping) == "invalid mapping destination: invalid transform");
  REQUIRE(fault("*", "a.{{ wildcard( 1 ) }}", Rules::kMapping) == "");
}

TEST_CASE("Transform: what must be reversible uses each wildcard, and nothing else") {
  REQUIRE(fault("*.*", "x.$2.$1", Rules::kReversible) == "");
  REQUIRE(fault("*.*", "x.$1", Rules::kReversible) ==
          "invalid mapping destination: not using all of the token wildcard(s) in x.$1");
  REQUIRE(fault("*", "{{left(1,2)}}", Rules::kReversible) ==
          "invalid mapping destination: the only mapping function allowed for import transforms is "
          "{{Wildcard()}} in {{left(1,2)}}");
}

TEST_CASE("Transform: a destination that repeats a token without end gives nothing") {
  std::string destination = "$1";
  for (int repeat = 0; repeat < 1000; ++repeat) destination += ".$1";
  const Result<Transform> transform = Transform::compile("*", destination, Rules::kFree);
  REQUIRE(transform.ok());
  Random random(1);
  REQUIRE(transform.value().apply(std::string(10, 'a'), random).has_value());
  REQUIRE_FALSE(transform.value().apply(std::string(1000, 'a'), random).has_value());
  REQUIRE_FALSE(
      Transform::compile("*", std::string(kTransformedSizeMax + 1, 'a'), Rules::kFree).ok());
}

TEST_CASE("Transform: whatever a destination holds, it is compiled or refused, and applied") {
  static const char* const kScraps[] = {"{{",        "}}",
                                        "(",         ")",
                                        "wildcard",  "split",
                                        "random",    "1",
                                        "-2",        ",",
                                        ".",         ">",
                                        "*",         " ",
                                        "$1",        "$",
                                        "left",      "\n",
                                        "a",         "99999999999",
                                        "partition", "sliceFromLeft"};
  Random random(11);
  int compiled = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string destination;
    for (uint64_t scraps = 1 + random.below(10); scraps > 0; --scraps) {
      destination += kScraps[random.below(std::size(kScraps))];
    }
    const char* source = random.below(2) == 0 ? "*.*" : "a.*.>";
    for (const Rules rules : {Rules::kFree, Rules::kMapping, Rules::kReversible}) {
      const Result<Transform> transform = Transform::compile(source, destination, rules);
      if (!transform.ok()) continue;
      ++compiled;
      for (const char* subject : {"a.b", "a.b.c", "a.-.--", "..", "", "a"}) {
        (void)transform.value().apply(subject, random);
        (void)transform.value().rewrite(subject, random);
      }
    }
  }
  REQUIRE(compiled > 100);
}

}  // namespace
}  // namespace myelin
