#include "core/subject/radix_tree.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "core/base/check.h"

namespace myelin {
namespace {

size_t shared_size(std::string_view a, std::string_view b) {
  if (b.starts_with(a)) return a.size();
  const size_t size = std::min(a.size(), b.size());
  size_t shared = 0;
  while (shared < size && a[shared] == b[shared]) ++shared;
  return shared;
}

void release(RadixRef ref) { ::operator delete(ref.block()); }

}  // namespace

RadixTree::RadixTree(size_t value_size) : value_size_(value_size) {}

RadixTree::RadixTree(RadixTree&& from) noexcept
    : value_size_(from.value_size_),
      size_(std::exchange(from.size_, 0)),
      root_(std::exchange(from.root_, RadixRef())) {}

RadixTree& RadixTree::operator=(RadixTree&& from) noexcept {
  if (this == &from) return *this;
  clear();
  value_size_ = from.value_size_;
  size_ = std::exchange(from.size_, 0);
  root_ = std::exchange(from.root_, RadixRef());
  return *this;
}

void* RadixTree::find(std::string_view key) const {
  RadixRef ref = root_;
  while (ref) {
    if (ref.is_leaf()) {
      const RadixLeaf leaf(ref, value_size_);
      return leaf.suffix() == key ? leaf.value() : nullptr;
    }
    const RadixNode node(ref);
    if (!key.starts_with(node.label())) return nullptr;
    key.remove_prefix(node.label().size());
    if (key.empty()) return node.has_end() ? value_of(node.way(0)) : nullptr;
    const size_t way = node.way_of(key.front());
    if (way == RadixNode::kNoWay) return nullptr;
    key.remove_prefix(1);
    ref = node.way(way);
  }
  return nullptr;
}

RadixTree::Inserted RadixTree::insert(std::string_view key) {
  INVARIANT(key.size() <= kKeySizeMax);
  if (!root_) {
    root_ = RadixLeaf::make(value_size_, {key});
    return take_new(root_);
  }
  std::byte* link = root_link();
  for (;;) {
    const RadixRef ref = RadixRef::load(link);
    const std::string_view label = label_of(ref);
    const size_t shared = shared_size(label, key);
    key.remove_prefix(shared);
    if (ref.is_leaf() && shared == label.size() && key.empty()) return {value_of(ref), false};
    if (ref.is_leaf() || shared < label.size()) {
      fork(link, shared);
      return add_way(link, key);
    }
    const RadixNode node(ref);
    if (key.empty() && node.has_end()) return {value_of(node.way(0)), false};
    const size_t way = key.empty() ? RadixNode::kNoWay : node.way_of(key.front());
    if (way == RadixNode::kNoWay) return add_way(link, key);
    link = node.link(way);
    key.remove_prefix(1);
  }
}

// What is behind `link` goes on behind a node that stands after `shared` bytes of its label; the
// node lacks its second way.
void RadixTree::fork(std::byte* link, size_t shared) {
  const RadixRef old = RadixRef::load(link);
  const std::string_view label = label_of(old);
  const bool is_end = shared == label.size();
  const RadixRef made = RadixNode::make({label.substr(0, shared)}, is_end ? 0 : 1, is_end);
  const RadixNode node(made);
  if (!is_end) node.set_byte(0, label[shared]);
  relabelled(old, {is_end ? std::string_view() : label.substr(shared + 1)}).store(node.link(0));
  release(old);
  made.store(link);
}

// The node behind `link` gets a way on to `rest`, or its end if there is no rest.
RadixTree::Inserted RadixTree::add_way(std::byte* link, std::string_view rest) {
  const RadixRef old = RadixRef::load(link);
  const RadixNode node(old);
  const RadixRef leaf = RadixLeaf::make(value_size_, {rest.substr(rest.empty() ? 0 : 1)});
  const RadixRef made = rest.empty() ? node.with_end(leaf) : node.with_way(rest.front(), leaf);
  made.store(link);
  release(old);
  return take_new(leaf);
}

bool RadixTree::erase(std::string_view key) {
  std::byte* link = root_link();
  std::byte* node_link = nullptr;  // of the node that `link` stands in
  size_t way = 0;
  for (RadixRef ref = root_; ref; ref = RadixRef::load(link)) {
    const std::string_view label = label_of(ref);
    if (!key.starts_with(label)) return false;
    key.remove_prefix(label.size());
    if (ref.is_leaf()) {
      if (!key.empty()) return false;
      release(ref);
      --size_;
      if (node_link == nullptr) {
        root_ = RadixRef();
      } else {
        remove_way(node_link, way);
      }
      return true;
    }
    const RadixNode node(ref);
    if (key.empty() && !node.has_end()) return false;
    way = key.empty() ? 0 : node.way_of(key.front());
    if (way == RadixNode::kNoWay) return false;
    key.remove_prefix(key.empty() ? 0 : 1);
    node_link = link;
    link = node.link(way);
  }
  return false;
}

// A node that is left with one way on becomes part of it.
void RadixTree::remove_way(std::byte* link, size_t way) {
  const RadixRef old = RadixRef::load(link);
  const RadixNode node(old);
  INVARIANT(node.ways() >= 2);
  if (node.ways() > 2) {
    node.without_way(way).store(link);
  } else {
    const size_t last = 1 - way;
    const RadixRef left = node.way(last);
    relabelled(left, {node.label(), node.text_of(last), label_of(left)}).store(link);
    release(left);
  }
  release(old);
}

void RadixTree::clear() {
  std::vector<RadixRef> pending;
  if (root_) pending.push_back(root_);
  while (!pending.empty()) {
    const RadixRef ref = pending.back();
    pending.pop_back();
    if (!ref.is_leaf()) {
      const RadixNode node(ref);
      for (size_t way = 0; way < node.ways(); ++way) pending.push_back(node.way(way));
    }
    release(ref);
  }
  root_ = RadixRef();
  size_ = 0;
}

RadixTree::Inserted RadixTree::take_new(RadixRef leaf) {
  ++size_;
  return {value_of(leaf), true};
}

void* RadixTree::value_of(RadixRef leaf) const { return RadixLeaf(leaf, value_size_).value(); }

std::string_view RadixTree::label_of(RadixRef ref) const {
  return ref.is_leaf() ? RadixLeaf(ref, value_size_).suffix() : RadixNode(ref).label();
}

// A copy; `ref` itself stays as it is.
RadixRef RadixTree::relabelled(RadixRef ref, RadixText label) const {
  if (!ref.is_leaf()) return RadixNode(ref).relabelled(label);
  const RadixRef made = RadixLeaf::make(value_size_, label);
  std::memcpy(value_of(made), value_of(ref), value_size_);
  return made;
}

}  // namespace myelin
