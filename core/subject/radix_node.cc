#include "core/subject/radix_node.h"

#include <algorithm>
#include <new>

#include "core/base/check.h"

namespace myelin {
namespace {

size_t written_size(RadixText text) {
  size_t size = 0;
  for (const std::string_view part : text) size += part.size();
  return size;
}

void write(std::byte* to, RadixText text) {
  for (const std::string_view part : text) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
}

std::byte* allocate(size_t size) { return static_cast<std::byte*>(::operator new(size)); }

}  // namespace

RadixRef RadixLeaf::make(size_t value_size, RadixText suffix) {
  const uint32_t size = static_cast<uint32_t>(written_size(suffix));
  std::byte* block = allocate(value_size + sizeof size + size);
  std::memcpy(block + value_size, &size, sizeof size);
  write(block + value_size + sizeof size, suffix);
  return RadixRef::to_leaf(block);
}

size_t RadixNode::first_way_from(unsigned char byte) const {
  const auto is_before = [](char a, unsigned char b) { return static_cast<unsigned char>(a) < b; };
  const std::string_view all = bytes();
  const auto at = std::lower_bound(all.begin(), all.end(), byte, is_before);
  return static_cast<size_t>(at - all.begin()) + (has_end_ ? 1 : 0);
}

RadixRef RadixNode::make(RadixText label, size_t bytes, bool has_end) {
  const size_t label_size = written_size(label);
  INVARIANT(label_size <= kLabelSizeMax);
  INVARIANT(bytes <= 256);
  const size_t ways = bytes + (has_end ? 1 : 0);
  std::byte* block = allocate(kHeaderSize + label_size + bytes + ways * sizeof(RadixRef));
  const uint32_t header =
      static_cast<uint32_t>(label_size << kLabelShift | bytes) | (has_end ? kEndBit : uint32_t{0});
  std::memcpy(block, &header, sizeof header);
  write(block + kHeaderSize, label);
  return RadixRef::to_node(block);
}

RadixRef RadixNode::with_end(RadixRef end) const {
  INVARIANT(!has_end_);
  const RadixRef made = make({label()}, bytes_, true);
  const RadixNode node(made);
  node.copy_bytes(0, bytes());
  end.store(node.link(0));
  node.copy_ways(1, *this, 0, bytes_);
  return made;
}

RadixRef RadixNode::with_way(char byte, RadixRef way) const {
  const size_t at = first_way_from(static_cast<unsigned char>(byte));
  const size_t index = at - (has_end_ ? 1 : 0);
  const RadixRef made = make({label()}, bytes_ + 1, has_end_);
  const RadixNode node(made);
  node.copy_bytes(0, bytes().substr(0, index));
  node.set_byte(index, byte);
  node.copy_bytes(index + 1, bytes().substr(index));
  node.copy_ways(0, *this, 0, at);
  way.store(node.link(at));
  node.copy_ways(at + 1, *this, at, ways() - at);
  return made;
}

RadixRef RadixNode::without_way(size_t way) const {
  const bool is_end = has_end_ && way == 0;
  const RadixRef made = make({label()}, bytes_ - (is_end ? 0 : 1), has_end_ && !is_end);
  const RadixNode node(made);
  const size_t index = is_end ? bytes_ : way - (has_end_ ? 1 : 0);
  node.copy_bytes(0, bytes().substr(0, index));
  if (!is_end) node.copy_bytes(index, bytes().substr(index + 1));
  node.copy_ways(0, *this, 0, way);
  node.copy_ways(way, *this, way + 1, ways() - way - 1);
  return made;
}

RadixRef RadixNode::relabelled(RadixText label) const {
  const RadixRef made = make(label, bytes_, has_end_);
  const RadixNode node(made);
  node.copy_bytes(0, bytes());
  node.copy_ways(0, *this, 0, ways());
  return made;
}

void RadixNode::copy_bytes(size_t to, std::string_view from) const {
  if (!from.empty()) {
    std::memcpy(block_ + kHeaderSize + label_size_ + to, from.data(), from.size());
  }
}

void RadixNode::copy_ways(size_t to, const RadixNode& from, size_t first, size_t count) const {
  std::memcpy(link(to), from.link(first), count * sizeof(RadixRef));
}

}  // namespace myelin
