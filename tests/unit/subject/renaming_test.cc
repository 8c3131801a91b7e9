#include "core/subject/renaming.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

Renaming renaming(std::string_view theirs, std::string_view ours) {
  Result<Renaming> made = Renaming::compile(theirs, ours);
  REQUIRE(made.ok());
  return std::move(made.value());
}

TEST_CASE("Renaming: stars keep their order") {
  const Renaming names = renaming("m.*.*", "b.*.x.*");
  CHECK(names.to_ours("m.1.2") == "b.1.x.2");
  CHECK(names.to_theirs("b.1.x.2") == "m.1.2");
  CHECK(names.to_theirs("b.*.x.2") == "m.*.2");
}

TEST_CASE("Renaming: numbered wildcards change places, in both directions") {
  const Renaming names = renaming("m.*.*.*", "b.$2.{{wildcard(3)}}.$1");
  CHECK(Renaming::as_pattern("b.$2.{{wildcard(3)}}.$1") == "b.*.*.*");
  CHECK(names.to_ours("m.1.2.3") == "b.2.3.1");
  CHECK(names.to_theirs("b.2.3.1") == "m.1.2.3");
}

TEST_CASE("Renaming: a trailing wildcard is carried over") {
  const Renaming names = renaming("m.*.>", "b.$1.c.>");
  CHECK(names.to_ours("m.1.2.3") == "b.1.c.2.3");
  CHECK(names.to_theirs("b.1.c.2.>") == "m.1.2.>");
}

TEST_CASE("Renaming: every wildcard must have its place") {
  const Result<Renaming> lost = Renaming::compile("m.*.*", "b.$1");
  REQUIRE_FALSE(lost.ok());
  CHECK(lost.error().context ==
        "invalid mapping destination: not using all of the token wildcard(s) in b.$1");
  CHECK_FALSE(Renaming::compile("m.*", "b.{{partition(3,1)}}").ok());
  CHECK_FALSE(Renaming::compile("m.*", "b.$2").ok());
  CHECK_FALSE(Renaming::compile("m.>", "b").ok());
}

}  // namespace
}  // namespace myelin
