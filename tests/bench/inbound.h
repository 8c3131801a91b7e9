// What a server sends, cut into frames. The bytes come from a Link into a buffer of fixed size, and
// a frame is a view into that buffer, good until the next receive. An -ERR, an unknown verb, a
// number that is none or a frame larger than the buffer throws Failure: nothing a server says is
// skipped.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "tests/bench/link.h"

namespace bench {

enum class FrameKind { kMessage, kPing, kPong, kInfo, kOk };

struct Frame {
  FrameKind kind = FrameKind::kOk;
  std::string_view line;     // without the line's end
  std::string_view headers;  // of a message that has some, their version line and all
  std::string_view payload;  // of a message
};

class Inbound {
 public:
  static constexpr size_t kSmall = 16 * 1024;
  static constexpr size_t kLarge = 256 * 1024;

  explicit Inbound(size_t capacity);

  // True while whole frames are in the buffer.
  bool next(Frame& frame);

  // Waits for bytes.
  void receive(Link& link);

  // False when there were none, or when `link` has given all it had for now.
  bool try_receive(Link& link);

 private:
  std::span<char> free_space();
  bool next_message(std::string_view line, Frame& frame);

  std::unique_ptr<char[]> buffer_;
  size_t capacity_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace bench
