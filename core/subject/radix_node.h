// RadixRef, RadixLeaf, RadixNode: the blocks of a RadixTree, each one allocation without a gap.
//
//     Leaf   value | u32 size | suffix
//     Node   u32 header | label | a byte for each way on | a RadixRef for each way
//
//     header    31                 10 9 8        0
//               +--------------------+-+----------+
//               | size of the label  |e| bytes    |   e: a key ends after the label
//               +--------------------+-+----------+
//
// The bytes are sorted. If a key ends after the label, the first way is that key's leaf and has no
// byte: way 0 is the end, way 1 has byte 0. What is not aligned is copied in and out.
//
// RadixLeaf and RadixNode are views: they own nothing and check nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>

namespace myelin {

// A Leaf, a Node or nothing.
class RadixRef {
 public:
  RadixRef() = default;
  static RadixRef to_leaf(std::byte* block) { return RadixRef(block, kLeafBit); }
  static RadixRef to_node(std::byte* block) { return RadixRef(block, 0); }
  static RadixRef load(const std::byte* link) {
    RadixRef ref;
    std::memcpy(&ref.bits_, link, sizeof ref.bits_);
    return ref;
  }
  void store(std::byte* link) const { std::memcpy(link, &bits_, sizeof bits_); }

  explicit operator bool() const { return bits_ != 0; }
  bool is_leaf() const { return (bits_ & kLeafBit) != 0; }
  std::byte* block() const { return reinterpret_cast<std::byte*>(bits_ & ~kLeafBit); }

 private:
  static constexpr uintptr_t kLeafBit = 1;

  RadixRef(std::byte* block, uintptr_t kind) : bits_(reinterpret_cast<uintptr_t>(block) | kind) {}

  uintptr_t bits_ = 0;
};

// What a label or a suffix is put together from.
using RadixText = std::initializer_list<std::string_view>;

class RadixLeaf {
 public:
  RadixLeaf(RadixRef ref, size_t value_size) : value_(ref.block()), value_size_(value_size) {}

  std::byte* value() const { return value_; }
  std::string_view suffix() const {
    uint32_t size;
    std::memcpy(&size, value_ + value_size_, sizeof size);
    return {reinterpret_cast<const char*>(value_ + value_size_ + sizeof size), size};
  }

  // The value's bytes are not set.
  static RadixRef make(size_t value_size, RadixText suffix);

 private:
  std::byte* value_;
  size_t value_size_;
};

class RadixNode {
 public:
  static constexpr size_t kLabelSizeMax = (size_t{1} << 22) - 1;
  static constexpr size_t kNoWay = SIZE_MAX;

  explicit RadixNode(RadixRef ref) : block_(ref.block()) {
    uint32_t header;
    std::memcpy(&header, block_, sizeof header);
    bytes_ = header & kBytesMask;
    has_end_ = (header & kEndBit) != 0;
    label_size_ = header >> kLabelShift;
  }

  std::string_view label() const { return {text(), label_size_}; }
  std::string_view bytes() const { return {text() + label_size_, bytes_}; }
  bool has_end() const { return has_end_; }
  size_t ways() const { return bytes_ + (has_end_ ? 1 : 0); }

  // Where the RadixRef of a way stands; links() is that of the first.
  std::byte* links() const { return block_ + kHeaderSize + label_size_ + bytes_; }
  std::byte* link(size_t way) const { return links() + way * sizeof(RadixRef); }
  RadixRef way(size_t way) const { return RadixRef::load(link(way)); }
  // The byte of a way; empty for the end.
  std::string_view text_of(size_t way) const {
    if (has_end_ && way == 0) return {};
    return bytes().substr(way - (has_end_ ? 1 : 0), 1);
  }
  size_t way_of(char byte) const {
    const size_t index = bytes().find(byte);
    return index == std::string_view::npos ? kNoWay : index + (has_end_ ? 1 : 0);
  }
  // The first way whose byte is not less: ways() if there is none.
  size_t first_way_from(unsigned char byte) const;

  // The bytes and the ways are not set.
  static RadixRef make(RadixText label, size_t bytes, bool has_end);
  // Copies; the node itself stays as it is.
  RadixRef with_end(RadixRef end) const;
  RadixRef with_way(char byte, RadixRef way) const;
  RadixRef without_way(size_t way) const;
  RadixRef relabelled(RadixText label) const;
  // Of a node just made.
  void set_byte(size_t index, char byte) const {
    block_[kHeaderSize + label_size_ + index] = static_cast<std::byte>(byte);
  }

 private:
  static constexpr size_t kHeaderSize = sizeof(uint32_t);
  static constexpr uint32_t kBytesMask = 0x1FF;
  static constexpr uint32_t kEndBit = 0x200;
  static constexpr uint32_t kLabelShift = 10;

  const char* text() const { return reinterpret_cast<const char*>(block_ + kHeaderSize); }
  void copy_bytes(size_t to, std::string_view from) const;
  void copy_ways(size_t to, const RadixNode& from, size_t first, size_t count) const;

  std::byte* block_;
  size_t bytes_;
  size_t label_size_;
  bool has_end_;
};

}  // namespace myelin
