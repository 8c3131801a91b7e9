// ChunkQueue: bytes waiting to leave, in order, as counted slices. Taking from the front costs what
// is taken, and the room is given back when nothing waits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "core/base/buffer.h"

namespace myelin {

class ChunkQueue {
 public:
  bool is_empty() const { return size_ == 0; }
  uint64_t size() const { return size_; }
  std::span<const Chunk> chunks() const { return std::span(chunks_).subspan(first_); }

  void push(std::vector<Chunk> chunks) {
    for (const Chunk& chunk : chunks) size_ += chunk.size;
    if (chunks_.empty()) {
      chunks_ = std::move(chunks);
    } else {
      chunks_.insert(chunks_.end(), std::make_move_iterator(chunks.begin()),
                     std::make_move_iterator(chunks.end()));
    }
  }

  // Removes `size` bytes from the front; no more than there are.
  void drop(uint64_t size) {
    size = std::min(size, size_);
    size_ -= size;
    while (first_ < chunks_.size() && chunks_[first_].size <= size) {
      size -= chunks_[first_].size;
      chunks_[first_++].buffer = Buffer();
    }
    if (size_ == 0) return clear();
    chunks_[first_].offset += static_cast<uint32_t>(size);
    chunks_[first_].size -= static_cast<uint32_t>(size);
  }

  void clear() {
    std::vector<Chunk>().swap(chunks_);
    first_ = 0;
    size_ = 0;
  }

 private:
  std::vector<Chunk> chunks_;
  size_t first_ = 0;
  uint64_t size_ = 0;
};

}  // namespace myelin
