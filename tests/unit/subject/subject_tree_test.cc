#include "core/subject/subject_tree.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

struct Summary {
  uint64_t count = 0;
  uint64_t first = 0;
  uint64_t last = 0;
};
using Tree = SubjectTree<Summary>;
using Model = std::map<std::string, uint64_t>;
using Found = std::vector<std::pair<std::string, uint64_t>>;

void insert_all(Tree& tree, const std::vector<std::string>& subjects) {
  for (const std::string& subject : subjects) tree.insert(subject).first.count = subject.size();
}

std::vector<std::string> visited(const Tree& tree, std::string_view pattern,
                                 std::string_view after = {}) {
  std::vector<std::string> subjects;
  tree.visit(pattern, after, [&](std::string_view subject, const Summary& summary) {
    CHECK(tree.find(subject) == &summary);
    subjects.emplace_back(subject);
  });
  return subjects;
}

Found found(const Tree& tree, std::string_view pattern, std::string_view after) {
  Found all;
  tree.visit(pattern, after, [&](std::string_view subject, const Summary& summary) {
    all.emplace_back(subject, summary.count);
  });
  return all;
}

Found found(const Model& model, std::string_view pattern, std::string_view after) {
  Found all;
  for (auto at = model.upper_bound(std::string(after)); at != model.end(); ++at) {
    if (matches(pattern, at->first)) all.emplace_back(*at);
  }
  return all;
}

// Few and ugly letters, so that subjects share much, end inside one another, and differ in the
// bytes that signedness and wildcards are about.
std::string random_subject(Random& random, size_t tokens_max, std::string_view letters) {
  std::string subject;
  const uint64_t tokens = 1 + random.below(tokens_max);
  for (uint64_t token = 0; token < tokens; ++token) {
    if (token > 0) subject += '.';
    for (uint64_t left = 1 + random.below(3); left > 0; --left) {
      subject += letters[static_cast<size_t>(random.below(letters.size()))];
    }
  }
  return subject;
}

std::string random_pattern(Random& random, std::string_view letters) {
  std::string pattern = random_subject(random, 4, letters);
  std::string made;
  Tokens tokens(pattern);
  while (const auto token = tokens.next()) {
    if (!made.empty()) made += '.';
    made += random.below(3) == 0 ? std::string_view("*") : *token;
  }
  if (random.below(3) == 0) made += ".>";
  if (random.below(20) == 0) made = ">";
  return made;
}

constexpr std::string_view kLetters("ab\x01\xFF", 4);

}  // namespace

TEST_CASE("SubjectTree: an empty one holds nothing") {
  Tree tree;
  CHECK(tree.empty());
  CHECK(tree.find("a") == nullptr);
  CHECK_FALSE(tree.erase("a"));
  CHECK(visited(tree, ">").empty());
  CHECK(visited(tree, "a").empty());
  tree.clear();
  CHECK(tree.size() == 0);
}

TEST_CASE("SubjectTree: a new value is zero, and the same one is found again") {
  Tree tree;
  const auto [made, is_new] = tree.insert("orders.eu.42");
  CHECK(is_new);
  CHECK(made.count == 0);
  CHECK(made.last == 0);
  made.last = 7;
  const auto [again, is_new_again] = tree.insert("orders.eu.42");
  CHECK_FALSE(is_new_again);
  CHECK(again.last == 7);
  CHECK(tree.size() == 1);
  CHECK(tree.find("orders.eu") == nullptr);
  CHECK(tree.find("orders.eu.421") == nullptr);
}

TEST_CASE("SubjectTree: a subject may end inside another") {
  Tree tree;
  insert_all(tree, {"a.b.c", "a", "a.b", "a.bc"});
  CHECK(visited(tree, ">") == std::vector<std::string>{"a", "a.b", "a.b.c", "a.bc"});
  CHECK(tree.erase("a.b"));
  CHECK_FALSE(tree.erase("a.b"));
  CHECK(visited(tree, ">") == std::vector<std::string>{"a", "a.b.c", "a.bc"});
  CHECK(tree.erase("a"));
  CHECK(tree.erase("a.b.c"));
  CHECK(visited(tree, ">") == std::vector<std::string>{"a.bc"});
}

TEST_CASE("SubjectTree: wildcards take whole tokens") {
  Tree tree;
  insert_all(tree, {"foo", "foo.bar", "foo.baz", "foo.bar.baz", "fo.bar", "bar.foo"});
  CHECK(visited(tree, "*") == std::vector<std::string>{"foo"});
  CHECK(visited(tree, "foo.*") == std::vector<std::string>{"foo.bar", "foo.baz"});
  CHECK(visited(tree, "foo.>") == std::vector<std::string>{"foo.bar", "foo.bar.baz", "foo.baz"});
  CHECK(visited(tree, "*.bar") == std::vector<std::string>{"fo.bar", "foo.bar"});
  CHECK(visited(tree, "*.*.*") == std::vector<std::string>{"foo.bar.baz"});
  CHECK(visited(tree, "foo.bar") == std::vector<std::string>{"foo.bar"});
  CHECK(visited(tree, "fo*").empty());
  CHECK(visited(tree, "foo.bar.baz.>").empty());
}

TEST_CASE("SubjectTree: a wildcard that is stored is only a text") {
  Tree tree;
  insert_all(tree, {"foo.*", "foo.>", "foo.bar"});
  CHECK(tree.find("foo.*") != nullptr);
  CHECK(visited(tree, "foo.*") == std::vector<std::string>{"foo.*", "foo.>", "foo.bar"});
  CHECK(tree.erase("foo.>"));
  CHECK(visited(tree, "foo.>") == std::vector<std::string>{"foo.*", "foo.bar"});
}

TEST_CASE("SubjectTree: a visit is in byte order, unsigned") {
  Tree tree;
  insert_all(tree, {"\xFF", "a", "\x7F", "\x80", "\x01", "a.b", "a-b"});
  const std::vector<std::string> sorted = {"\x01", "a", "a-b", "a.b", "\x7F", "\x80", "\xFF"};
  CHECK(visited(tree, ">") == sorted);
}

TEST_CASE("SubjectTree: a visit ends when it is told to, and goes on after any subject") {
  Tree tree;
  insert_all(tree, {"a", "a.b", "a.c", "b", "b.c"});
  std::string last;
  CHECK(tree.for_each([&](std::string_view subject, Summary&) {
    last = subject;
    return subject == "a.b";
  }));
  CHECK(last == "a.b");
  CHECK(visited(tree, ">", last) == std::vector<std::string>{"a.c", "b", "b.c"});
  CHECK(visited(tree, ">", "a.bb") == std::vector<std::string>{"a.c", "b", "b.c"});
  CHECK(visited(tree, ">", "b.c").empty());
  CHECK(visited(tree, "*", "a") == std::vector<std::string>{"b"});
  CHECK(visited(tree, "a.c", "a.c").empty());
  CHECK(visited(tree, "a.c", "a.b") == std::vector<std::string>{"a.c"});
}

TEST_CASE("SubjectTree: a visit may change the values") {
  Tree tree;
  insert_all(tree, {"a.1", "a.2", "b.1"});
  tree.visit("a.*", [](std::string_view, Summary& summary) { summary.last = 9; });
  CHECK(tree.find("a.1")->last == 9);
  CHECK(tree.find("a.2")->last == 9);
  CHECK(tree.find("b.1")->last == 0);
}

TEST_CASE("SubjectTree: a moved one takes its subjects along") {
  Tree tree;
  insert_all(tree, {"a", "b"});
  Tree other = std::move(tree);
  CHECK(other.size() == 2);
  tree = Tree();
  insert_all(tree, {"c"});
  tree = std::move(other);
  CHECK(visited(tree, ">") == std::vector<std::string>{"a", "b"});
}

TEST_CASE("SubjectTree: a node may have every byte as its way on") {
  Tree tree;
  Model model;
  for (int byte = 255; byte >= 0; --byte) {
    if (byte == '.') continue;
    const std::string subject = "x" + std::string(1, static_cast<char>(byte));
    tree.insert(subject).first.count = model[subject] = static_cast<uint64_t>(byte);
  }
  tree.insert("x").first.count = model["x"] = 1;
  tree.insert("x.y").first.count = model["x.y"] = 2;
  CHECK(found(tree, ">", "") == found(model, ">", ""));
  CHECK(found(tree, "*", "x\x7F") == found(model, "*", "x\x7F"));
  for (const auto& [subject, value] : model) {
    REQUIRE(tree.find(subject)->count == value);
    REQUIRE(tree.erase(subject));
  }
  CHECK(tree.empty());
}

TEST_CASE("SubjectTree: nested subjects of 64 KiB do not exhaust the stack") {
  constexpr size_t kSize = 64 * 1024;
  std::string longest;
  while (longest.size() < kSize) longest += "a.";
  longest += 'a';
  Tree tree;
  size_t stored = 0;
  for (size_t size = 1; size <= longest.size(); size += 32) {
    tree.insert(std::string_view(longest).substr(0, size)).first.count = size;
    ++stored;
  }
  CHECK(tree.size() == stored);
  size_t seen = 0;
  tree.for_each([&](std::string_view subject, const Summary& summary) {
    seen += subject.size() == summary.count ? 1 : 0;
  });
  CHECK(seen == stored);
  CHECK(tree.find(longest)->count == longest.size());
  CHECK(visited(tree, longest) == std::vector<std::string>{longest});
  tree.clear();
  CHECK(tree.empty());
}

TEST_CASE("SubjectTree: answers as a map and a matcher do, whatever is inserted and erased") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    Tree tree;
    Model model;
    for (int step = 0; step < 1500; ++step) {
      const std::string subject = random_subject(random, 4, kLetters);
      if (random.below(100) < (seed % 2 == 0 ? 45 : 65)) {
        const auto [value, is_new] = tree.insert(subject);
        REQUIRE(is_new == !model.contains(subject));
        value.count = model[subject] = random.next();
      } else {
        REQUIRE(tree.erase(subject) == (model.erase(subject) == 1));
      }
      REQUIRE(tree.size() == model.size());
      const std::string other = random_subject(random, 4, kLetters);
      const Summary* value = tree.find(other);
      REQUIRE((value != nullptr) == model.contains(other));
      if (value != nullptr) REQUIRE(value->count == model[other]);
      if (step % 10 != 0) continue;
      const std::string pattern = random_pattern(random, kLetters);
      const std::string after = random.below(2) == 0 ? "" : random_subject(random, 3, kLetters);
      REQUIRE(found(tree, pattern, after) == found(model, pattern, after));
    }
    while (!model.empty()) {
      REQUIRE(tree.erase(model.begin()->first));
      model.erase(model.begin());
      if (model.size() % 64 == 0) REQUIRE(found(tree, ">", "") == found(model, ">", ""));
    }
    REQUIRE(tree.empty());
  }
}

}  // namespace myelin
