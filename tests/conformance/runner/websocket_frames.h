// RFC 6455 frames as a client sees them, written apart from any library the server uses, so that
// one mistake cannot hide on both sides. What a client sends may be wrong on purpose; what it
// receives is judged strictly: a frame that a server must not send is a std::runtime_error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace myelin::conformance {

enum Opcode : unsigned {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kCloseFrame = 8,
  kPingFrame = 9,
  kPongFrame = 10
};

struct Frame {
  unsigned opcode = kBinary;
  bool is_final = true;
  bool is_masked = true;
  bool is_deflated = false;                   // the payload is compressed here, and RSV1 is set
  unsigned reserved = 0;                      // further RSV bits: 4 is RSV1, 2 is RSV2, 1 is RSV3
  std::optional<std::uint64_t> claimed_size;  // what the header says, where it is not the truth
  std::string payload;
};

// "binary part", "text deflated", "close 1000", "ping unmasked rsv2", "opcode=3 size=70000": the
// words of a `frame` step. Throws std::runtime_error.
Frame parse_frame(std::string_view words, std::string payload);

std::string encode(const Frame& frame, std::uint32_t mask);

// RFC 7692 with no context kept: without the four bytes that end a flush.
std::string deflate_message(std::string_view bytes);
std::string inflate_message(std::string_view bytes);

// Cuts what a server sends into the bytes of its messages and what it says beside them.
class FrameReader {
 public:
  struct Tally {
    std::size_t frames = 0;      // of data
    std::size_t compressed = 0;  // messages
    std::size_t fragmented = 0;  // messages of more than one frame
    std::size_t largest = 0;     // frame, in bytes
  };

  void allow_compression() { may_compress_ = true; }
  // Appends the messages' bytes to `data`.
  void add(std::string_view bytes, std::string& data);
  // "ping hello", "close 1002 why": in the order they came.
  std::deque<std::string>& controls() { return controls_; }
  bool is_closing() const { return is_closing_; }
  const Tally& tally() const { return tally_; }

 private:
  bool take_header();
  void check_header(unsigned first);
  void take_control();

  std::string bytes_;
  std::size_t at_ = 0;
  bool may_compress_ = false;
  bool in_message_ = false;
  bool in_frame_ = false;
  bool is_control_ = false;
  bool is_final_ = false;
  bool is_compressed_ = false;
  bool is_closing_ = false;
  unsigned opcode_ = 0;
  std::uint64_t left_ = 0;
  std::string deflated_;
  std::deque<std::string> controls_;
  Tally tally_;
};

}  // namespace myelin::conformance
