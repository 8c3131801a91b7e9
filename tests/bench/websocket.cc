#include "tests/bench/websocket.h"

#include <algorithm>
#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/beast/zlib/inflate_stream.hpp>
#include <cctype>
#include <cstring>

#include "tests/bench/failure.h"

namespace bench {
namespace {

namespace zlib = boost::beast::zlib;

constexpr size_t kFrameBytes = 32 * 1024;  // what nats.js and nats.go hand over at once
constexpr std::array<uint8_t, 4> kMask{0x9d, 0x3a, 0x51, 0xe7};

constexpr uint8_t kFinal = 0x80;
constexpr uint8_t kCompressed = 0x40;
constexpr uint8_t kContinuation = 0x00;
constexpr uint8_t kBinary = 0x02;
constexpr uint8_t kMasked = 0x80;
// What a sync flush ends with; it is left out on the wire (RFC 7692, 7.2.1).
constexpr std::string_view kFlushMark("\x00\x00\xff\xff", 4);

// RFC 6455's own example.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pplmbitxaq9kygzzhzrbk+xoo=";  // in lower case

std::string deflated(std::string_view bytes) {
  zlib::deflate_stream stream;
  stream.reset(1, 15, 8, zlib::Strategy::normal);
  std::string to(zlib::deflate_upper_bound(bytes.size()) + 16, '\0');
  zlib::z_params params;
  params.next_in = bytes.data();
  params.avail_in = bytes.size();
  params.next_out = to.data();
  params.avail_out = to.size();
  boost::beast::error_code error;
  stream.write(params, zlib::Flush::sync, error);
  to.resize(params.total_out);
  if (error || params.avail_in > 0 || !to.ends_with(kFlushMark)) throw Failure("deflate failed");
  to.resize(to.size() - kFlushMark.size());
  return to;
}

void append_inflated(std::vector<char>& bytes, std::string& to) {
  bytes.insert(bytes.end(), kFlushMark.begin(), kFlushMark.end());
  zlib::inflate_stream stream;
  stream.reset(15);
  zlib::z_params params;
  params.next_in = bytes.data();
  params.avail_in = bytes.size();
  for (;;) {
    const size_t begin = to.size();
    to.resize(begin + kFrameBytes);
    params.next_out = to.data() + begin;
    params.avail_out = kFrameBytes;
    boost::beast::error_code error;
    stream.write(params, zlib::Flush::sync, error);
    to.resize(to.size() - params.avail_out);
    if (error && error != zlib::error::need_buffers && error != zlib::error::end_of_stream) {
      throw Failure("the server's compressed data is damaged");
    }
    if (params.avail_out > 0) return;
  }
}

void append_length(std::string& to, size_t size) {
  const auto mark = [&](size_t value) { to += static_cast<char>(kMasked | value); };
  int bytes = 0;
  if (size < 126) {
    mark(size);
  } else if (size <= 0xffff) {
    mark(126);
    bytes = 2;
  } else {
    mark(127);
    bytes = 8;
  }
  while (bytes-- > 0) to += static_cast<char>(size >> (8 * bytes) & 0xff);
}

}  // namespace

void append_frame(std::string& to, std::string_view bytes, bool is_deflated) {
  std::string shrunk;
  if (is_deflated) bytes = shrunk = deflated(bytes);
  to += static_cast<char>(kFinal | kBinary | (is_deflated ? kCompressed : 0));
  append_length(to, bytes.size());
  to.append(reinterpret_cast<const char*>(kMask.data()), kMask.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    to += static_cast<char>(static_cast<uint8_t>(bytes[i]) ^ kMask[i % kMask.size()]);
  }
}

Batch in_frames(const Batch& batch, Framing framing, bool is_deflated) {
  Batch framed = batch;
  framed.bytes.clear();
  framed.ends.clear();
  size_t begin = 0;
  for (size_t i = 0; i < batch.ends.size(); ++i) {
    const bool is_last = i + 1 == batch.ends.size();
    if (framing == Framing::kMany && !is_last && batch.ends[i + 1] - begin <= kFrameBytes) continue;
    append_frame(framed.bytes, std::string_view(batch.bytes).substr(begin, batch.ends[i] - begin),
                 is_deflated);
    begin = batch.ends[i];
  }
  return framed;
}

std::string upgrade_request(uint16_t port, bool is_deflated) {
  std::string request = "GET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
                        "13\r\nSec-WebSocket-Key: ";
  request += kKey;
  if (is_deflated) {
    request +=
        "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
        "client_no_context_takeover";
  }
  return request + "\r\n\r\n";
}

void check_upgrade(std::string_view answer, bool is_deflated) {
  std::string text(answer);
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const bool is_granted =
      text.starts_with("http/1.1 101 ") && text.find(kAccept) != std::string::npos;
  const bool will_deflate = text.find("permessage-deflate") != std::string::npos;
  if (is_granted && will_deflate == is_deflated) return;
  throw Failure("no such WebSocket: " + std::string(answer));
}

size_t FrameReader::strip(std::span<char> bytes) {
  char* const begin = bytes.data();
  char* to = begin;
  while (!bytes.empty()) {
    const std::span<char> part = take_payload(bytes);
    if (is_compressed_) throw Failure("a compressed message, which nobody asked for");
    std::memmove(to, part.data(), part.size());
    to += part.size();
    bytes = bytes.subspan(static_cast<size_t>(part.data() + part.size() - bytes.data()));
  }
  return static_cast<size_t>(to - begin);
}

void FrameReader::inflate(std::span<char> bytes, std::string& to) {
  while (!bytes.empty()) {
    const std::span<char> part = take_payload(bytes);
    if (is_compressed_) {
      compressed_.insert(compressed_.end(), part.begin(), part.end());
    } else {
      to.append(part.data(), part.size());
    }
    bytes = bytes.subspan(static_cast<size_t>(part.data() + part.size() - bytes.data()));
    if (is_compressed_ && is_last_ && !is_in_header_ && remaining_ == 0) {
      append_inflated(compressed_, to);
      compressed_.clear();
      is_compressed_ = false;
    }
  }
}

std::span<char> FrameReader::take_payload(std::span<char> bytes) {
  if (remaining_ == 0) bytes = bytes.subspan(take_header(bytes));
  const size_t size = static_cast<size_t>(std::min<uint64_t>(remaining_, bytes.size()));
  remaining_ -= size;
  return bytes.first(size);
}

size_t FrameReader::take_header(std::span<const char> bytes) {
  is_in_header_ = true;
  for (size_t taken = 0; taken < bytes.size();) {
    header_[header_size_++] = static_cast<uint8_t>(bytes[taken++]);
    if (header_size_ < 2) continue;
    if ((header_[1] & kMasked) != 0) throw Failure("the server masked a frame");
    const size_t wanted = header_[1] < 126 ? 2 : header_[1] == 126 ? 4 : 10;
    if (header_size_ < wanted) continue;
    begin_frame();
    return taken;
  }
  return bytes.size();
}

void FrameReader::begin_frame() {
  const uint8_t opcode = header_[0] & 0x0f;
  if (opcode != (is_last_ ? kBinary : kContinuation)) {
    throw Failure("a WebSocket frame of kind " + std::to_string(opcode));
  }
  remaining_ = header_size_ == 2 ? header_[1] : 0;
  for (size_t i = 2; i < header_size_; ++i) remaining_ = remaining_ << 8 | header_[i];
  if (opcode == kBinary) is_compressed_ = (header_[0] & kCompressed) != 0;
  is_last_ = (header_[0] & kFinal) != 0;
  is_in_header_ = false;
  header_size_ = 0;
}

}  // namespace bench
