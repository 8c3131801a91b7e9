// What a server writes: frames of RFC 6455, unmasked, around chunks that are not copied.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/buffer.h"

namespace myelin {

// Of a frame's first byte.
inline constexpr unsigned char kWsFinal = 0x80;
inline constexpr unsigned char kWsCompressed = 0x40;
inline constexpr unsigned char kWsBinary = 2;

struct WsFraming {
  uint64_t frame_max = 0;             // 0: one frame for all
  bool fragments_compressed = false;  // frame_max holds for compressed messages too
};

uint64_t size_of(const std::vector<Chunk>& chunks);

// Messages of one frame each, as large as may be, that carry the chunks. Appends to `frames`.
void append_frames(std::vector<Chunk> chunks, const WsFraming& framing, std::vector<Chunk>& frames);
// One message, perhaps in fragments, whose payload is already deflated.
void append_compressed(Chunk deflated, const WsFraming& framing, std::vector<Chunk>& frames);
// Code 0: says nothing. What is too long for a control frame is cut.
Chunk close_frame(uint16_t code, std::string_view reason);

}  // namespace myelin
