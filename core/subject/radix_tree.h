// RadixTree: what SubjectTree is made of: byte strings as keys, and beside each a value of a fixed
// size, moved as bytes. core/subject/radix_node.h draws a node.
//
//     abc  abde  abdf        Node "ab"
//                              c ---> leaf ""
//                              d ---> Node ""
//                                       e ---> leaf ""
//                                       f ---> leaf ""
//
// A Node exists only where keys part ways or one ends inside another, so it always has two ways on
// or more. A node is exactly as large as its content and is made anew when that changes, which
// keeps a key at some 40 bytes above what it shares with no other; nodes of a few fixed sizes would
// be quicker to change and half as large again.
//
// It knows no tokens and no wildcards: SubjectWalk does. Nothing here calls itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/subject/radix_node.h"

namespace myelin {

class RadixTree {
 public:
  static constexpr size_t kKeySizeMax = RadixNode::kLabelSizeMax;
  static constexpr size_t kValueAlignment = 8;

  explicit RadixTree(size_t value_size);
  RadixTree(RadixTree&& from) noexcept;
  RadixTree& operator=(RadixTree&& from) noexcept;
  ~RadixTree() { clear(); }

  size_t size() const { return size_; }
  size_t value_size() const { return value_size_; }
  RadixRef root() const { return root_; }

  // The key's value, or null.
  void* find(std::string_view key) const;

  struct Inserted {
    void* value;
    bool is_new;  // and then its bytes say nothing yet
  };
  // The key is not longer than kKeySizeMax.
  Inserted insert(std::string_view key);
  // False if it is not here.
  bool erase(std::string_view key);
  void clear();

 private:
  std::byte* root_link() { return reinterpret_cast<std::byte*>(&root_); }
  void fork(std::byte* link, size_t shared);
  Inserted add_way(std::byte* link, std::string_view rest);
  Inserted take_new(RadixRef leaf);
  void remove_way(std::byte* link, size_t way);
  void* value_of(RadixRef leaf) const;
  std::string_view label_of(RadixRef ref) const;
  RadixRef relabelled(RadixRef ref, RadixText label) const;

  size_t value_size_;
  size_t size_ = 0;
  RadixRef root_;
};

}  // namespace myelin
