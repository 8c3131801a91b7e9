// Outbound: the bytes a client has yet to receive. Small pieces are copied into blocks of its own;
// large payloads are shared by count with every other taker.
//
//     chunks   [ block 1 ......... ][ payload (shared) ][ block 1 .... ][ block 2 ..|free ]
//                                                                        tail: written here
//
// Pending is what is queued here plus what the host was handed and has not reported written. An
// Outbound that has nothing queued owns no memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/buffer.h"

namespace myelin {

class Outbound {
 public:
  // Contiguous room for `size` bytes at the tail; what is filled is kept by commit().
  char* reserve(size_t size) {
    if (size > tail_.capacity() - used_) [[unlikely]]
      start_block(size);
    return tail_.data() + used_;
  }
  void commit(size_t size) {
    used_ += static_cast<uint32_t>(size);
    queued_ += size;
  }
  void append(std::string_view bytes);
  // `size` bytes of `buffer` from `offset`, without a copy.
  void append_shared(const Buffer& buffer, uint32_t offset, uint32_t size);

  bool has_queued() const { return queued_ != 0; }
  uint64_t pending() const { return queued_ + in_flight_; }
  uint64_t in_flight() const { return in_flight_; }

  // Hands out up to `size_max` queued bytes, in order.
  std::vector<Chunk> take(uint64_t size_max);
  // The kernel took `size` bytes of what was handed out.
  void written(uint64_t size);
  // Forgets what is queued; what was handed out stays in flight.
  void discard();

 private:
  void start_block(size_t size);
  void close_chunk();

  std::vector<Chunk> chunks_;
  Buffer tail_;
  uint32_t begun_ = 0;  // where in tail_ the chunk being filled begins
  uint32_t used_ = 0;   // how much of tail_ is filled
  uint32_t next_block_ = 0;
  uint64_t queued_ = 0;
  uint64_t in_flight_ = 0;
};

}  // namespace myelin
