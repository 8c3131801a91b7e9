#include "core/pubsub/outbound.h"

#include <algorithm>
#include <cstring>

#include "core/limits.h"

namespace myelin {

void Outbound::append(std::string_view bytes) {
  std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
  commit(bytes.size());
}

void Outbound::append_shared(const Buffer& buffer, uint32_t offset, uint32_t size) {
  close_chunk();
  chunks_.push_back(Chunk{.buffer = buffer, .offset = offset, .size = size});
  queued_ += size;
}

void Outbound::close_chunk() {
  if (used_ == begun_) return;
  chunks_.push_back(Chunk{.buffer = tail_, .offset = begun_, .size = used_ - begun_});
  begun_ = used_;
}

// Blocks double while they fill up, so that one message costs little and a flood few allocations.
void Outbound::start_block(size_t size) {
  close_chunk();
  next_block_ = std::clamp(next_block_ * 4, kOutboundBlockMin, kOutboundBlockMax);
  tail_ = Buffer::allocate(std::max(next_block_, static_cast<uint32_t>(size)));
  begun_ = used_ = 0;
}

std::vector<Chunk> Outbound::take(uint64_t size_max) {
  close_chunk();
  if (queued_ <= size_max) {
    // A link that fills large blocks will do so again; one that does not starts small next time.
    next_block_ = queued_ >= kOutboundBlockMax / 2 ? kOutboundBlockMax : 0;
    in_flight_ += queued_;
    queued_ = 0;
    tail_ = Buffer();
    begun_ = used_ = 0;
    return std::move(chunks_);
  }
  std::vector<Chunk> taken;
  uint64_t room = size_max;
  size_t count = 0;
  while (count < chunks_.size() && chunks_[count].size <= room) room -= chunks_[count++].size;
  taken.assign(std::make_move_iterator(chunks_.begin()),
               std::make_move_iterator(chunks_.begin() + static_cast<std::ptrdiff_t>(count)));
  chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(count));
  if (room > 0 && !chunks_.empty()) {
    Chunk& first = chunks_.front();
    const auto part = static_cast<uint32_t>(room);
    taken.push_back(Chunk{.buffer = first.buffer, .offset = first.offset, .size = part});
    first.offset += part;
    first.size -= part;
    room = 0;
  }
  const uint64_t size = size_max - room;
  queued_ -= size;
  in_flight_ += size;
  return taken;
}

void Outbound::written(uint64_t size) { in_flight_ -= std::min(size, in_flight_); }

void Outbound::discard() {
  chunks_.clear();
  tail_ = Buffer();
  begun_ = used_ = 0;
  queued_ = 0;
}

}  // namespace myelin
