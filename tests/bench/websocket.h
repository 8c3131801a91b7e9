// The client's side of a WebSocket (RFC 6455, and RFC 7692 without context takeover), as far as a
// bench needs it: protocol bytes into frames and out of them.
//
// Frames are masked with a key of their own, as a browser does it: a server that knew a cheap key
// would look better than it is. Batches are framed before anything is timed, and the frames of a
// server carry no mask, so none of this slows the load generator down.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/batch.h"

namespace bench {

// One message in one frame; `is_deflated` asks for permessage-deflate, which the server agreed to.
void append_frame(std::string& to, std::string_view bytes, bool is_deflated);

enum class Framing { kMany, kOne };  // messages in a frame: as many as 32 KiB hold, or one

// The same messages in frames.
Batch in_frames(const Batch& batch, Framing framing, bool is_deflated);

// The request that asks for a WebSocket, and whether the answer grants it; throws Failure when it
// does not. `answer` ends with the empty line.
std::string upgrade_request(uint16_t port, bool is_deflated);
void check_upgrade(std::string_view answer, bool is_deflated);

// Takes a server's frames apart. Everything but a binary message throws Failure: a bench gives no
// cause for a ping or a close.
class FrameReader {
 public:
  // Leaves the payload of uncompressed frames at the beginning of `bytes`, and returns its size.
  size_t strip(std::span<char> bytes);

  // The payload of frames of both kinds goes to the end of `to`.
  void inflate(std::span<char> bytes, std::string& to);

 private:
  // The next piece of payload within `bytes`, which may be empty. Headers before it are taken.
  std::span<char> take_payload(std::span<char> bytes);
  // Returns how many of the bytes belong to the header.
  size_t take_header(std::span<const char> bytes);
  void begin_frame();

  std::array<uint8_t, 10> header_{};
  size_t header_size_ = 0;
  bool is_in_header_ = false;
  uint64_t remaining_ = 0;  // payload of this frame, still to come
  bool is_last_ = true;     // frame of its message
  bool is_compressed_ = false;
  std::vector<char> compressed_;  // what there is of a compressed message
};

}  // namespace bench
