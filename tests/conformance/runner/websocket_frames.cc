#include "tests/conformance/runner/websocket_frames.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace myelin::conformance {
namespace {

constexpr std::size_t kControlMax = 125;
constexpr int kRawDeflate = -15;
constexpr std::string_view kFlushEnd("\x00\x00\xff\xff", 4);

[[noreturn]] void fail(const std::string& why) { throw std::runtime_error("websocket: " + why); }

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    fail("no number: " + std::string(text));
  return value;
}

std::string big_endian(std::uint64_t value, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = size; i-- > 0; value >>= 8) bytes[i] = static_cast<char>(value & 0xff);
  return bytes;
}

void read_word(std::string_view word, Frame& frame) {
  struct Name {
    std::string_view word;
    unsigned opcode;
  };
  static constexpr std::array<Name, 6> kNames{{{"text", kText},
                                               {"binary", kBinary},
                                               {"more", kContinuation},
                                               {"close", kCloseFrame},
                                               {"ping", kPingFrame},
                                               {"pong", kPongFrame}}};
  const auto* const name =
      std::find_if(kNames.begin(), kNames.end(), [&](const Name& one) { return one.word == word; });
  if (name != kNames.end()) {
    frame.opcode = name->opcode;
  } else if (word == "part") {
    frame.is_final = false;
  } else if (word == "unmasked") {
    frame.is_masked = false;
  } else if (word == "deflated") {
    frame.is_deflated = true;
  } else if (word == "rsv1" || word == "rsv2" || word == "rsv3") {
    frame.reserved |= 8U >> static_cast<unsigned>(word[3] - '0');
  } else if (word.starts_with("opcode=")) {
    frame.opcode = static_cast<unsigned>(number(word.substr(7)));
  } else if (word.starts_with("size=")) {
    frame.claimed_size = number(word.substr(5));
  } else {
    frame.payload = big_endian(number(word), 2) + frame.payload;  // a close code
  }
}

}  // namespace

Frame parse_frame(std::string_view words, std::string payload) {
  Frame frame;
  frame.payload = std::move(payload);
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (end > 0) read_word(words.substr(0, end), frame);
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return frame;
}

std::string encode(const Frame& frame, std::uint32_t mask) {
  std::string payload = frame.is_deflated ? deflate_message(frame.payload) : frame.payload;
  const std::uint64_t size = frame.claimed_size.value_or(payload.size());
  const unsigned reserved = frame.reserved | (frame.is_deflated ? 4U : 0U);
  const unsigned masked = frame.is_masked ? 0x80U : 0U;
  std::string bytes;
  bytes += static_cast<char>((frame.is_final ? 0x80U : 0U) | (reserved << 4U) | frame.opcode);
  if (size <= kControlMax) {
    bytes += static_cast<char>(masked | size);
  } else if (size < 65536) {
    bytes += static_cast<char>(masked | 126U);
    bytes += big_endian(size, 2);
  } else {
    bytes += static_cast<char>(masked | 127U);
    bytes += big_endian(size, 8);
  }
  if (!frame.is_masked) return bytes + payload;
  const std::string key = big_endian(mask, 4);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    payload[i] = static_cast<char>(payload[i] ^ key[i % 4]);
  }
  return bytes + key + payload;
}

std::string deflate_message(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kRawDeflate, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    fail("zlib");
  }
  std::string out(deflateBound(&stream, bytes.size()) + 16, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_SYNC_FLUSH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (out.ends_with(kFlushEnd)) out.resize(out.size() - kFlushEnd.size());
  return out;
}

std::string inflate_message(std::string_view bytes) {
  const std::string in = std::string(bytes) + std::string(kFlushEnd);
  z_stream stream{};
  if (inflateInit2(&stream, kRawDeflate) != Z_OK) fail("zlib");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  std::string out;
  std::array<char, 65536> piece;
  int state = Z_OK;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    state = inflate(&stream, Z_SYNC_FLUSH);
    out.append(piece.data(), piece.size() - stream.avail_out);
  } while (state == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0));
  inflateEnd(&stream);
  if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) fail("bad deflated data");
  return out;
}

void FrameReader::add(std::string_view bytes, std::string& data) {
  bytes_ += bytes;
  while (in_frame_ || take_header()) {
    in_frame_ = true;
    const std::size_t there = std::min<std::uint64_t>(left_, bytes_.size() - at_);
    if (is_control_) {
      if (there < left_) break;
      take_control();
    } else {
      (is_compressed_ ? deflated_ : data).append(bytes_, at_, there);
      at_ += there;
      left_ -= there;
      if (left_ > 0) break;
      in_message_ = !is_final_;
      if (is_final_ && is_compressed_) {
        data += inflate_message(deflated_);
        deflated_.clear();
      }
    }
    in_frame_ = false;
  }
  bytes_.erase(0, at_);
  at_ = 0;
}

bool FrameReader::take_header() {
  const std::size_t there = bytes_.size() - at_;
  if (there < 2) return false;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes_[at_ + i]); };
  if ((byte(1) & 0x80U) != 0) fail("the server masks");
  const unsigned small = byte(1) & 0x7fU;
  const std::size_t more = small < 126 ? 0 : small == 126 ? 2 : 8;
  if (there < 2 + more) return false;
  left_ = small;
  if (more > 0) {
    left_ = 0;
    for (std::size_t i = 0; i < more; ++i) left_ = (left_ << 8U) | byte(2 + i);
    if (left_ < (more == 2 ? 126 : 65536)) fail("a length in more bytes than it needs");
  }
  check_header(byte(0));
  at_ += 2 + more;
  return true;
}

void FrameReader::check_header(unsigned first) {
  if (is_closing_) fail("a frame behind the close frame");
  opcode_ = first & 0xfU;
  is_control_ = opcode_ >= kCloseFrame;
  const bool is_final = (first & 0x80U) != 0;
  const bool is_compressed = (first & 0x40U) != 0;
  if ((first & 0x30U) != 0) fail("a reserved bit is set");
  if (is_control_) {
    if (opcode_ > kPongFrame) fail("an unknown opcode");
    if (!is_final || is_compressed || left_ > kControlMax)
      fail("a control frame of the wrong form");
    return;
  }
  if (opcode_ != kBinary && opcode_ != kContinuation) fail("not a binary message");
  if ((opcode_ == kContinuation) != in_message_)
    fail("a message begins within another, or nowhere");
  if (is_compressed && (!may_compress_ || in_message_)) fail("compressed where it must not be");
  if (!in_message_) is_compressed_ = is_compressed;
  tally_.compressed += is_compressed ? 1 : 0;
  tally_.fragmented += !in_message_ && !is_final ? 1 : 0;
  tally_.frames += 1;
  tally_.largest = std::max<std::size_t>(tally_.largest, left_);
  is_final_ = is_final;
}

void FrameReader::take_control() {
  std::string payload = bytes_.substr(at_, left_);
  at_ += left_;
  std::string text = opcode_ == kPingFrame ? "ping" : "pong";
  if (opcode_ == kCloseFrame) {
    is_closing_ = true;
    text = "close";
    if (payload.size() == 1) fail("a close code of one byte");
    if (payload.size() >= 2) {
      text += " " + std::to_string(static_cast<unsigned char>(payload[0]) * 256 +
                                   static_cast<unsigned char>(payload[1]));
      payload.erase(0, 2);
    }
  }
  if (!payload.empty()) text += " " + payload;
  controls_.push_back(std::move(text));
}

}  // namespace myelin::conformance
