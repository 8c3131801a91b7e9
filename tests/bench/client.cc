#include "tests/bench/client.h"

#include <utility>

#include "tests/bench/failure.h"

namespace bench {

std::string connect_line(const Credentials& credentials) {
  std::string line =
      R"(CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"lang":"bench",)"
      R"("version":"1.0.0","protocol":1,"echo":true,"headers":true,"no_responders":true)";
  if (!credentials.user.empty()) {
    line += R"(,"user":")" + credentials.user + R"(","pass":")" + credentials.password + '"';
  }
  return line + "}\r\n";
}

Client::Client(const Address& address, size_t buffer_size, const Credentials& credentials)
    : link_(address), inbound_(buffer_size) {
  if (next_frame().kind != FrameKind::kInfo) throw Failure("the server did not begin with INFO");
  if (address.wire == Wire::kTls) link_.start_tls();
  link_.send(connect_line(credentials));
  fence();
}

Client::Client(Link link, size_t buffer_size) : link_(std::move(link)), inbound_(buffer_size) {}

void Client::subscribe(std::string_view subject, std::string_view queue, unsigned sid) {
  std::string line = "SUB ";
  line += subject;
  if (!queue.empty()) (line += ' ') += queue;
  link_.send(line + ' ' + std::to_string(sid) + "\r\n");
}

void Client::fence() {
  link_.send("PING\r\n");
  for (;;) {
    const Frame frame = next_frame();
    if (frame.kind == FrameKind::kPong) return;
    if (frame.kind == FrameKind::kMessage) throw Failure("a message more than was published");
    if (frame.kind == FrameKind::kPing) link_.send("PONG\r\n");
  }
}

Frame Client::next_message() {
  for (;;) {
    const Frame frame = next_frame();
    if (frame.kind == FrameKind::kMessage) return frame;
    if (frame.kind == FrameKind::kPing) link_.send("PONG\r\n");
  }
}

Frame Client::next_frame() {
  Frame frame;
  while (!inbound_.next(frame)) inbound_.receive(link_);
  return frame;
}

}  // namespace bench
