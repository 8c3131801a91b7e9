// Match: who takes one subject. MatchBuilder: puts a Match together from the leaves that a lookup
// found.
//
// All plain takers come first; then one group per queue name, whatever patterns its members
// subscribed with. Order: plain takers by leaf, in the order the leaves were found, and within a
// leaf as Takers keeps them; groups by name when several leaves have any.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/subject/takers.h"

namespace myelin {

template <class T>
struct Match {
  struct Group {
    std::span<T* const> members;  // never empty
    uint64_t weight = 0;          // sum over the members

    std::string_view name() const { return members.front()->queue(); }

    // Where to begin asking for one who takes the message: uniform by weight, as in nats-server.
    // The caller walks on from there, around the end, until a member accepts.
    size_t choose_start(Random& random) const {
      if (members.size() == 1) return 0;
      if (weight == members.size()) return static_cast<size_t>(random.below(weight));
      uint64_t drawn = random.below(weight);
      size_t index = 0;
      while (index + 1 < members.size() && drawn >= members[index]->weight()) {
        drawn -= members[index]->weight();
        ++index;
      }
      return index;
    }
  };

  std::span<T* const> plain;
  std::span<const Group> groups;

  bool empty() const { return plain.empty() && groups.empty(); }
};

template <class T>
class MatchBuilder {
 public:
  // What is built lives until the next build or a change to one of its leaves. Lists that one leaf
  // provides alone are pointed to, not copied.
  const Match<T>& build(std::span<const Slot> leaves) {
    pointers_.clear();
    groups_.clear();
    pieces_.clear();
    match_ = {};
    if (leaves.empty()) return match_;
    reserve(leaves);
    collect_plain(leaves);
    collect_groups(leaves);
    return match_;
  }

  // The arrays of ours that the Match points into.
  std::span<T* const> pointers() const { return pointers_; }

 private:
  struct Piece {
    std::span<T* const> members;
    uint64_t weight;
    size_t order;

    std::string_view name() const { return members.front()->queue(); }
  };

  static bool is_one(Slot leaf) { return leaf.kind() == Slot::Kind::kOne; }
  static size_t plain_count(Slot leaf) {
    return is_one(leaf) ? one_of<T>(leaf).queue().empty() : many_of<T>(leaf).plain().size();
  }

  // Makes room for all that will be copied, so that nothing moves while it is pointed to.
  void reserve(std::span<const Slot> leaves) {
    size_t plain_total = 0;
    size_t member_total = 0;
    size_t ones = 0;
    plain_leaves_ = group_leaves_ = 0;
    for (const Slot leaf : leaves) {
      const size_t plain = plain_count(leaf);
      const size_t members = (is_one(leaf) ? 1 : many_of<T>(leaf).size()) - plain;
      ones += is_one(leaf);
      plain_leaves_ += plain > 0;
      group_leaves_ += members > 0;
      plain_total += plain;
      member_total += members;
    }
    pointers_.reserve(ones + (plain_leaves_ > 1 ? plain_total : 0) +
                      (group_leaves_ > 1 ? member_total : 0));
  }

  void collect_plain(std::span<const Slot> leaves) {
    if (plain_leaves_ == 0) return;
    for (const Slot leaf : leaves) {
      if (plain_count(leaf) == 0) continue;
      if (is_one(leaf)) {
        pointers_.push_back(&one_of<T>(leaf));
        continue;
      }
      const std::vector<T*>& plain = many_of<T>(leaf).plain();
      if (plain_leaves_ == 1) {
        match_.plain = plain;
        return;
      }
      pointers_.insert(pointers_.end(), plain.begin(), plain.end());
    }
    match_.plain = pointers_;
  }

  void collect_groups(std::span<const Slot> leaves) {
    if (group_leaves_ == 0) return;
    for (const Slot leaf : leaves) {
      if (!is_one(leaf)) {
        for (const auto& group : many_of<T>(leaf).groups()) {
          pieces_.push_back({group->members, group->weight, pieces_.size()});
        }
      } else if (T& taker = one_of<T>(leaf); !taker.queue().empty()) {
        pointers_.push_back(&taker);
        pieces_.push_back({{&pointers_.back(), 1}, taker.weight(), pieces_.size()});
      }
    }
    if (group_leaves_ > 1) sort_pieces();
    for (size_t begin = 0; begin < pieces_.size();) {
      size_t end = begin + 1;
      while (end < pieces_.size() && pieces_[end].name() == pieces_[begin].name()) ++end;
      groups_.push_back(join({&pieces_[begin], end - begin}));
      begin = end;
    }
    match_.groups = groups_;
  }

  void sort_pieces() {
    std::sort(pieces_.begin(), pieces_.end(), [](const Piece& a, const Piece& b) {
      const int order = a.name().compare(b.name());
      return order != 0 ? order < 0 : a.order < b.order;
    });
  }

  typename Match<T>::Group join(std::span<const Piece> pieces) {
    if (pieces.size() == 1) return {pieces.front().members, pieces.front().weight};
    const size_t begin = pointers_.size();
    uint64_t weight = 0;
    for (const Piece& piece : pieces) {
      pointers_.insert(pointers_.end(), piece.members.begin(), piece.members.end());
      weight += piece.weight;
    }
    return {std::span<T* const>(pointers_).subspan(begin), weight};
  }

  Match<T> match_;
  std::vector<T*> pointers_;
  std::vector<typename Match<T>::Group> groups_;
  std::vector<Piece> pieces_;
  size_t plain_leaves_ = 0;
  size_t group_leaves_ = 0;
};

}  // namespace myelin
