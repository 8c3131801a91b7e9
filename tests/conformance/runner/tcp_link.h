// A link over a socket: NATS's own protocol and nothing around it, but TLS where a case asks.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tests/conformance/runner/certificates.h"
#include "tests/conformance/runner/door.h"
#include "tests/conformance/runner/socket_pipe.h"

namespace myelin::conformance {

class TcpLink : public Link {
 public:
  TcpLink(int fd, const Certificates& certificates) : pipe_(fd), certificates_(certificates) {}

  int fd() const { return pipe_.fd(); }
  // Whether something was read from the socket that receive() has not handed out yet.
  virtual bool has_unread() const { return false; }

  void send(std::string_view bytes) override { pipe_.send(bytes); }
  State receive(std::string& into) override {
    return pipe_.receive(into) ? State::kOpen : State::kClosed;
  }
  // Nobody reads a socket here unless receive() is called.
  void stop_reading() override {}
  void half_close() override { pipe_.half_close(); }
  void close() override { pipe_.close(); }
  std::string start_tls(const std::string& client) override;

 protected:
  SocketPipe pipe_;

 private:
  const Certificates& certificates_;
};

}  // namespace myelin::conformance
