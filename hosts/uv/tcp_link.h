// TcpLink: a client over plain TCP or a unix-domain socket: what the Transport reads is what the
// Server receives, byte for byte.
#pragma once

#include <memory>

#include "hosts/uv/accepted_socket.h"
#include "hosts/uv/link.h"
#include "hosts/uv/loop.h"
#include "hosts/uv/transport.h"

namespace myelin {

class TcpLink final : public Link, private Transport::User {
 public:
  // Makes a link of an accepted connection and hands it to the loop. The socket is taken in any
  // case.
  static void adopt(Loop& loop, AcceptedSocket socket);

  void start(ClientId client) override;
  void write(Write write) override;
  void pause_reading() override;
  void resume_reading() override;
  void abort() override;

 private:
  explicit TcpLink(Loop& loop) : loop_(loop), transport_(*this) {}

  std::span<char> read_buffer() override;
  void on_read(Bytes bytes, bool filled) override;
  void on_written(uint64_t size) override;
  void on_end(LinkEnd end) override;
  void on_released() override;

  Loop& loop_;
  ClientId client_;
  bool is_ended_ = false;  // the Server was told
  Transport transport_;
};

}  // namespace myelin
