#include "core/subject/mapping.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

namespace myelin {
namespace {

using Outcome = Mapped::Outcome;

Status add(Mappings& mappings, std::string_view source, std::vector<MappingTarget> targets) {
  return mappings.add(source, targets);
}

// How often each subject comes out; the empty one stands for what is lost.
std::map<std::string, int> outcomes(const Mappings& mappings, std::string_view subject,
                                    int rounds = 10'000) {
  Random random(5);
  std::map<std::string, int> times;
  for (int round = 0; round < rounds; ++round) {
    const Mapped mapped = mappings.choose(subject, random);
    ++times[mapped.outcome == Outcome::kUnchanged ? std::string(subject) : mapped.subject];
  }
  return times;
}

bool is_about(int times, int per_cent) { return std::abs(times - per_cent * 100) < 200; }

TEST_CASE("Mappings: a subject that no source matches stays what it is") {
  Mappings mappings;
  REQUIRE(add(mappings, "foo.*", {{"bar.$1"}}).ok());
  Random random(1);
  REQUIRE(mappings.choose("other.x", random).outcome == Outcome::kUnchanged);
  REQUIRE(mappings.choose("foo", random).outcome == Outcome::kUnchanged);
  REQUIRE(mappings.choose("foo.x", random).subject == "bar.x");
}

TEST_CASE("Mappings: the first source that matches decides") {
  Mappings mappings;
  REQUIRE(add(mappings, "foo.bar", {{"first"}}).ok());
  REQUIRE(add(mappings, "foo.*", {{"second"}}).ok());
  REQUIRE(add(mappings, "foo.>", {{"third.>"}}).ok());
  Random random(1);
  REQUIRE(mappings.choose("foo.bar", random).subject == "first");
  REQUIRE(mappings.choose("foo.baz", random).subject == "second");
  REQUIRE(mappings.choose("foo.a.b", random).subject == "third.a.b");
}

TEST_CASE("Mappings: a later rule for the same source takes the place of the earlier") {
  Mappings mappings;
  REQUIRE(add(mappings, "foo", {{"old"}}).ok());
  REQUIRE(add(mappings, "foo", {{"new"}}).ok());
  Random random(1);
  REQUIRE(mappings.choose("foo", random).subject == "new");
}

TEST_CASE("Mappings: what the weights leave over stays with the original") {
  Mappings mappings;
  REQUIRE(add(mappings, "foo.*", {{"a.$1", 20}, {"b.$1", 30}}).ok());
  auto times = outcomes(mappings, "foo.x");
  REQUIRE(times.size() == 3);
  REQUIRE(is_about(times["a.x"], 20));
  REQUIRE(is_about(times["b.x"], 30));
  REQUIRE(is_about(times["foo.x"], 50));
}

TEST_CASE("Mappings: a source that is its own destination means loss") {
  Mappings mappings;
  REQUIRE(add(mappings, "foo", {{"foo", 80}}).ok());
  auto times = outcomes(mappings, "foo");
  REQUIRE(times.size() == 2);
  REQUIRE(is_about(times["foo"], 80));
  REQUIRE(is_about(times[""], 20));
}

TEST_CASE("Mappings: full weights leave nothing over") {
  Mappings mappings;
  REQUIRE(add(mappings, "foo", {{"a", 50}, {"b", 50}}).ok());
  auto times = outcomes(mappings, "foo");
  REQUIRE(times.size() == 2);
  REQUIRE(is_about(times["a"], 50));
}

TEST_CASE("Mappings: a weight of nothing keeps everything") {
  Mappings mappings;
  REQUIRE(add(mappings, "foo.>", {{"a.>", 0}}).ok());
  REQUIRE(outcomes(mappings, "foo.x", 100) == std::map<std::string, int>{{"foo.x", 100}});
}

TEST_CASE("Mappings: a wildcard published as text is mapped by wildcards") {
  Mappings mappings;
  REQUIRE(add(mappings, "w.*", {{"w2.$1"}}).ok());
  Random random(1);
  REQUIRE(mappings.choose("w.*", random).subject == "w2.*");
}

TEST_CASE("Mappings: faults are worded as nats-server words them, and change nothing") {
  Mappings mappings;
  const auto fault = [&](std::string_view source, std::vector<MappingTarget> targets) {
    const Status status = add(mappings, source, std::move(targets));
    return status.ok() ? "" : status.error().context;
  };
  REQUIRE(fault("foo..bar", {{"a"}}) == "invalid subject");
  REQUIRE(fault("foo", {{"a", 50}, {"a", 10}}) == "duplicate entry for \"a\"");
  REQUIRE(fault("foo", {{"a", 101}}) == "individual weights need to be <= 100");
  REQUIRE(fault("foo", {{"a", 60}, {"b", 60}}) == "total weight needs to be <= 100");
  REQUIRE(fault("foo.*", {{"a.$2"}}) ==
          "invalid mapping destination: wildcard index out of range in $2: [2]");
  REQUIRE(fault("foo.*", {{""}}) == "invalid mapping destination: invalid transform");
  REQUIRE(mappings.empty());
}

}  // namespace
}  // namespace myelin
