#include "core/subject/subject.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace myelin {
namespace {

// Every sequence of up to `depth` tokens of `alphabet`.
std::vector<std::string> all_subjects(const std::vector<std::string>& alphabet, size_t depth) {
  std::vector<std::string> subjects = alphabet;
  size_t begin = 0;
  for (size_t level = 1; level < depth; ++level) {
    const size_t end = subjects.size();
    for (size_t index = begin; index < end; ++index) {
      for (const std::string& token : alphabet) subjects.push_back(subjects[index] + "." + token);
    }
    begin = end;
  }
  return subjects;
}

// Patterns of up to three tokens, and literals one token longer over one letter more: enough for
// every difference between two such patterns to show.
struct SmallWorld {
  SmallWorld() : literals(all_subjects({"a", "b", "c"}, 4)) {
    for (const std::string& subject : all_subjects({"a", "b", "*", ">"}, 3)) {
      if (is_valid_subject(subject)) patterns.push_back(subject);
    }
  }
  std::vector<std::string> patterns;
  std::vector<std::string> literals;
};

TEST_CASE("Subject: tokens are what stands between the dots, empty ones too") {
  Tokens tokens("a..bc.");
  REQUIRE(tokens.next() == "a");
  REQUIRE(tokens.next() == "");
  REQUIRE(tokens.next() == "bc");
  REQUIRE(tokens.next() == "");
  REQUIRE_FALSE(tokens.next());
  Tokens of_nothing("");
  REQUIRE(of_nothing.next() == "");
  REQUIRE_FALSE(of_nothing.next());
}

TEST_CASE("Subject: no token may be empty, and `>` stands at the end alone") {
  for (const char* subject :
       {"a", "a.b", "*", ">", "a.*.b", "a.>", "*.>", "a*", "a>.b", "$SYS.x"}) {
    INFO(subject);
    REQUIRE(is_valid_subject(subject));
  }
  for (const char* subject : {"", ".", "a.", ".a", "a..b", ">.a", "a.>.b", ">.>"}) {
    INFO(subject);
    REQUIRE_FALSE(is_valid_subject(subject));
  }
}

TEST_CASE("Subject: white space is in no subject, other bytes are") {
  for (const char* subject : {" ", "a b", "a.\t", "\r", "a\n", "a.b\f"}) {
    REQUIRE_FALSE(is_valid_subject(subject));
  }
  REQUIRE(is_valid_subject("h\xC3\xA9.\xFF\x01"));
  REQUIRE(is_valid_subject(std::string_view("a\0b", 3)));
}

TEST_CASE("Subject: a wildcard is a whole token") {
  for (const char* subject : {"a", "a*", "*a", "a.b>", "**", ">>", "a.*b.c"}) {
    REQUIRE(is_literal(subject));
    REQUIRE(is_valid_literal(subject));
  }
  for (const char* subject : {"*", ">", "a.*", "*.a", "a.*.b", "a.>"}) {
    REQUIRE_FALSE(is_literal(subject));
    REQUIRE_FALSE(is_valid_literal(subject));
  }
}

TEST_CASE("Subject: a full wildcard needs one more token") {
  REQUIRE_FALSE(matches("foo.>", "foo"));
  REQUIRE(matches("foo.>", "foo.bar"));
  REQUIRE(matches("foo.>", "foo.bar.baz"));
  REQUIRE(matches(">", "foo"));
}

TEST_CASE("Subject: nothing matches a subject with an empty token") {
  for (const char* literal : {"", ".", "a.", ".a", "a..b"}) {
    for (const char* pattern : {">", "*", "*.*", "*.*.*", "a.>", "a.", ".a", ""}) {
      INFO(pattern << " and " << literal);
      REQUIRE_FALSE(matches(pattern, literal));
    }
  }
}

TEST_CASE("Subject: a wildcard published as text is a text") {
  REQUIRE(matches("foo.*", "foo.*"));
  REQUIRE(matches("foo.>", "foo.*"));
  REQUIRE(matches("foo.*", "foo.>"));
  REQUIRE_FALSE(matches("foo.bar", "foo.*"));
}

TEST_CASE("Subject: tokens are counted as the token limit counts them") {
  REQUIRE(token_count("") == 0);
  REQUIRE(token_count("a") == 1);
  REQUIRE(token_count("a.b.c") == 3);
}

TEST_CASE("Subject: two patterns collide exactly if some literal matches both") {
  const SmallWorld world;
  for (const std::string& a : world.patterns) {
    for (const std::string& b : world.patterns) {
      bool shared = false;
      for (const std::string& literal : world.literals) {
        shared = shared || (matches(a, literal) && matches(b, literal));
      }
      if (collide(a, b) != shared) FAIL(a << " and " << b);
    }
  }
}

TEST_CASE("Subject: a pattern is a subset exactly if no literal of its own escapes the other") {
  const SmallWorld world;
  for (const std::string& narrow : world.patterns) {
    for (const std::string& wide : world.patterns) {
      bool escapes = false;
      for (const std::string& literal : world.literals) {
        escapes = escapes || (matches(narrow, literal) && !matches(wide, literal));
      }
      if (is_subset(narrow, wide) == escapes) FAIL(narrow << " in " << wide);
    }
  }
}

}  // namespace
}  // namespace myelin
