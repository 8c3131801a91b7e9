// Buffer: bytes owned by counting. Chunk: a slice of one, the unit in which output leaves the core.
//
// The count is not atomic: a Buffer never leaves the thread of its Server. Bytes already written
// are never changed while shared; only the owner that appends (an Outbound) writes past them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace myelin {

using Bytes = std::span<const std::byte>;

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

class Buffer {
 public:
  Buffer() = default;
  // Uninitialised bytes; a failed allocation ends the process.
  static Buffer allocate(uint32_t capacity);
  static Buffer copy_of(std::string_view bytes);

  Buffer(const Buffer& other) : block_(other.block_) {
    if (block_ != nullptr) ++block_->references;
  }
  Buffer(Buffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Buffer& operator=(Buffer other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Buffer() { release(); }

  explicit operator bool() const { return block_ != nullptr; }
  uint32_t capacity() const { return block_ == nullptr ? 0 : block_->capacity; }
  char* data() { return reinterpret_cast<char*>(block_ + 1); }
  const char* data() const { return reinterpret_cast<const char*>(block_ + 1); }
  bool is_shared() const { return block_ != nullptr && block_->references > 1; }

 private:
  struct Block {
    uint32_t references;
    uint32_t capacity;
  };
  explicit Buffer(Block* block) : block_(block) {}
  void release();

  Block* block_ = nullptr;
};

struct Chunk {
  Buffer buffer;
  uint32_t offset = 0;
  uint32_t size = 0;

  std::string_view text() const { return {buffer.data() + offset, size}; }
};

}  // namespace myelin
