// One connection to 127.0.0.1, in the protocol's bytes, whatever wire there is. Calls whose name
// begins with `try_` never wait; the others wait up to thirty seconds for the server and then throw
// Failure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tests/bench/file_descriptor.h"
#include "tests/bench/tls_session.h"
#include "tests/bench/websocket.h"
#include "tests/bench/wire.h"

namespace bench {

class Link {
 public:
  // Throws Failure when nobody listens. A WebSocket is open afterwards; TLS begins with start_tls.
  explicit Link(const Address& address);

  // For a server that may not listen yet.
  static std::optional<Link> try_connect(uint16_t port);

  // Once a server has said INFO in the clear.
  void start_tls();

  void send(std::string_view bytes);
  size_t receive(std::span<char> into);

  // What `try_send` is to be given where there are frames: the caller keeps it, whole, until all of
  // it was taken.
  std::string framed(std::string_view bytes) const;
  // How many bytes were taken, zero when the kernel would make us wait.
  size_t try_send(std::string_view framed_bytes);
  size_t try_receive(std::span<char> into);

  int fd() const { return socket_.get(); }
  Wire wire() const { return wire_; }

 private:
  Link(FileDescriptor socket, Wire wire);

  bool is_deflated() const { return wire_ == Wire::kDeflatedWebSocket; }
  void upgrade(uint16_t port);
  void send_all(std::string_view bytes);
  // From the wire as it is; zero after waiting in vain.
  size_t receive_some(std::span<char> into, bool may_wait);
  size_t receive_from_socket(std::span<char> into, bool may_wait);
  // Zero when there is nothing for now, or nothing in thirty seconds.
  size_t receive_payload(std::span<char> into, bool may_wait);
  size_t receive_inflated(std::span<char> into, bool may_wait);

  FileDescriptor socket_;
  Wire wire_;
  std::unique_ptr<TlsSession> tls_;
  std::unique_ptr<FrameReader> frames_;
  std::string inflated_;  // not yet handed out
  size_t inflated_begin_ = 0;
};

}  // namespace bench
