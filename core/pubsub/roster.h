// Roster: the ids of the clients that are connected, in order, so that reports can go through them
// a bit at a time. Ids ascend; one that leaves is marked, and the marked are swept out once they
// are the more.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace myelin {

class Roster {
 public:
  // Larger than all before.
  void add(uint64_t id) { entries_.push_back(id << 1); }
  void remove(uint64_t id) {
    const auto found = std::lower_bound(entries_.begin(), entries_.end(), id << 1);
    if (found == entries_.end() || *found != id << 1) return;
    *found |= kGone;
    if (++gone_ <= entries_.size() / 2) return;
    std::erase_if(entries_, [](uint64_t entry) { return (entry & kGone) != 0; });
    gone_ = 0;
  }

  // The first one behind `id`; 0: there is none.
  uint64_t next(uint64_t id) const {
    auto at = std::upper_bound(entries_.begin(), entries_.end(), id << 1 | kGone);
    while (at != entries_.end() && (*at & kGone) != 0) ++at;
    return at == entries_.end() ? 0 : *at >> 1;
  }

 private:
  static constexpr uint64_t kGone = 1;

  std::vector<uint64_t> entries_;  // twice the id, and whether it has gone
  size_t gone_ = 0;
};

}  // namespace myelin
