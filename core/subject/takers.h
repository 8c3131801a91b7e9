// Takers: all subscriptions of one subject text, when there is more than one. Plain ones in one
// list, the others grouped by queue name. And the leaf functions: a Slot that ends at one subject
// text points straight to its only subscription, or to Takers.
//
// Promises: adding is cheap (one binary search over the group names), removing never searches a
// list, because each subscription remembers its place. Lists are in the order of insertion until
// something is removed; then the last takes the place of the removed. Groups are sorted by name.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/base/check.h"
#include "core/subject/slot_table.h"

namespace myelin {

// What a subscription must offer to be held here. Subject, queue and weight do not change while it
// is held. An empty queue makes it plain. The weight is how many subscribers stand behind it: 1 for
// a local one, never 0. The index is the holder's own: where the subscription stands in its list.
template <class T>
concept Taker = alignof(T) >= 4 && requires(T& taker, const T& constant) {
  { constant.subject() } -> std::convertible_to<std::string_view>;
  { constant.queue() } -> std::convertible_to<std::string_view>;
  { constant.weight() } -> std::convertible_to<uint32_t>;
  { taker.sublist_index() } -> std::same_as<uint32_t&>;
};

template <class T>
class Takers {
 public:
  struct Group {
    std::vector<T*> members;  // never empty
    uint64_t weight = 0;      // sum over the members

    // The name is read through a member, so it is stored nowhere.
    std::string_view name() const { return members.front()->queue(); }
  };

  size_t size() const { return size_; }
  const std::vector<T*>& plain() const { return plain_; }
  const std::vector<std::unique_ptr<Group>>& groups() const { return groups_; }
  T& first() const { return plain_.empty() ? *groups_.front()->members.front() : *plain_.front(); }

  void add(T& taker) {
    ++size_;
    if (taker.queue().empty()) {
      append(plain_, taker);
      return;
    }
    auto at = find(taker.queue());
    if (at == groups_.end() || (*at)->name() != taker.queue()) {
      at = groups_.insert(at, std::make_unique<Group>());
    }
    append((*at)->members, taker);
    (*at)->weight += taker.weight();
  }

  void remove(T& taker) {
    --size_;
    if (taker.queue().empty()) {
      take_out(plain_, taker);
      return;
    }
    const auto at = find(taker.queue());
    INVARIANT(at != groups_.end());
    Group& group = **at;
    group.weight -= taker.weight();
    take_out(group.members, taker);
    if (group.members.empty()) groups_.erase(at);
  }

 private:
  using Groups = std::vector<std::unique_ptr<Group>>;

  typename Groups::iterator find(std::string_view name) {
    const auto is_before = [](const std::unique_ptr<Group>& group, std::string_view wanted) {
      return group->name() < wanted;
    };
    return std::lower_bound(groups_.begin(), groups_.end(), name, is_before);
  }
  static void append(std::vector<T*>& list, T& taker) {
    taker.sublist_index() = static_cast<uint32_t>(list.size());
    list.push_back(&taker);
  }
  static void take_out(std::vector<T*>& list, T& taker) {
    const uint32_t index = taker.sublist_index();
    INVARIANT(index < list.size());
    INVARIANT(list[index] == &taker);
    list[index] = list.back();
    list[index]->sublist_index() = index;
    list.pop_back();
    // A crowd that has left gives its memory back; waiting until three quarters are gone keeps the
    // copying rare.
    if (list.capacity() > 64 && list.size() < list.capacity() / 4) list.shrink_to_fit();
  }

  std::vector<T*> plain_;
  Groups groups_;
  size_t size_ = 0;
};

template <class T>
T& one_of(Slot leaf) {
  return *static_cast<T*>(leaf.pointer());
}
template <class T>
Takers<T>& many_of(Slot leaf) {
  return *static_cast<Takers<T>*>(leaf.pointer());
}

template <class T>
std::string_view leaf_subject(Slot leaf) {
  return leaf.kind() == Slot::Kind::kOne ? one_of<T>(leaf).subject()
                                         : many_of<T>(leaf).first().subject();
}

// `leaf` may be the empty Slot.
template <class T>
void add_to_leaf(Slot& leaf, T& taker) {
  if (!leaf) {
    leaf = Slot(&taker, Slot::Kind::kOne);
    return;
  }
  if (leaf.kind() == Slot::Kind::kOne) {
    auto takers = std::make_unique<Takers<T>>();
    takers->add(one_of<T>(leaf));
    leaf.retarget(Slot(takers.release(), Slot::Kind::kMany));
  }
  many_of<T>(leaf).add(taker);
}

// Returns whether `taker` was the last; the caller then forgets the leaf.
template <class T>
bool remove_from_leaf(Slot& leaf, T& taker) {
  if (leaf.kind() == Slot::Kind::kOne) {
    INVARIANT(&one_of<T>(leaf) == &taker);
    return true;
  }
  Takers<T>& takers = many_of<T>(leaf);
  takers.remove(taker);
  if (takers.size() == 1) {
    T& last = takers.first();
    delete &takers;
    leaf.retarget(Slot(&last, Slot::Kind::kOne));
  }
  return false;
}

template <class T>
void delete_leaf(Slot leaf) {
  if (leaf && leaf.kind() == Slot::Kind::kMany) delete &many_of<T>(leaf);
}

}  // namespace myelin
