// MatchCache: the matches of the subjects that are published again and again.
//
//     index_:   | tag, entry | ... open addressing, at most half full
//     entries_: | generation, match, block -> pointers, groups, subject | ... the hand goes round
//
// Promises: at most so many entries, each of bounded size; what is returned is what a fresh lookup
// would give. Interest in one literal drops one entry. Interest in a pattern costs one increment:
// it ages the entries whose subjects begin with the same two literal tokens (or one, if the
// pattern's second token is a wildcard, or all, if its first is), because an entry remembers the
// sum of the three counters that speak for its subject.
//
// A subject enters when it is missed twice within a while; the inboxes of requests, each used
// once, pass by. A newcomer takes the place of one that was not hit since the hand last passed.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/subject/hash.h"
#include "core/subject/match.h"
#include "core/subject/subject.h"

namespace myelin {

template <class T>
class MatchCache {
 public:
  // 0 turns the cache off.
  MatchCache(size_t entries_max, const SubjectHash& hash)
      : hash_(hash), entries_max_(entries_max) {}

  size_t size() const { return entries_.size() - free_.size(); }

  // Null if it must be looked up. What is returned lives until the next store() or change.
  const Match<T>* find(uint64_t hash, std::string_view subject) {
    if (index_.empty()) return nullptr;
    const size_t at = locate(hash, subject);
    if (at == kNone) return nullptr;
    Entry& entry = entries_[index_[at].entry];
    if (entry.generation != generation_of(entry)) return nullptr;
    entry.was_hit = true;
    return &entry.match;
  }

  // Offers a match that find() did not have. `pointers` is the array its spans may point into, and
  // which will not last.
  void store(uint64_t hash, std::string_view subject, const Match<T>& match,
             std::span<T* const> pointers);

  // Interest in this very subject came or went.
  void literal_changed(uint64_t hash, std::string_view subject);
  // Interest in this pattern came or went.
  void pattern_changed(std::string_view pattern);

  // Calls `visit(match)` for each entry that is still true.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const Entry& entry : entries_) {
      if (entry.block && entry.generation == generation_of(entry)) visit(entry.match);
    }
  }

 private:
  // Longer subjects, and matches whose lists take more, are looked up each time: beside delivering
  // to so many, that costs little.
  static constexpr size_t kSubjectSizeMax = 255;
  static constexpr size_t kBlockSizeMax = 2048;
  static constexpr size_t kIndexSizeMin = 16;
  static constexpr size_t kSeenBitsMin = 1024;
  static constexpr size_t kFirstBuckets = 64;
  static constexpr size_t kSecondBuckets = 256;
  static constexpr uint32_t kNoEntry = UINT32_MAX;
  static constexpr size_t kNone = SIZE_MAX;

  // Counters of pattern changes, by the leading literal tokens of the pattern.
  struct Generations {
    uint64_t any = 0;
    std::array<uint64_t, kFirstBuckets> by_first{};
    std::array<uint64_t, kSecondBuckets> by_second{};
  };
  struct Place {
    uint32_t tag = 0;  // the bottom of the hash
    uint32_t entry = kNoEntry;
  };
  struct alignas(64) Entry {
    uint64_t generation = 0;
    std::unique_ptr<char[]> block;  // groups, pointers, subject; null if the entry is free
    Match<T> match;
    uint32_t tag = 0;
    uint16_t subject_at = 0;
    uint8_t subject_size = 0;
    uint8_t first_bucket = 0;
    uint8_t second_bucket = 0;
    bool was_hit = false;

    std::string_view subject() const { return {block.get() + subject_at, subject_size}; }
  };

  // What stands before the second dot, and before the first; all of it if there are fewer.
  struct Prefixes {
    explicit Prefixes(std::string_view subject) {
      const size_t first_end = token_end(subject, 0);
      one = subject.substr(0, first_end);
      two =
          first_end == subject.size() ? one : subject.substr(0, token_end(subject, first_end + 1));
    }
    std::string_view one;
    std::string_view two;
  };

  uint8_t first_bucket(const Prefixes& prefixes) const {
    return static_cast<uint8_t>(hash_.of(prefixes.one) % kFirstBuckets);
  }
  uint8_t second_bucket(const Prefixes& prefixes) const {
    return static_cast<uint8_t>(hash_.of(prefixes.two) % kSecondBuckets);
  }
  uint64_t generation_of(const Entry& entry) const {
    return generations_->any + generations_->by_first[entry.first_bucket] +
           generations_->by_second[entry.second_bucket];
  }

  size_t home(uint32_t tag) const { return tag & (index_.size() - 1); }
  size_t next(size_t at) const { return (at + 1) & (index_.size() - 1); }
  // Where in the index the subject is, or kNone.
  size_t locate(uint64_t hash, std::string_view subject) const {
    const auto tag = static_cast<uint32_t>(hash);
    for (size_t at = home(tag); index_[at].entry != kNoEntry; at = next(at)) {
      if (index_[at].tag == tag && entries_[index_[at].entry].subject() == subject) return at;
    }
    return kNone;
  }

  void wake();
  bool was_seen(uint64_t hash);
  Entry& entry_for(uint64_t hash, std::string_view subject);
  uint32_t take_entry();
  uint32_t evict();
  void enter(uint32_t tag, uint32_t entry);
  void leave(size_t at);
  static void fill(Entry& entry, std::string_view subject, const Match<T>& match,
                   std::span<T* const> pointers);

  const SubjectHash& hash_;
  const size_t entries_max_;
  std::vector<Place> index_;  // a power of two of them
  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
  size_t hand_ = 0;
  std::vector<uint64_t> seen_;  // bits: what was missed lately
  size_t seen_count_ = 0;
  std::unique_ptr<Generations> generations_;
};

template <class T>
void MatchCache<T>::store(uint64_t hash, std::string_view subject, const Match<T>& match,
                          std::span<T* const> pointers) {
  if (entries_max_ == 0 || subject.size() > kSubjectSizeMax) return;
  const size_t size = pointers.size_bytes() + match.groups.size_bytes() + subject.size();
  if (size > kBlockSizeMax) return;
  if (index_.empty()) wake();
  if (!was_seen(hash)) return;
  Entry& entry = entry_for(hash, subject);
  const Prefixes prefixes(subject);
  entry.first_bucket = first_bucket(prefixes);
  entry.second_bucket = second_bucket(prefixes);
  entry.generation = generation_of(entry);
  entry.was_hit = false;
  fill(entry, subject, match, pointers);
}

// Copies the lists behind the match into one block, the subject behind them, and points there what
// pointed into `pointers`.
template <class T>
void MatchCache<T>::fill(Entry& entry, std::string_view subject, const Match<T>& match,
                         std::span<T* const> pointers) {
  using Group = typename Match<T>::Group;
  // Groups first: they ask for the larger alignment.
  static_assert(alignof(Group) <= alignof(std::max_align_t));
  const size_t pointers_at = match.groups.size_bytes();
  const size_t subject_at = pointers_at + pointers.size_bytes();
  std::unique_ptr<char[]> block(new char[subject_at + subject.size()]);
  if (!pointers.empty()) {
    std::memcpy(block.get() + pointers_at, pointers.data(), pointers.size_bytes());
  }
  std::copy(subject.begin(), subject.end(), block.get() + subject_at);
  const auto moved = [&](std::span<T* const> list) -> std::span<T* const> {
    const auto at = reinterpret_cast<uintptr_t>(list.data());
    const auto begin = reinterpret_cast<uintptr_t>(pointers.data());
    if (at < begin || at >= begin + pointers.size_bytes()) return list;
    return {reinterpret_cast<T* const*>(block.get() + pointers_at + (at - begin)), list.size()};
  };
  entry.match.plain = moved(match.plain);
  auto* const groups = reinterpret_cast<Group*>(block.get());
  for (size_t index = 0; index < match.groups.size(); ++index) {
    const Group& group = match.groups[index];
    new (&groups[index]) Group{moved(group.members), group.weight};
  }
  entry.match.groups = {groups, match.groups.size()};
  entry.subject_at = static_cast<uint16_t>(subject_at);
  entry.subject_size = static_cast<uint8_t>(subject.size());
  entry.block = std::move(block);
}

// The entry of this subject if it has grown old, or else one to be filled, already in the index.
template <class T>
typename MatchCache<T>::Entry& MatchCache<T>::entry_for(uint64_t hash, std::string_view subject) {
  if (const size_t at = locate(hash, subject); at != kNone) return entries_[index_[at].entry];
  const auto tag = static_cast<uint32_t>(hash);
  const uint32_t taken = take_entry();
  entries_[taken].tag = tag;
  enter(tag, taken);
  return entries_[taken];
}

template <class T>
uint32_t MatchCache<T>::take_entry() {
  if (!free_.empty()) {
    const uint32_t entry = free_.back();
    free_.pop_back();
    return entry;
  }
  if (entries_.size() == entries_max_) return evict();
  entries_.emplace_back();
  if (entries_.size() * 2 > index_.size()) {
    const std::vector<Place> old = std::exchange(index_, std::vector<Place>(index_.size() * 2));
    for (const Place place : old) {
      if (place.entry != kNoEntry) enter(place.tag, place.entry);
    }
  }
  return static_cast<uint32_t>(entries_.size() - 1);
}

// Takes the next entry that is old or was not hit since the hand last passed.
template <class T>
uint32_t MatchCache<T>::evict() {
  for (;; ++hand_) {
    Entry& entry = entries_[hand_ % entries_.size()];
    if (entry.was_hit && entry.generation == generation_of(entry)) {
      entry.was_hit = false;
      continue;
    }
    const auto victim = static_cast<uint32_t>(hand_++ % entries_.size());
    size_t at = home(entry.tag);
    while (index_[at].entry != victim) at = next(at);
    leave(at);
    return victim;
  }
}

template <class T>
void MatchCache<T>::enter(uint32_t tag, uint32_t entry) {
  size_t at = home(tag);
  while (index_[at].entry != kNoEntry) at = next(at);
  index_[at] = {tag, entry};
}

// Empties a place of the index; what would no longer be found over it moves up.
template <class T>
void MatchCache<T>::leave(size_t at) {
  const size_t mask = index_.size() - 1;
  for (size_t later = next(at); index_[later].entry != kNoEntry; later = next(later)) {
    if (((later - home(index_[later].tag)) & mask) < ((later - at) & mask)) continue;
    index_[at] = index_[later];
    at = later;
  }
  index_[at] = {};
}

// One bit per subject, all forgotten after as many as the cache could hold. That two subjects share
// a bit lets a stranger in early now and then; nobody is kept out for it.
template <class T>
bool MatchCache<T>::was_seen(uint64_t hash) {
  const uint64_t bit = (hash >> 20) & (seen_.size() * 64 - 1);
  uint64_t& word = seen_[static_cast<size_t>(bit / 64)];
  const uint64_t mask = uint64_t{1} << (bit % 64);
  if ((word & mask) != 0) return true;
  if (++seen_count_ > entries_max_) {
    std::fill(seen_.begin(), seen_.end(), 0);
    seen_count_ = 1;
  }
  word |= mask;
  return false;
}

// Memory is taken when the first subject is offered: many a Sublist is never asked.
template <class T>
void MatchCache<T>::wake() {
  generations_ = std::make_unique<Generations>();
  seen_.assign(std::max(kSeenBitsMin, std::bit_ceil(entries_max_ * 8)) / 64, 0);
  index_.resize(kIndexSizeMin);
}

template <class T>
void MatchCache<T>::literal_changed(uint64_t hash, std::string_view subject) {
  if (index_.empty()) return;
  const size_t at = locate(hash, subject);
  if (at == kNone) return;
  const uint32_t entry = index_[at].entry;
  leave(at);
  entries_[entry] = Entry();
  free_.push_back(entry);
}

template <class T>
void MatchCache<T>::pattern_changed(std::string_view pattern) {
  if (!generations_) return;
  const auto is_wildcard = [](std::string_view token) {
    return is_single_wildcard(token) || is_full_wildcard(token);
  };
  Tokens tokens(pattern);
  const std::string_view first = *tokens.next();
  if (is_wildcard(first)) {
    ++generations_->any;
  } else if (const auto second = tokens.next(); is_wildcard(*second)) {
    ++generations_->by_first[first_bucket(Prefixes(pattern))];
  } else {
    ++generations_->by_second[second_bucket(Prefixes(pattern))];
  }
}

}  // namespace myelin
