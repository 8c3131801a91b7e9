// ExpiryQueue: when messages with a TTL end, the soonest first.
//
// It does not hear of removals: what has come to the front and is no more is dropped there, and the
// owner rebuilds the queue when most of it must be of that kind.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/time.h"

namespace myelin {

class ExpiryQueue {
 public:
  struct Entry {
    WallTime at;
    uint64_t sequence = 0;

    friend auto operator<=>(const Entry&, const Entry&) = default;
  };

  size_t size() const { return entries_.size(); }
  const std::vector<Entry>& entries() const { return entries_; }
  void add(Entry entry) {
    entries_.push_back(entry);
    std::push_heap(entries_.begin(), entries_.end(), is_later);
  }
  // The first entry whose message is there.
  template <class IsThere>  // bool(uint64_t sequence)
  std::optional<Entry> front(IsThere is_there) {
    while (!entries_.empty() && !is_there(entries_.front().sequence)) {
      std::pop_heap(entries_.begin(), entries_.end(), is_later);
      entries_.pop_back();
    }
    if (entries_.empty()) return std::nullopt;
    return entries_.front();
  }
  // Drops all whose message is not there.
  template <class IsThere>
  void sweep(IsThere is_there) {
    std::erase_if(entries_, [&](const Entry& entry) { return !is_there(entry.sequence); });
    std::make_heap(entries_.begin(), entries_.end(), is_later);
    entries_.shrink_to_fit();
  }
  uint64_t memory() const { return entries_.capacity() * sizeof(Entry); }

 private:
  static bool is_later(const Entry& a, const Entry& b) { return b < a; }

  std::vector<Entry> entries_;
};

}  // namespace myelin
