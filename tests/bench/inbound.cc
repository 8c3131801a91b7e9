#include "tests/bench/inbound.h"

#include <charconv>
#include <cstring>
#include <string>

#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

size_t payload_size_of(std::string_view line) {
  const size_t space = line.rfind(' ');
  size_t size = 0;
  const char* const begin = line.data() + (space == std::string_view::npos ? 0 : space + 1);
  const char* const end = line.data() + line.size();
  const auto [stop, code] = std::from_chars(begin, end, size);
  if (code != std::errc() || stop != end) throw Failure("a bad MSG line: " + std::string(line));
  return size;
}

FrameKind kind_of(std::string_view line) {
  if (line == "PONG") return FrameKind::kPong;
  if (line == "PING") return FrameKind::kPing;
  if (line == "+OK") return FrameKind::kOk;
  if (line.starts_with("INFO ")) return FrameKind::kInfo;
  throw Failure("the server said: " + std::string(line.substr(0, 200)));
}

}  // namespace

Inbound::Inbound(size_t capacity)
    : buffer_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

bool Inbound::next(Frame& frame) {
  const char* const begin = buffer_.get() + begin_;
  const size_t size = end_ - begin_;
  const void* const newline = size == 0 ? nullptr : std::memchr(begin, '\n', size);
  if (newline == nullptr) return false;

  const size_t line_size = static_cast<size_t>(static_cast<const char*>(newline) - begin) + 1;
  if (line_size < 2 || begin[line_size - 2] != '\r') throw Failure("a line that ends without CR");
  const std::string_view line(begin, line_size - kLineEnd.size());
  if (line.starts_with("MSG ")) return next_message(line, line_size, frame);
  frame = Frame{.kind = kind_of(line), .line = line, .payload = {}};
  begin_ += line_size;
  return true;
}

bool Inbound::next_message(std::string_view line, size_t line_size, Frame& frame) {
  const size_t payload_size = payload_size_of(line);
  if (payload_size > capacity_) throw Failure("a message larger than any that was sent");
  const size_t frame_size = line_size + payload_size + kLineEnd.size();
  if (end_ - begin_ < frame_size) return false;

  const std::string_view payload(line.data() + line_size, payload_size);
  if (payload.data()[payload_size] != '\r' || payload.data()[payload_size + 1] != '\n') {
    throw Failure("a payload that ends without CR LF");
  }
  frame = Frame{.kind = FrameKind::kMessage, .line = line, .payload = payload};
  begin_ += frame_size;
  return true;
}

void Inbound::receive(Link& link) { end_ += link.receive(free_space()); }

bool Inbound::try_receive(Link& link) {
  const size_t size = link.try_receive(free_space());
  end_ += size;
  return size > 0;
}

std::span<char> Inbound::free_space() {
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == capacity_) throw Failure("a frame larger than the buffer");
  return {buffer_.get() + end_, capacity_ - end_};
}

}  // namespace bench
