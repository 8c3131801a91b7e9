// Sublist: who subscribes to what. Asked for a literal subject, it names every subscription whose
// pattern matches, and of each queue group all members.
//
// Holds T*, never the text of a subject: each T (see the concept Taker) outlives its stay and keeps
// its subject and queue unchanged. Literal subjects live in one hash table of 8-byte slots;
// patterns live in a trie by token; matches are remembered in a cache.
//
// Promises: insert and remove touch nothing but what the subject shares; their cost does not depend
// on how many others subscribe to it. The order within a Match depends only on the calls made so
// far: the takers of the literal itself first, then the patterns'; never on hashes or addresses.
// It does not count deliveries, know clients, or decide who of a group takes a message.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/subject/hash.h"
#include "core/subject/match.h"
#include "core/subject/match_cache.h"
#include "core/subject/pattern_trie.h"
#include "core/subject/slot_table.h"
#include "core/subject/subject.h"
#include "core/subject/takers.h"

namespace myelin {

struct SublistCounters {
  uint64_t inserts = 0;
  uint64_t removes = 0;
  uint64_t matches = 0;
  uint64_t cache_hits = 0;
};

// How many deliveries the remembered matches stand for, groups counting as one.
struct Fanout {
  uint64_t max = 0;
  uint64_t total = 0;
  uint64_t subjects = 0;
};

template <Taker T>
class Sublist {
 public:
  // `cache_max`: subjects remembered at most; 0: none. `seed` keys the hash tables
  // and shows in nothing but their speed.
  explicit Sublist(size_t cache_max, uint64_t seed = 0)
      : hash_(seed), trie_(hash_), cache_(cache_max, hash_) {}
  Sublist(const Sublist&) = delete;
  Sublist& operator=(const Sublist&) = delete;
  ~Sublist() { literals_.for_each(delete_leaf<T>); }

  // False if the subject is not one that can be subscribed to. `taker` is not in any Sublist.
  bool insert(T& taker);
  // `taker` was inserted here.
  void remove(T& taker);

  // Valid until the next insert, remove or match.
  const Match<T>& match(std::string_view literal);
  // Whether anyone takes it; disturbs neither the cache nor the last match.
  bool has_interest(std::string_view literal);
  // Every subscription that shares a subject with `pattern`, sorted by subject; those of one
  // subject plain first, then by group. Walks all there is: for reports, not for publishing.
  std::vector<T*> overlapping(std::string_view pattern);

  size_t size() const { return size_; }
  size_t cache_size() const { return cache_.size(); }
  const SublistCounters& counters() const { return counters_; }
  Fanout fanout() const;

 private:
  uint64_t hash_of_literal(Slot slot) const { return hash_.of(leaf_subject<T>(slot)); }
  Slot* find_literal(uint64_t hash, std::string_view subject) {
    return literals_.find(hash, [&](Slot slot) { return leaf_subject<T>(slot) == subject; });
  }
  static void append_all(std::vector<T*>& to, Slot leaf);

  SubjectHash hash_;
  SlotTable literals_;
  PatternTrie<T> trie_;
  MatchCache<T> cache_;
  MatchBuilder<T> builder_;
  std::vector<Slot> leaves_;  // of the current match
  size_t size_ = 0;
  size_t ordinary_ = 0;  // of them, those whose first character is no '$'
  SublistCounters counters_;
};

template <Taker T>
bool Sublist<T>::insert(T& taker) {
  const std::string_view subject = taker.subject();
  if (!is_valid_subject(subject)) return false;
  ++size_;
  ordinary_ += subject.front() == '$' ? 0 : 1;
  ++counters_.inserts;
  if (!is_literal(subject)) {
    trie_.insert(taker);
    cache_.pattern_changed(subject);
    return true;
  }
  const uint64_t hash = hash_.of(subject);
  if (Slot* slot = find_literal(hash, subject); slot != nullptr) {
    add_to_leaf(*slot, taker);
  } else {
    literals_.insert(hash, Slot(&taker, Slot::Kind::kOne),
                     [this](Slot other) { return hash_of_literal(other); });
  }
  cache_.literal_changed(hash, subject);
  return true;
}

template <Taker T>
void Sublist<T>::remove(T& taker) {
  const std::string_view subject = taker.subject();
  --size_;
  ordinary_ -= subject.front() == '$' ? 0 : 1;
  ++counters_.removes;
  if (!is_literal(subject)) {
    trie_.remove(taker);
    cache_.pattern_changed(subject);
    return;
  }
  const uint64_t hash = hash_.of(subject);
  Slot* slot = find_literal(hash, subject);
  INVARIANT(slot != nullptr);
  if (remove_from_leaf(*slot, taker)) {
    literals_.erase(hash, slot, [this](Slot other) { return hash_of_literal(other); });
  }
  cache_.literal_changed(hash, subject);
}

template <Taker T>
const Match<T>& Sublist<T>::match(std::string_view literal) {
  ++counters_.matches;
  // Where the server alone subscribes, to what begins with a dollar, nothing is looked up.
  if (ordinary_ == 0 && (size_ == 0 || !literal.starts_with('$'))) return builder_.build({});
  const uint64_t hash = hash_.of(literal);
  if (const Match<T>* known = cache_.find(hash, literal); known != nullptr) {
    ++counters_.cache_hits;
    return *known;
  }
  leaves_.clear();
  if (!has_empty_token(literal)) {
    if (const Slot* slot = find_literal(hash, literal); slot != nullptr) leaves_.push_back(*slot);
    trie_.walk(literal, [this](Slot leaf) {
      leaves_.push_back(leaf);
      return false;
    });
  }
  const Match<T>& found = builder_.build(leaves_);
  cache_.store(hash, literal, found, builder_.pointers());
  return found;
}

template <Taker T>
bool Sublist<T>::has_interest(std::string_view literal) {
  const uint64_t hash = hash_.of(literal);
  if (const Match<T>* known = cache_.find(hash, literal); known != nullptr) return !known->empty();
  if (has_empty_token(literal)) return false;
  if (find_literal(hash, literal) != nullptr) return true;
  return trie_.walk(literal, [](Slot) { return true; });
}

template <Taker T>
std::vector<T*> Sublist<T>::overlapping(std::string_view pattern) {
  std::vector<Slot> leaves;
  const auto take = [&](Slot leaf) {
    if (collide(leaf_subject<T>(leaf), pattern)) leaves.push_back(leaf);
  };
  literals_.for_each(take);
  trie_.for_each(take);
  std::sort(leaves.begin(), leaves.end(),
            [](Slot a, Slot b) { return leaf_subject<T>(a) < leaf_subject<T>(b); });
  std::vector<T*> takers;
  for (const Slot leaf : leaves) append_all(takers, leaf);
  return takers;
}

template <Taker T>
void Sublist<T>::append_all(std::vector<T*>& to, Slot leaf) {
  if (leaf.kind() == Slot::Kind::kOne) {
    to.push_back(&one_of<T>(leaf));
    return;
  }
  const Takers<T>& takers = many_of<T>(leaf);
  to.insert(to.end(), takers.plain().begin(), takers.plain().end());
  for (const auto& group : takers.groups()) {
    to.insert(to.end(), group->members.begin(), group->members.end());
  }
}

template <Taker T>
Fanout Sublist<T>::fanout() const {
  Fanout fanout;
  cache_.for_each([&fanout](const Match<T>& match) {
    const uint64_t takers = match.plain.size() + match.groups.size();
    fanout.max = std::max(fanout.max, takers);
    fanout.total += takers;
    ++fanout.subjects;
  });
  return fanout;
}

}  // namespace myelin
