#include "core/subject/sublist.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/random.h"

namespace myelin {
namespace {

class Subscriber {
 public:
  explicit Subscriber(std::string subject, std::string queue = "", uint32_t weight = 1)
      : subject_(std::move(subject)), queue_(std::move(queue)), weight_(weight) {}

  std::string_view subject() const { return subject_; }
  std::string_view queue() const { return queue_; }
  uint32_t weight() const { return weight_; }
  uint32_t& sublist_index() { return sublist_index_; }

 private:
  std::string subject_;
  std::string queue_;
  uint32_t weight_;
  uint32_t sublist_index_ = 0;
};

using List = Sublist<Subscriber>;
constexpr size_t kCacheMax = 1024;

std::vector<std::string> plain_subjects(const Match<Subscriber>& match) {
  std::vector<std::string> subjects;
  for (const Subscriber* taker : match.plain) subjects.emplace_back(taker->subject());
  return subjects;
}

// What a Sublist must answer, found by asking each subscription in turn.
class SlowSublist {
 public:
  void insert(Subscriber& taker) { takers_.push_back(&taker); }
  void remove(Subscriber& taker) {
    takers_.erase(std::find(takers_.begin(), takers_.end(), &taker));
  }

  std::map<std::string, std::vector<Subscriber*>> match(std::string_view literal) const {
    std::map<std::string, std::vector<Subscriber*>> found;
    for (Subscriber* taker : takers_) {
      if (matches(taker->subject(), literal)) found[std::string(taker->queue())].push_back(taker);
    }
    for (auto& [name, members] : found) std::sort(members.begin(), members.end());
    return found;
  }

  std::vector<Subscriber*> overlapping(std::string_view pattern) const {
    std::vector<Subscriber*> found;
    for (Subscriber* taker : takers_) {
      if (collide(taker->subject(), pattern)) found.push_back(taker);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  const std::vector<Subscriber*>& takers() const { return takers_; }

 private:
  std::vector<Subscriber*> takers_;
};

std::map<std::string, std::vector<Subscriber*>> by_queue(const Match<Subscriber>& match) {
  std::map<std::string, std::vector<Subscriber*>> found;
  if (!match.plain.empty()) found[""].assign(match.plain.begin(), match.plain.end());
  for (const auto& group : match.groups) {
    std::vector<Subscriber*>& members = found[std::string(group.name())];
    REQUIRE(members.empty());
    members.assign(group.members.begin(), group.members.end());
    uint64_t weight = 0;
    for (const Subscriber* member : members) weight += member->weight();
    REQUIRE(weight == group.weight);
  }
  for (auto& [name, members] : found) std::sort(members.begin(), members.end());
  return found;
}

size_t pick(Random& random, size_t count) { return static_cast<size_t>(random.below(count)); }

// Few tokens, so that patterns meet, share prefixes and repeat.
std::string random_subject(Random& random, bool with_wildcards) {
  static const char* const kTokens[] = {"a", "b", "c", "long-token-name", "*", ">"};
  std::string subject;
  const uint64_t count = 1 + random.below(5);
  for (uint64_t index = 0; index < count; ++index) {
    if (index > 0) subject += '.';
    const char* token = kTokens[random.below(with_wildcards ? 6 : 4)];
    if (*token == '>' && index + 1 < count) token = "*";
    subject += token;
  }
  return subject;
}

// One draw per statement, so that every compiler draws in the same order.
std::unique_ptr<Subscriber> random_subscriber(Random& random) {
  static const char* const kQueues[] = {"", "", "", "q1", "q2", "workers"};
  const bool with_wildcards = random.below(2) == 0;
  const std::string subject = random_subject(random, with_wildcards);
  const char* queue = kQueues[random.below(6)];
  const auto weight = static_cast<uint32_t>(1 + random.below(3));
  return std::make_unique<Subscriber>(subject, queue, weight);
}

void compare_with_the_slow_model(uint64_t seed, size_t cache_max, int steps) {
  Random random(seed);
  List list(cache_max, seed);
  SlowSublist slow;
  std::vector<std::unique_ptr<Subscriber>> all;
  for (int step = 0; step < steps; ++step) {
    const uint64_t deed = random.below(10);
    if (deed < 2) {
      all.push_back(random_subscriber(random));
      REQUIRE(list.insert(*all.back()));
      slow.insert(*all.back());
    } else if (deed < 4 && !slow.takers().empty()) {
      Subscriber& gone = *slow.takers()[pick(random, slow.takers().size())];
      list.remove(gone);
      slow.remove(gone);
    } else {
      const bool with_wildcards = random.below(20) == 0;
      const std::string subject = random_subject(random, with_wildcards);
      const auto expected = slow.match(subject);
      REQUIRE(list.has_interest(subject) == !expected.empty());
      REQUIRE(by_queue(list.match(subject)) == expected);
    }
    REQUIRE(list.size() == slow.takers().size());
    REQUIRE(list.cache_size() <= cache_max);
    if (step % 64 == 0) {
      const std::string pattern = random_subject(random, true);
      std::vector<Subscriber*> overlapping = list.overlapping(pattern);
      std::sort(overlapping.begin(), overlapping.end());
      REQUIRE(overlapping == slow.overlapping(pattern));
    }
  }
  while (!slow.takers().empty()) {
    Subscriber& gone = *slow.takers().front();
    list.remove(gone);
    slow.remove(gone);
    const std::string subject = random_subject(random, false);
    REQUIRE(by_queue(list.match(subject)) == slow.match(subject));
  }
}

TEST_CASE("Sublist: answers as the slow model does, whatever the cache") {
  for (const size_t cache_max : {size_t{0}, size_t{1}, size_t{8}, size_t{100}, size_t{4096}}) {
    for (uint64_t seed = 1; seed <= 8; ++seed) {
      INFO("seed " << seed << ", cache " << cache_max);
      compare_with_the_slow_model(seed, cache_max, 2000);
    }
  }
}

TEST_CASE("Sublist: a full wildcard needs one more token") {
  List list(kCacheMax);
  Subscriber all("foo.>");
  REQUIRE(list.insert(all));
  REQUIRE(list.match("foo").empty());
  REQUIRE(list.match("foo.bar").plain.size() == 1);
  REQUIRE(list.match("foo.bar.baz").plain.size() == 1);
}

TEST_CASE("Sublist: refuses a subject that cannot be subscribed to") {
  List list(kCacheMax);
  for (const char* subject : {"", ".", "a.", ".a", "a..b", ">.a", "a.>.b", "a b", "a.\t"}) {
    Subscriber subscriber(subject);
    REQUIRE_FALSE(list.insert(subscriber));
  }
  REQUIRE(list.size() == 0);
}

TEST_CASE("Sublist: a subject with an empty token reaches nobody") {
  List list(kCacheMax);
  Subscriber everything(">");
  Subscriber two("*.*");
  REQUIRE(list.insert(everything));
  REQUIRE(list.insert(two));
  for (const char* subject : {"", ".", "a.", ".a", "a..b"}) {
    for (int round = 0; round < 3; ++round) REQUIRE(list.match(subject).empty());
    REQUIRE_FALSE(list.has_interest(subject));
  }
}

TEST_CASE("Sublist: a wildcard published as text is taken by wildcards alone") {
  List list(kCacheMax);
  Subscriber bar("foo.bar");
  Subscriber star("foo.*");
  Subscriber full("foo.>");
  for (Subscriber* subscriber : {&bar, &star, &full}) REQUIRE(list.insert(*subscriber));
  REQUIRE(list.match("foo.*").plain.size() == 2);
  REQUIRE(list.match("foo.>").plain.size() == 2);
}

TEST_CASE("Sublist: a wildcard inside a token is text") {
  List list(kCacheMax);
  Subscriber odd("foo*.b>r");
  REQUIRE(list.insert(odd));
  REQUIRE(list.match("foo*.b>r").plain.size() == 1);
  REQUIRE(list.match("fooo.bar").empty());
}

TEST_CASE("Sublist: one group per queue name, whatever the patterns of its members") {
  List list(kCacheMax);
  Subscriber literal("foo.bar", "q");
  Subscriber star("foo.*", "q");
  Subscriber full("foo.>", "q");
  Subscriber other("foo.*", "p", 3);
  for (Subscriber* subscriber : {&literal, &star, &full, &other}) REQUIRE(list.insert(*subscriber));

  const Match<Subscriber>& match = list.match("foo.bar");

  REQUIRE(match.plain.empty());
  REQUIRE(match.groups.size() == 2);
  REQUIRE(match.groups[0].name() == "p");
  REQUIRE(match.groups[0].weight == 3);
  REQUIRE(match.groups[1].name() == "q");
  REQUIRE(match.groups[1].members.size() == 3);
  REQUIRE(match.groups[1].members[0] == &literal);
}

TEST_CASE("Sublist: takers of one subject are in the order of their insertion") {
  List list(kCacheMax);
  std::vector<std::unique_ptr<Subscriber>> takers;
  for (int index = 0; index < 20; ++index) {
    takers.push_back(std::make_unique<Subscriber>("foo"));
    REQUIRE(list.insert(*takers.back()));
  }
  for (int round = 0; round < 3; ++round) {
    const Match<Subscriber>& match = list.match("foo");
    REQUIRE(match.plain.size() == takers.size());
    for (size_t index = 0; index < takers.size(); ++index) {
      REQUIRE(match.plain[index] == takers[index].get());
    }
  }
}

TEST_CASE("Sublist: the order of a match does not depend on the seed") {
  const std::vector<std::string> subjects = {"a.b", ">", "*.b", "a.*", "a.>", "*.*", "a.b"};
  std::vector<std::string> first;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    List list(kCacheMax, seed);
    std::vector<std::unique_ptr<Subscriber>> takers;
    for (const std::string& subject : subjects) {
      takers.push_back(std::make_unique<Subscriber>(subject));
      REQUIRE(list.insert(*takers.back()));
    }
    const std::vector<std::string> order = plain_subjects(list.match("a.b"));
    REQUIRE(order.size() == subjects.size());
    if (first.empty()) first = order;
    REQUIRE(order == first);
  }
}

TEST_CASE("Sublist: the second miss is remembered, and the third match is a hit") {
  List list(kCacheMax);
  Subscriber star("foo.*");
  REQUIRE(list.insert(star));
  list.match("foo.bar");
  REQUIRE(list.cache_size() == 0);
  list.match("foo.bar");
  REQUIRE(list.cache_size() == 1);
  list.match("foo.bar");
  REQUIRE(list.counters().matches == 3);
  REQUIRE(list.counters().cache_hits == 1);
}

TEST_CASE("Sublist: subjects published once do not push out those published often") {
  List list(64);
  Subscriber inboxes("_INBOX.>");
  Subscriber often("often");
  REQUIRE(list.insert(inboxes));
  REQUIRE(list.insert(often));
  for (int round = 0; round < 2; ++round) list.match("often");
  for (int index = 0; index < 100'000; ++index) {
    list.match("_INBOX.reply." + std::to_string(index));
    if (index % 100 == 0) list.match("often");
  }
  REQUIRE(list.counters().cache_hits > 900);
  REQUIRE(list.cache_size() <= 64);
}

TEST_CASE("Sublist: what is remembered survives the churn of other subjects") {
  List list(kCacheMax);
  Subscriber hot("hot.subject.one");
  REQUIRE(list.insert(hot));
  for (int round = 0; round < 2; ++round) list.match("hot.subject.one");
  const uint64_t hits_before = list.counters().cache_hits;
  uint64_t survived = 0;
  for (int index = 0; index < 1000; ++index) {
    Subscriber literal("churn." + std::to_string(index));
    Subscriber inbox("_INBOX." + std::to_string(index) + ".*");
    REQUIRE(list.insert(literal));
    REQUIRE(list.insert(inbox));
    list.remove(literal);
    list.remove(inbox);
    list.match("hot.subject.one");
    ++survived;
  }
  REQUIRE(list.counters().cache_hits - hits_before > survived * 9 / 10);
}

TEST_CASE("Sublist: a start in a group is drawn by weight") {
  List list(kCacheMax);
  Subscriber light("jobs", "q", 1);
  Subscriber heavy("jobs", "q", 3);
  REQUIRE(list.insert(light));
  REQUIRE(list.insert(heavy));
  const auto& group = list.match("jobs").groups.front();
  Random random(7);
  int drawn[2] = {0, 0};
  for (int round = 0; round < 4000; ++round) ++drawn[group.choose_start(random)];
  REQUIRE(drawn[0] > 850);
  REQUIRE(drawn[0] < 1150);
}

TEST_CASE("Sublist: a start in a group of equals is uniform") {
  List list(kCacheMax);
  std::vector<std::unique_ptr<Subscriber>> members;
  for (int index = 0; index < 5; ++index) {
    members.push_back(std::make_unique<Subscriber>(index % 2 == 0 ? "jobs.*" : "jobs.now", "q"));
    REQUIRE(list.insert(*members.back()));
  }
  const auto& group = list.match("jobs.now").groups.front();
  Random random(7);
  std::vector<int> drawn(5);
  for (int round = 0; round < 5000; ++round) ++drawn[group.choose_start(random)];
  for (const int times : drawn) {
    REQUIRE(times > 850);
    REQUIRE(times < 1150);
  }
}

TEST_CASE("Sublist: a crowd on one subject leaves without searching for anyone") {
  List list(kCacheMax);
  constexpr size_t kCrowd = 100'000;
  std::vector<std::unique_ptr<Subscriber>> crowd;
  for (size_t index = 0; index < kCrowd; ++index) {
    crowd.push_back(std::make_unique<Subscriber>("foo", index % 2 == 0 ? "" : "q"));
    REQUIRE(list.insert(*crowd.back()));
  }
  REQUIRE(list.match("foo").plain.size() == kCrowd / 2);
  for (const auto& subscriber : crowd) list.remove(*subscriber);
  REQUIRE(list.size() == 0);
  REQUIRE(list.match("foo").empty());
}

TEST_CASE("Sublist: patterns deeper than any stack are held, matched and forgotten") {
  List list(kCacheMax);
  std::string deep;
  std::string literal;
  for (int level = 0; level < 200'000; ++level) {
    deep += "*.";
    literal += "a.";
  }
  Subscriber one(deep + "x");
  Subscriber two(deep + "y");
  REQUIRE(list.insert(one));
  REQUIRE(list.insert(two));
  REQUIRE(list.match(literal + "x").plain.size() == 1);
  list.remove(one);
  REQUIRE(list.match(literal + "y").plain.size() == 1);
}

TEST_CASE("Sublist: fan-out counts a group as one") {
  List list(kCacheMax);
  Subscriber plain("foo");
  Subscriber first("foo", "q");
  Subscriber second("foo", "q");
  for (Subscriber* subscriber : {&plain, &first, &second}) REQUIRE(list.insert(*subscriber));
  for (int round = 0; round < 2; ++round) list.match("foo");
  REQUIRE(list.fanout().max == 2);
  REQUIRE(list.fanout().subjects == 1);
}

}  // namespace
}  // namespace myelin
