#include "tests/bench/websocket.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/bench/failure.h"

namespace bench {
namespace {

using namespace std::string_literals;

// A server's frame.
std::string frame(uint8_t first, std::string_view payload) {
  std::string text(1, static_cast<char>(first));
  if (payload.size() < 126) {
    text += static_cast<char>(payload.size());
  } else {
    text += static_cast<char>(126);
    text += static_cast<char>(payload.size() >> 8);
    text += static_cast<char>(payload.size() & 0xff);
  }
  return text.append(payload);
}

// What a reader makes of the bytes when they come in pieces of this size.
std::string stripped(std::string bytes, size_t piece_size) {
  FrameReader reader;
  std::string payload;
  for (size_t at = 0; at < bytes.size(); at += piece_size) {
    const std::span<char> piece(bytes.data() + at, std::min(piece_size, bytes.size() - at));
    payload.append(piece.data(), reader.strip(piece));
  }
  return payload;
}

// A client's frame as if it came from a server: the mask is taken off.
std::string unmasked(std::string bytes) {
  const size_t header = bytes[1] == static_cast<char>(0x80 | 126) ? 4 : 2;
  const std::string mask = bytes.substr(header, 4);
  std::string payload = bytes.substr(header + 4);
  for (size_t i = 0; i < payload.size(); ++i)
    payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
  return frame(static_cast<uint8_t>(bytes[0]), payload);
}

}  // namespace

TEST_CASE("FrameReader: payloads come together whatever the pieces are") {
  const std::string large(300, 'x');
  const std::string bytes = frame(0x82, "one ") + frame(0x02, large) + frame(0x80, "") +
                            frame(0x82, "") + frame(0x82, "two");
  for (size_t piece_size = 1; piece_size <= bytes.size(); ++piece_size) {
    CHECK(stripped(bytes, piece_size) == "one " + large + "two");
  }
}

TEST_CASE("FrameReader: a close, a text, a mask and a message in a message are failures") {
  CHECK_THROWS_AS(stripped(frame(0x88, ""), 9), Failure);
  CHECK_THROWS_AS(stripped(frame(0x81, "text"), 9), Failure);
  CHECK_THROWS_AS(stripped("\x82\x81mask!"s, 9), Failure);
  CHECK_THROWS_AS(stripped(frame(0x02, "a") + frame(0x82, "b"), 9), Failure);
}

TEST_CASE("FrameReader: a deflated message is inflated, one that is not stays") {
  std::string deflated;
  append_frame(deflated, std::string(1000, 'y'), true);
  std::string bytes = frame(0x82, "plain ") + unmasked(deflated) + frame(0x82, " again");
  CHECK(bytes.size() < 100);
  for (size_t piece_size = 1; piece_size <= bytes.size(); ++piece_size) {
    FrameReader reader;
    std::string copy = bytes;
    std::string payload;
    for (size_t at = 0; at < copy.size(); at += piece_size) {
      reader.inflate({copy.data() + at, std::min(piece_size, copy.size() - at)}, payload);
    }
    CHECK(payload == "plain " + std::string(1000, 'y') + " again");
  }
}

TEST_CASE("in_frames: one message each, or as many as fit; nothing is lost") {
  const Batch batch = publications({"a"}, 16);
  for (const Framing framing : {Framing::kOne, Framing::kMany}) {
    const Batch framed = in_frames(batch, framing, false);
    std::string payload;
    size_t frames = 0;
    for (size_t at = 0; at < framed.bytes.size(); ++frames) {
      const auto length = static_cast<uint8_t>(framed.bytes[at + 1]) & 0x7f;
      const size_t header = length == 126 ? 4 : 2;
      size_t size = static_cast<size_t>(length);
      if (length == 126) {
        size = static_cast<size_t>(static_cast<uint8_t>(framed.bytes[at + 2])) << 8 |
               static_cast<uint8_t>(framed.bytes[at + 3]);
      }
      payload += unmasked(framed.bytes.substr(at, header + 4 + size)).substr(length == 126 ? 4 : 2);
      at += header + 4 + size;
    }
    CHECK(payload == batch.bytes);
    CHECK(frames == (framing == Framing::kOne ? batch.message_count : 2));
  }
}

}  // namespace bench
