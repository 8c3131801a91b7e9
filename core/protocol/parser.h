// Parser: bytes of a client connection in, operations out, however the bytes were split.
//
// An operation that lies whole in the input costs no copy: its views point into the input. A line
// that is split is joined in a string of at most max_control_line and a verb; a payload that is
// split is joined once, in a Buffer of its own, which deliveries may share. Between operations the
// parser holds no memory.
//
// Follows nats-server's lexical rules to the byte (conformance cases in tests/conformance/lexical),
// and knows nothing of subjects, permissions or who is asking.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/buffer.h"
#include "core/protocol/op.h"

namespace myelin {

class Parser {
 public:
  struct Limits {
    uint32_t max_control_line = 4096;   // of the argument
    int64_t max_payload = 1024 * 1024;  // negative: none
    bool headers = false;               // HPUB was negotiated
  };

  // Takes the next operation from `input`, which shrinks by what was used. What is returned is good
  // until the next call.
  const Op& next(std::string_view& input, const Limits& limits);

  // The next byte begins an operation.
  bool is_between_operations() const { return state_ == State::kLine && (line_.empty() || whole_); }

 private:
  enum class State : uint8_t { kLine, kSkipLine, kPayload };

  // Sets all that concerns a PUB in op_, or nothing.
  bool take_whole_pub(std::string_view& input, const Limits& limits);
  // Each fills op_, which is empty, or leaves it at kNeedMore.
  void next_from_line(std::string_view& input, const Limits& limits);
  void join_line(std::string_view& input, const Limits& limits);
  void join_payload(std::string_view& input);
  void skip_line(std::string_view& input);
  // Reads one operation's line from the start of `text`; returns its size if it is whole, else 0.
  size_t read_line(std::string_view text, const Limits& limits);
  void begin_payload(std::string_view& input);
  void fail(Fault fault);
  void release();

  Op op_;
  State state_ = State::kLine;
  OpKind skipped_ = OpKind::kPing;
  bool whole_ = false;  // what line_ and payload_ hold was handed out; the next call drops it
  uint32_t filled_ = 0;
  std::string line_;
  Buffer payload_;
  uint32_t content_size_ = 0;
};

}  // namespace myelin
