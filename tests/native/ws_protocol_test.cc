#include "hosts/websocket/ws_protocol.h"

#include <boost/beast/zlib/deflate_stream.hpp>
#include <catch2/catch.hpp>
#include <memory>

namespace myelin {
namespace {

constexpr std::string_view kRequest =
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";

// A connection that was accepted, and what became of what it was fed.
class Accepted final : private WsProtocol::User {
 public:
  explicit Accepted(bool compresses = false, uint64_t message_max = 1000,
                    bool takes_unmasked = false)
      : Accepted(std::make_shared<std::vector<char>>(64 * 1024), compresses, message_max,
                 takes_unmasked) {}
  // With scratch memory that others use too.
  Accepted(std::shared_ptr<std::vector<char>> scratch, bool compresses, uint64_t message_max,
           bool takes_unmasked)
      : scratch_(std::move(scratch)), protocol_(completions_, *scratch_, *this) {
    WebSocketListenOptions options;
    options.compression = compresses;
    Upgrade upgrade;
    REQUIRE(upgrade.take(kRequest) == Upgrade::Progress::kComplete);
    REQUIRE(upgrade.judge(UpgradeRules(options)));
    response_ = protocol_.accept(upgrade,
                                 {.compresses = upgrade.accepted().compresses,
                                  .takes_unmasked = takes_unmasked,
                                  .message_max = message_max},
                                 {});
  }

  void feed(std::string_view bytes) {
    std::string own(bytes);
    protocol_.receive(own);
  }
  void feed_each(std::string_view bytes) {
    for (const char& each : bytes) feed({&each, 1});
  }
  const std::string& response() const { return response_; }
  const std::string& payload() const { return payload_; }
  const std::vector<std::string>& pongs() const { return pongs_; }
  WsProtocol& protocol() { return protocol_; }
  // "1002 reason", and whether the peer asked for it.
  std::string end() const {
    if (!protocol_.end()) return "none";
    const WsProtocol::End& end = *protocol_.end();
    return std::to_string(end.close.code) + " " + end.close.reason +
           (end.is_by_peer ? " peer" : "");
  }
  bool writes_pongs = true;
  bool pauses_at_payload = false;

 private:
  void on_payload(Bytes payload) override {
    payload_ += as_text(payload);
    if (pauses_at_payload) protocol_.pause();
  }
  void on_pong(std::string_view frame) override {
    pongs_.emplace_back(frame);
    if (writes_pongs) protocol_.pong_written();
  }

  Completions completions_;
  std::shared_ptr<std::vector<char>> scratch_;
  WsProtocol protocol_;
  std::string response_;
  std::string payload_;
  std::vector<std::string> pongs_;
};

constexpr unsigned char kFinal = 0x80;
constexpr unsigned char kCompressed = 0x40;
constexpr unsigned char kText = 1;
constexpr unsigned char kBinary = 2;
constexpr unsigned char kClose = 8;
constexpr unsigned char kPing = 9;

std::string frame(unsigned char first, std::string_view payload) {
  constexpr char kMask[] = "\x12\x34\x56\x78";
  std::string made(1, static_cast<char>(first));
  const size_t size = payload.size();
  if (size < 126) {
    made += static_cast<char>(0x80 | size);
  } else {
    const int digits = size > 0xffff ? 8 : 2;
    made += static_cast<char>(0x80 | (digits == 8 ? 127 : 126));
    for (int at = digits - 1; at >= 0; --at) made += static_cast<char>(size >> (8 * at) & 0xff);
  }
  made.append(kMask, 4);
  for (size_t at = 0; at < size; ++at) made += static_cast<char>(payload[at] ^ kMask[at % 4]);
  return made;
}
std::string binary(std::string_view payload) { return frame(kFinal | kBinary, payload); }

std::string deflated(std::string_view text) {
  namespace zlib = boost::beast::zlib;
  zlib::deflate_stream stream;
  std::string out(zlib::deflate_upper_bound(text.size()) + 64, '\0');
  zlib::z_params state;
  state.next_in = text.data();
  state.avail_in = text.size();
  state.next_out = out.data();
  state.avail_out = out.size();
  boost::system::error_code error;
  stream.write(state, zlib::Flush::sync, error);
  REQUIRE(!error);
  out.resize(state.total_out - 4);
  return out;
}

}  // namespace

TEST_CASE("WsProtocol: the response has the key's digest and nothing that was not asked for") {
  const Accepted plain;
  CHECK(plain.response() ==
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  const Accepted compressing(true);
  CHECK_THAT(compressing.response(), Catch::Contains("server_no_context_takeover") &&
                                         Catch::Contains("client_no_context_takeover"));
}

TEST_CASE("WsProtocol: frames of any size come through, however they are cut") {
  std::string sent;
  std::string frames;
  for (const size_t size : {0, 1, 7, 125, 126, 1000, 65535, 65536, 70000, 3}) {
    std::string payload(size, '\0');
    for (size_t at = 0; at < size; ++at) payload[at] = static_cast<char>('a' + (size + at) % 23);
    sent += payload;
    frames += binary(payload);
  }
  for (const size_t cut : {1, 2, 3, 13, 1000, 1536, 65536, 1000000}) {
    Accepted peer;
    for (size_t at = 0; at < frames.size(); at += cut) peer.feed(frames.substr(at, cut));
    CHECK(peer.payload() == sent);
    CHECK(peer.end() == "none");
  }
}

TEST_CASE("WsProtocol: fragments, text, and control frames between them") {
  const std::string frames = frame(kText, "PING\r\n") + frame(kFinal | kPing, "are you there") +
                             frame(0, "") + frame(0, "PUB a 2\r\n") + frame(kFinal, "hi\r\n") +
                             binary("PONG\r\n") + frame(kFinal | kPing, "") + binary("x");
  Accepted whole;
  whole.feed(frames);
  Accepted bytewise;
  bytewise.feed_each(frames);
  for (const Accepted* peer : {&whole, &bytewise}) {
    CHECK(peer->payload() == "PING\r\nPUB a 2\r\nhi\r\nPONG\r\nx");
    REQUIRE(peer->pongs().size() == 2);
    CHECK(peer->pongs()[0] == std::string("\x8a\x0d", 2) + "are you there");
    CHECK(peer->pongs()[1] == std::string("\x8a\x00", 2));
    CHECK(peer->end() == "none");
  }
}

TEST_CASE("WsProtocol: while a pong waits to be written, nothing more is worked off") {
  Accepted peer;
  peer.writes_pongs = false;
  peer.feed(frame(kFinal | kPing, "1") + binary("a") + frame(kFinal | kPing, "2") + binary("b"));
  CHECK(peer.pongs().size() == 1);
  CHECK(peer.protocol().is_blocked());
  peer.feed(binary("c"));
  peer.protocol().pong_written();
  CHECK(peer.payload() == "a");
  CHECK(peer.pongs().size() == 2);
  peer.protocol().pong_written();
  CHECK(peer.payload() == "abc");
  CHECK_FALSE(peer.protocol().is_blocked());
}

TEST_CASE("WsProtocol: a flood of pings does not grow the stack") {
  Accepted peer;
  std::string flood;
  for (int count = 0; count < 20000; ++count) flood += frame(kFinal | kPing, "");
  peer.feed(flood);
  CHECK(peer.pongs().size() == 20000);
}

TEST_CASE("WsProtocol: while paused, what comes is kept") {
  Accepted peer;
  peer.protocol().pause();
  peer.feed(binary("a"));
  peer.feed(frame(kBinary, "b"));
  CHECK(peer.payload().empty());
  peer.protocol().resume();
  CHECK(peer.payload() == "ab");
  peer.feed(frame(kFinal, "c"));
  CHECK(peer.payload() == "abc");
}

TEST_CASE("WsProtocol: text need not be UTF-8") {
  Accepted peer;
  peer.feed(frame(kFinal | kText, "\xff") + frame(kText, "\xc0") + frame(kFinal, "\x80"));
  CHECK(peer.payload() == "\xff\xc0\x80");
  CHECK(peer.end() == "none");
}

TEST_CASE("WsProtocol: who asked for it need not mask") {
  Accepted peer(false, 1000, true);
  CHECK_THAT(peer.response(), Catch::Contains("\r\nNats-No-Masking: true\r\n"));
  const std::string frames = std::string(
                                 "\x82\x01"
                                 "a"
                                 "\x02\x01"
                                 "b"
                                 "\x89\x00"
                                 "\x80\x01"
                                 "c",
                                 11) +
                             binary("d");
  peer.feed(frames);
  peer.feed_each(frames);
  CHECK(peer.payload() == "abcdabcd");
  CHECK(peer.pongs().size() == 2);
}

TEST_CASE("WsProtocol: a close is answered with what it said") {
  Accepted peer;
  peer.feed(binary("a") + frame(kFinal | kClose, std::string("\x03\xe8", 2) + "bye") + binary("b"));
  CHECK(peer.payload() == "a");
  CHECK(peer.end() == "1000 bye peer");
  Accepted silent;
  silent.feed(frame(kFinal | kClose, ""));
  CHECK(silent.end() == "0  peer");
}

TEST_CASE("WsProtocol: what the protocol forbids ends the connection with a reason") {
  const auto end_of = [](const std::string& frames) {
    Accepted peer;
    peer.feed(frames);
    return peer.end();
  };
  CHECK(end_of(std::string("\x82\x01x", 3)) == "1002 mask bit missing");
  CHECK(end_of(frame(kFinal | 0x20 | kBinary, "x")) == "1002 RSV2 and RSV3 must be clear");
  CHECK(end_of(frame(kFinal | kCompressed | kBinary, "x")) ==
        "1002 compressed frame received without negotiated permessage-deflate");
  CHECK(end_of(frame(kFinal | 3, "x")) == "1002 unknown opcode 3");
  CHECK(end_of(frame(kFinal | 11, "x")) == "1002 unknown opcode 11");
  CHECK(end_of(frame(kPing, "x")) == "1002 control frame does not have final bit set");
  CHECK(end_of(frame(kFinal | kPing, std::string(126, 'x'))) ==
        "1002 control frame length bigger than maximum allowed of 125 bytes");
  CHECK(end_of(frame(kFinal, "x")) == "1002 invalid continuation frame");
  CHECK(end_of(frame(kBinary, "x") + binary("y")) ==
        "1002 new message started before final frame for previous message was received");
  CHECK(end_of(frame(kFinal | kClose, "x")) == "1002 close frame payload cannot be 1 byte");
  CHECK(end_of(frame(kFinal | kClose, std::string("\x03\xee", 2))) ==
        "1002 invalid close status code");
  CHECK(end_of(frame(kFinal | kClose, std::string("\x13\x88", 2))) ==
        "1002 invalid close status code 5000");
  CHECK(end_of(std::string("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10) + "mask") ==
        "1002 invalid 64-bit payload length");
}

TEST_CASE("WsProtocol: compressed messages come through inflated") {
  const std::string text(900, 'z');
  const std::string packed = deflated(text);
  Accepted peer(true);
  peer.feed(frame(kFinal | kCompressed | kBinary, packed) + binary("|"));
  peer.feed(frame(kCompressed | kBinary, packed.substr(0, 3)) + frame(kFinal | kPing, "") +
            frame(kFinal, packed.substr(3)) + binary("|"));
  peer.feed_each(frame(kFinal | kCompressed | kBinary, packed));
  CHECK(peer.payload() == text + "|" + text + "|" + text);
  CHECK(peer.pongs().size() == 1);
  CHECK(peer.end() == "none");
}

TEST_CASE("WsProtocol: what one peer's message is so far, another's does not overwrite") {
  std::string text(140'000, 'q');
  for (int at = 0; at < 900; ++at) text += static_cast<char>('a' + at * at % 26);
  text.append(140'000, 'z');
  const std::string message = frame(kFinal | kCompressed | kBinary, deflated(text));
  const std::string noise = frame(kFinal | kCompressed | kBinary, deflated(std::string(900, '%')));
  const auto scratch = std::make_shared<std::vector<char>>(64 * 1024);
  for (const bool pauses : {false, true}) {
    for (size_t cut = 1; cut < message.size(); cut += 31) {
      Accepted peer(scratch, true, 1'000'000, false);
      Accepted other(scratch, true, 1'000'000, false);
      peer.pauses_at_payload = pauses;
      peer.feed(message.substr(0, cut));
      other.feed(noise);
      peer.feed(message.substr(cut));
      for (int turn = 0; turn < 200 && peer.payload().size() < text.size(); ++turn) {
        other.feed(noise);
        peer.protocol().resume();
      }
      CHECK((peer.payload() == text));
    }
  }
}

TEST_CASE("WsProtocol: a bomb goes off at the size of a message") {
  Accepted peer(true, 1000);
  peer.feed(frame(kFinal | kCompressed | kBinary, deflated(std::string(1'000'000, 'a'))));
  CHECK(peer.end() == "1009 Maximum Message Payload Exceeded");
  CHECK(peer.payload().size() <= 1000);

  // Input that inflates to nothing is bounded too.
  Accepted slow(true, 1000);
  slow.feed(frame(kCompressed | kBinary, ""));
  const std::string empty_block("\0\0\0\xff\xff", 5);
  for (int count = 0; count < 2000; ++count) slow.feed(frame(0, empty_block));
  CHECK(slow.end() == "1009 Maximum Message Payload Exceeded");
}

TEST_CASE("WsProtocol: damage in compressed data ends the connection") {
  Accepted peer(true);
  peer.feed(frame(kFinal | kCompressed | kBinary, std::string(100, '\xff')));
  CHECK(peer.end() == "1007 invalid compressed data");
}

}  // namespace myelin
