// TcpLink: a client over TCP or a unix-domain socket: what the Transport reads is what the Server
// receives, byte for byte.
//
// Before that, a link opens: a proxy's header may come, and TLS before INFO, after it, or if the
// client's first byte says so. What that needs is kept until the link is open.
#pragma once

#include <memory>
#include <string_view>

#include "hosts/uv/accepted_socket.h"
#include "hosts/uv/doorway.h"
#include "hosts/uv/link.h"
#include "hosts/uv/loop.h"
#include "hosts/uv/proxy_header.h"
#include "hosts/uv/transport.h"

namespace myelin {

class TcpLink final : public Link, private Transport::User {
 public:
  // Makes a link of an accepted connection and hands it to the loop. The socket is taken in any
  // case. `doorway` outlives the loop's links.
  static void adopt(Loop& loop, AcceptedSocket socket, const Doorway& doorway);

  void start(ClientId client) override;
  void write(Write write) override;
  void pause_reading() override;
  void resume_reading() override;
  void abort() override;

 private:
  struct Opening;

  TcpLink(Loop& loop, const Doorway& doorway);
  ~TcpLink() override;

  friend struct std::default_delete<TcpLink>;

  std::span<char> read_buffer() override;
  void on_read(Bytes bytes, bool filled) override;
  void on_written(uint64_t size) override;
  void on_secured(TlsFacts facts) override;
  void on_end(LinkEnd end) override;
  void on_released() override;

  void read_opening(std::string_view input);
  bool read_proxy_header(std::string_view& input);
  void choose(std::string_view input);
  void begin_tls(Bytes read);
  void fail(LinkEnd end, std::string_view why);

  Loop& loop_;
  const Doorway& doorway_;
  ClientId client_;
  bool is_ended_ = false;             // the Server was told
  std::unique_ptr<Opening> opening_;  // until the link is open, or TLS has begun
  Transport transport_;
};

}  // namespace myelin
