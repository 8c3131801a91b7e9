#include "hosts/websocket/ws_frame.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace myelin {
namespace {

constexpr unsigned char kClose = 8;
constexpr uint32_t kHeaderMax = 10;
constexpr size_t kReasonMax = 123;

Chunk header(unsigned char first, uint64_t length) {
  Buffer block = Buffer::allocate(kHeaderMax);
  const auto put = [&](size_t at, uint64_t byte) { block.data()[at] = static_cast<char>(byte); };
  put(0, first);
  uint32_t size = 2;
  if (length < 126) {
    put(1, length);
  } else {
    const bool is_long = length > 0xffff;
    put(1, is_long ? 127 : 126);
    const uint32_t digits = is_long ? 8 : 2;
    for (uint32_t digit = 0; digit < digits; ++digit) {
      put(2 + digit, length >> (8 * (digits - 1 - digit)));
    }
    size += digits;
  }
  return {.buffer = std::move(block), .offset = 0, .size = size};
}

Chunk slice(const Chunk& chunk, uint32_t offset, uint32_t size) {
  return {.buffer = chunk.buffer, .offset = chunk.offset + offset, .size = size};
}

}  // namespace

uint64_t size_of(const std::vector<Chunk>& chunks) {
  uint64_t size = 0;
  for (const Chunk& chunk : chunks) size += chunk.size;
  return size;
}

void append_frames(std::vector<Chunk> chunks, const WsFraming& framing,
                   std::vector<Chunk>& frames) {
  uint64_t left = size_of(chunks);
  if (framing.frame_max == 0 || left <= framing.frame_max) {
    frames.reserve(frames.size() + chunks.size() + 2);
    frames.push_back(header(kWsFinal | kWsBinary, left));
    std::move(chunks.begin(), chunks.end(), std::back_inserter(frames));
    return;
  }
  size_t index = 0;
  uint32_t offset = 0;
  while (left > 0) {
    uint64_t room = std::min(left, framing.frame_max);
    left -= room;
    frames.push_back(header(kWsFinal | kWsBinary, room));
    while (room > 0) {
      const Chunk& chunk = chunks[index];
      const auto size = static_cast<uint32_t>(std::min<uint64_t>(room, chunk.size - offset));
      if (size > 0) frames.push_back(slice(chunk, offset, size));
      room -= size;
      offset += size;
      if (offset < chunk.size) continue;
      offset = 0;
      ++index;
    }
  }
}

void append_compressed(Chunk deflated, const WsFraming& framing, std::vector<Chunk>& frames) {
  const uint32_t total = deflated.size;
  const auto most = framing.frame_max == 0 || !framing.fragments_compressed
                        ? total
                        : static_cast<uint32_t>(std::min<uint64_t>(framing.frame_max, total));
  for (uint32_t begin = 0; begin < total; begin += most) {
    const uint32_t size = std::min(most, total - begin);
    unsigned char first = begin == 0 ? kWsBinary | kWsCompressed : 0;
    if (begin + size == total) first |= kWsFinal;
    frames.push_back(header(first, size));
    frames.push_back(slice(deflated, begin, size));
  }
}

Chunk close_frame(uint16_t code, std::string_view reason) {
  std::string payload;
  if (code != 0) {
    payload += static_cast<char>(code >> 8);
    payload += static_cast<char>(code & 0xff);
    payload += reason.substr(0, kReasonMax);
    if (reason.size() > kReasonMax) payload.replace(payload.size() - 3, 3, "...");
  }
  Buffer block = Buffer::allocate(static_cast<uint32_t>(2 + payload.size()));
  block.data()[0] = static_cast<char>(kWsFinal | kClose);
  block.data()[1] = static_cast<char>(payload.size());
  std::memcpy(block.data() + 2, payload.data(), payload.size());
  const uint32_t size = block.capacity();
  return {.buffer = std::move(block), .offset = 0, .size = size};
}

}  // namespace myelin
