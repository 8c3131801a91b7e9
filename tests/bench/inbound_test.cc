#include "tests/bench/inbound.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <string_view>

#include "tests/bench/failure.h"
#include "tests/bench/listener.h"

namespace bench {
namespace {

// A link whose other end is the test's.
struct Wire {
  Listener listener;
  Link link{listener.port()};
  FileDescriptor server = listener.accept();
  Inbound inbound{Inbound::kSmall};

  void say(std::string_view bytes) {
    REQUIRE(::send(server.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
    inbound.receive(link);
  }
};

TEST_CASE("Inbound: headers are told from the payload") {
  Wire wire;
  wire.say("HMSG a 1 r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n");
  Frame frame;
  REQUIRE(wire.inbound.next(frame));
  CHECK(frame.kind == FrameKind::kMessage);
  CHECK(frame.headers == "NATS/1.0\r\n\r\n");
  CHECK(frame.payload == "hi");
}

TEST_CASE("Inbound: headers larger than their message are a failure") {
  Wire wire;
  wire.say("HMSG a 1 15 14\r\nNATS/1.0\r\n\r\nhi\r\n");
  Frame frame;
  CHECK_THROWS_AS(wire.inbound.next(frame), Failure);
}

TEST_CASE("Inbound: frames come out whole, however the bytes are cut") {
  const std::string_view bytes =
      "INFO {}\r\nMSG a 1 5\r\nhe\r\nl\r\nPING\r\nPONG\r\nMSG b 2 r 0\r\n\r\n";
  Wire wire;
  std::vector<FrameKind> kinds;
  std::vector<std::string> payloads;
  for (const char byte : bytes) {
    wire.say({&byte, 1});
    Frame frame;
    while (wire.inbound.next(frame)) {
      kinds.push_back(frame.kind);
      if (frame.kind == FrameKind::kMessage) payloads.emplace_back(frame.payload);
    }
  }
  CHECK(kinds == std::vector{FrameKind::kInfo, FrameKind::kMessage, FrameKind::kPing,
                             FrameKind::kPong, FrameKind::kMessage});
  CHECK(payloads == std::vector<std::string>{"he\r\nl", ""});
}

TEST_CASE("Inbound: what no server should say is a failure") {
  for (const std::string_view bytes :
       {"-ERR 'Slow Consumer'\r\n", "HELLO\r\n", "PING\n", "\n", "MSG a 1 x\r\n", "MSG a 1 -1\r\n",
        "MSG a 1 99999999\r\n", "MSG a 1 18446744073709551615\r\n", "MSG a 1 2\r\nabcd"}) {
    Wire wire;
    wire.say(bytes);
    Frame frame;
    CAPTURE(bytes);
    CHECK_THROWS_AS(wire.inbound.next(frame), Failure);
  }
}

TEST_CASE("Inbound: a server that closes is a failure") {
  Wire wire;
  wire.server = FileDescriptor();
  CHECK_THROWS_AS(wire.inbound.try_receive(wire.link), Failure);
}

}  // namespace
}  // namespace bench
