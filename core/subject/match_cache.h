// MatchCache: the matches of the subjects that are published again and again.
//
// Promises: a fixed number of entries of bounded size; what is returned is what a fresh lookup
// would give. Interest in one literal drops one entry. Interest in a pattern costs one increment:
// it ages the entries whose subjects begin with the same two literal tokens (or one, if the
// pattern's second token is a wildcard, or all, if its first is), because an entry remembers the
// sum of the three counters that speak for its subject.
//
// A subject enters when it is missed twice within a while; the inboxes of requests, each used
// once, pass by. Four entries share a set; a newcomer takes the place of one that was not hit since
// the hand last passed.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "core/subject/hash.h"
#include "core/subject/match.h"
#include "core/subject/subject.h"

namespace myelin {

template <class T>
class MatchCache {
 public:
  // `entries_max` is rounded down to a power of two, but not below 4; 0 turns the cache off.
  MatchCache(size_t entries_max, const SubjectHash& hash)
      : hash_(hash),
        capacity_max_(entries_max == 0 ? 0 : std::bit_floor(std::max(entries_max, kWays))) {}

  bool is_enabled() const { return capacity_max_ != 0; }
  size_t size() const { return size_; }

  // Null if it must be looked up. What is returned lives until the next store() or change.
  const Match<T>* find(uint64_t hash, std::string_view subject) {
    if (entries_.empty()) return nullptr;
    for (Entry& entry : set_of(hash)) {
      if (entry.hash != hash || !entry.is_of(subject)) continue;
      if (entry.generation != generation_of(entry)) return nullptr;
      entry.was_hit = true;
      return &entry.match;
    }
    return nullptr;
  }

  // Offers a match that find() did not have. `pointers` is the array its spans may point into, and
  // which will not last.
  void store(uint64_t hash, std::string_view subject, const Match<T>& match,
             std::span<T* const> pointers);

  // Interest in this very subject came or went.
  void literal_changed(uint64_t hash, std::string_view subject);
  // Interest in this pattern came or went.
  void pattern_changed(std::string_view pattern);

  // Calls `visit(match)` for each entry that is still true, in no order that may be seen.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const Entry& entry : entries_) {
      if (entry.block && entry.generation == generation_of(entry)) visit(entry.match);
    }
  }

 private:
  static constexpr size_t kWays = 4;
  static constexpr size_t kCapacityMin = 64;
  // Longer subjects, and matches whose lists take more, are looked up each time: beside delivering
  // to so many, that costs little.
  static constexpr size_t kSubjectSizeMax = 255;
  static constexpr size_t kBlockSizeMax = 2048;
  static constexpr size_t kFirstBuckets = 64;
  static constexpr size_t kSecondBuckets = 256;

  // Counters of pattern changes, by the leading literal tokens of the pattern.
  struct Generations {
    uint64_t any = 0;
    std::array<uint64_t, kFirstBuckets> by_first{};
    std::array<uint64_t, kSecondBuckets> by_second{};
  };
  struct alignas(64) Entry {
    uint64_t hash = 0;
    uint64_t generation = 0;
    std::unique_ptr<char[]> block;  // pointers, groups, subject; null if the entry is free
    Match<T> match;
    uint16_t subject_at = 0;
    uint8_t subject_size = 0;
    uint8_t first_bucket = 0;
    uint8_t second_bucket = 0;
    bool was_hit = false;

    bool is_of(std::string_view subject) const {
      return block && subject_size == subject.size() &&
             std::memcmp(block.get() + subject_at, subject.data(), subject.size()) == 0;
    }
  };

  // What stands before the second token, and before the third; the whole subject if there is none.
  struct Prefixes {
    explicit Prefixes(std::string_view subject) {
      const size_t dot = subject.find('.');
      first = subject.substr(0, dot);
      second =
          dot == std::string_view::npos ? subject : subject.substr(0, subject.find('.', dot + 1));
    }
    std::string_view first;
    std::string_view second;
  };

  uint8_t first_bucket(const Prefixes& prefixes) const {
    return static_cast<uint8_t>(hash_.of(prefixes.first) % kFirstBuckets);
  }
  uint8_t second_bucket(const Prefixes& prefixes) const {
    return static_cast<uint8_t>(hash_.of(prefixes.second) % kSecondBuckets);
  }
  uint64_t generation_of(const Entry& entry) const {
    return generations_->any + generations_->by_first[entry.first_bucket] +
           generations_->by_second[entry.second_bucket];
  }
  std::span<Entry, kWays> set_of(uint64_t hash) {
    const size_t set = static_cast<size_t>(hash) & (entries_.size() / kWays - 1);
    return std::span<Entry, kWays>(&entries_[set * kWays], kWays);
  }

  bool was_seen(uint64_t hash);
  void set_capacity(size_t capacity);
  Entry& place_for(uint64_t hash, std::string_view subject);
  void forget(Entry& entry);
  static void fill(Entry& entry, std::string_view subject, const Match<T>& match,
                   std::span<T* const> pointers);

  const SubjectHash& hash_;
  const size_t capacity_max_;
  size_t size_ = 0;
  size_t hand_ = 0;
  std::vector<Entry> entries_;
  std::vector<uint16_t> seen_;  // fingerprints of what was missed lately, one per place
  std::unique_ptr<Generations> generations_;
};

template <class T>
void MatchCache<T>::store(uint64_t hash, std::string_view subject, const Match<T>& match,
                          std::span<T* const> pointers) {
  if (!is_enabled() || subject.size() > kSubjectSizeMax) return;
  const size_t size = pointers.size_bytes() + match.groups.size_bytes() + subject.size();
  if (size > kBlockSizeMax) return;
  if (entries_.empty()) set_capacity(std::min(kCapacityMin, capacity_max_));
  if (!was_seen(hash)) return;
  Entry& entry = place_for(hash, subject);
  if (!entry.block) ++size_;
  const Prefixes prefixes(subject);
  entry.hash = hash;
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
  static_assert(alignof(Group) <= alignof(std::max_align_t));
  // Groups first: they ask for the larger alignment.
  const size_t pointers_at = match.groups.size_bytes();
  const size_t subject_at = pointers_at + pointers.size_bytes();
  auto block = std::make_unique<char[]>(subject_at + subject.size());
  if (!pointers.empty()) {
    std::memcpy(block.get() + pointers_at, pointers.data(), pointers.size_bytes());
  }
  if (!subject.empty()) std::memcpy(block.get() + subject_at, subject.data(), subject.size());
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

// The entry of this subject if it has grown old, a free one, or that of who has to go.
template <class T>
typename MatchCache<T>::Entry& MatchCache<T>::place_for(uint64_t hash, std::string_view subject) {
  Entry* best = nullptr;
  for (Entry& entry : set_of(hash)) {
    if (entry.hash == hash && entry.is_of(subject)) return entry;
    if (!entry.block) {
      best = &entry;
    } else if (best == nullptr && entry.generation != generation_of(entry)) {
      best = &entry;
    }
  }
  if (best != nullptr) return *best;
  if (size_ >= entries_.size() / 2 && entries_.size() < capacity_max_) {
    set_capacity(entries_.size() * 2);
    return place_for(hash, subject);
  }
  const std::span<Entry, kWays> set = set_of(hash);
  for (;;) {
    Entry& entry = set[hand_++ % kWays];
    if (!entry.was_hit) return entry;
    entry.was_hit = false;
  }
}

template <class T>
bool MatchCache<T>::was_seen(uint64_t hash) {
  uint16_t& place = seen_[(hash >> 16) & (seen_.size() - 1)];
  const auto fingerprint = static_cast<uint16_t>(hash >> 48);
  if (place == fingerprint) return true;
  place = fingerprint;
  return false;
}

// A power of two. Whoever shared a set before finds room in the two it becomes.
template <class T>
void MatchCache<T>::set_capacity(size_t capacity) {
  if (!generations_) generations_ = std::make_unique<Generations>();
  std::vector<Entry> old = std::exchange(entries_, std::vector<Entry>(capacity));
  seen_.assign(capacity * 2, 0);
  for (Entry& entry : old) {
    if (!entry.block) continue;
    for (Entry& place : set_of(entry.hash)) {
      if (place.block) continue;
      place = std::move(entry);
      break;
    }
  }
}

template <class T>
void MatchCache<T>::forget(Entry& entry) {
  entry = Entry();
  --size_;
}

template <class T>
void MatchCache<T>::literal_changed(uint64_t hash, std::string_view subject) {
  if (entries_.empty()) return;
  for (Entry& entry : set_of(hash)) {
    if (entry.hash == hash && entry.is_of(subject)) return forget(entry);
  }
}

template <class T>
void MatchCache<T>::pattern_changed(std::string_view pattern) {
  if (!generations_) return;
  Tokens tokens(pattern);
  const auto is_wildcard = [](std::string_view token) {
    return is_single_wildcard(token) || is_full_wildcard(token);
  };
  const auto first = tokens.next();
  const auto second = tokens.next();
  if (is_wildcard(*first)) {
    ++generations_->any;
  } else if (is_wildcard(*second)) {
    ++generations_->by_first[first_bucket(Prefixes(pattern))];
  } else {
    ++generations_->by_second[second_bucket(Prefixes(pattern))];
  }
}

}  // namespace myelin
