#include "tests/bench/inbound.h"

#include <charconv>
#include <cstring>
#include <string>

#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

// The number that ends the line, which it is taken from.
size_t take_last_number(std::string_view& line) {
  const size_t space = line.rfind(' ');
  size_t number = 0;
  const char* const begin = line.data() + (space == std::string_view::npos ? 0 : space + 1);
  const char* const end = line.data() + line.size();
  const auto [stop, code] = std::from_chars(begin, end, number);
  if (code != std::errc() || stop != end) throw Failure("a bad MSG line: " + std::string(line));
  line = line.substr(0, space);
  return number;
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
  if (line.starts_with("MSG ") || line.starts_with("HMSG ")) return next_message(line, frame);
  frame = Frame{.kind = kind_of(line), .line = line, .headers = {}, .payload = {}};
  begin_ += line_size;
  return true;
}

bool Inbound::next_message(std::string_view line, Frame& frame) {
  std::string_view rest = line;
  const size_t size = take_last_number(rest);
  const size_t header_size = line.starts_with('H') ? take_last_number(rest) : 0;
  if (size > capacity_) throw Failure("a message larger than any that was sent");
  if (header_size > size) throw Failure("headers larger than their message");
  const size_t line_size = line.size() + kLineEnd.size();
  const size_t frame_size = line_size + size + kLineEnd.size();
  if (end_ - begin_ < frame_size) return false;

  const std::string_view body(line.data() + line_size, size);
  if (body.data()[size] != '\r' || body.data()[size + 1] != '\n') {
    throw Failure("a payload that ends without CR LF");
  }
  frame = Frame{.kind = FrameKind::kMessage,
                .line = line,
                .headers = body.substr(0, header_size),
                .payload = body.substr(header_size)};
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
