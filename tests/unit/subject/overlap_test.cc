#include "core/subject/overlap.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/subject/subject.h"

namespace myelin {
namespace {

TEST_CASE("overlap: the narrower of two patterns is what they share") {
  CHECK(overlap("a.>", "a.b.*") == "a.b.*");
  CHECK(overlap("a.b", "*.*") == "a.b");
  CHECK(overlap(">", ">") == ">");
}

TEST_CASE("overlap: what only overlaps shares a pattern narrower than both") {
  CHECK(overlap("a.*.c", "*.b.>") == "a.b.c");
  CHECK(overlap("*.b.*", "a.>") == "a.b.*");
  CHECK(overlap("a.*.>", "*.b.c.>") == "a.b.c.>");
}

TEST_CASE("overlap: apart are other tokens, and too few of them") {
  CHECK_FALSE(overlap("a.b", "a.c"));
  CHECK_FALSE(overlap("a.*", "a"));
  CHECK_FALSE(overlap("a.>", "a"));
  CHECK_FALSE(overlap("a.b.>", "*.b"));
}

TEST_CASE("overlap: matches just what both match") {
  const std::vector<std::string> tokens{"a", "b", "*", ">"};
  std::vector<std::string> patterns;
  for (const std::string& x : tokens) {
    patterns.push_back(x);
    for (const std::string& y : tokens) {
      patterns.push_back(x + "." + y);
      for (const std::string& z : tokens) patterns.push_back(x + "." + y + "." + z);
    }
  }
  std::erase_if(patterns, [](const std::string& each) { return !is_valid_subject(each); });
  for (const std::string& a : patterns) {
    for (const std::string& b : patterns) {
      const std::optional<std::string> both = overlap(a, b);
      for (const std::string& subject : patterns) {
        if (!is_literal(subject)) continue;
        const bool is_in_both = matches(a, subject) && matches(b, subject);
        const bool is_in_overlap = both && matches(*both, subject);
        CHECK(is_in_both == is_in_overlap);
      }
    }
  }
}

}  // namespace
}  // namespace myelin
