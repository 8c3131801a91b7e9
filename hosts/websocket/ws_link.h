// WsLink: one client over WebSocket, from its socket to its end. Internal to hosts/websocket.
//
//     [TLS] --> request --judged--> frames (the Server's link) --> close
//
// Until the request is accepted it is its Owner's, and unknown to the Server; then it is the
// Loop's. The Server hears of payload only: what it wrote is reported as written when the kernel
// took the part of the frames that carries it.
#pragma once

#include <memory>
#include <vector>

#include "core/base/log.h"
#include "hosts/uv/accepted_socket.h"
#include "hosts/uv/link.h"
#include "hosts/uv/loop.h"
#include "hosts/uv/tls_context.h"
#include "hosts/uv/transport.h"
#include "hosts/websocket/completions.h"
#include "hosts/websocket/deflater.h"
#include "hosts/websocket/upgrade.h"
#include "hosts/websocket/ws_frame.h"
#include "hosts/websocket/ws_protocol.h"

namespace myelin {

class WsLink final : public Link, private Transport::User, private WsProtocol::User {
 public:
  // What the links of a host share. It ends before the loop does: a link that only has to go away
  // does not touch it.
  struct Shared {
    Loop& loop;
    Completions& completions;
    Log& log;
    UpgradeRules rules;
    uint64_t message_max;  // of an inflated message
    std::vector<char> scratch;
    Deflater deflater;
  };
  class Owner {
   public:
    // The link leaves its owner: it was upgraded, or it ends.
    virtual std::unique_ptr<WsLink> release(WsLink& link) = 0;

   protected:
    ~Owner() = default;
  };

  WsLink(Shared& shared, Owner& owner)
      : loop_(shared.loop),
        completions_(shared.completions),
        shared_(shared),
        owner_(&owner),
        transport_(*this) {}

  // Takes the socket in any case. With `tls`, a handshake comes first.
  void begin(AcceptedSocket socket, TlsContext* tls);
  // Before it is the Loop's: takes too long, or nobody wants it any more.
  void give_up();

  void start(ClientId client) override;
  void write(Write write) override;
  void pause_reading() override;
  void resume_reading() override;
  void abort() override;

 private:
  // A piece of what is to be written, and how much of it is the Server's payload.
  struct Piece {
    uint64_t size = 0;
    uint64_t payload = 0;
    uint64_t written = 0;
    bool is_pong = false;
  };

  std::span<char> read_buffer() override;
  void on_read(Bytes bytes, bool filled) override;
  void on_written(uint64_t size) override;
  void on_secured(TlsFacts facts) override;
  void on_end(LinkEnd end) override;
  void on_released() override;
  void on_payload(Bytes payload) override;
  void on_pong(std::string_view frame) override;

  void take_request(Bytes bytes);
  void refuse();
  void upgrade();
  void leave_owner();
  void take_frames(Bytes bytes);
  void continue_later();
  void go_on();
  void finish();
  void leave_when_written();
  void send(std::vector<Chunk> chunks, uint64_t payload, bool is_pong = false);
  void send_text(std::string_view text, bool is_pong = false);
  void log_error(std::string_view text);

  Loop& loop_;
  Completions& completions_;
  Shared& shared_;  // not once the host is gone
  Owner* owner_;    // until it is the Loop's
  ClientId client_;
  std::unique_ptr<Upgrade> upgrade_;  // until it is accepted
  std::unique_ptr<WsProtocol> protocol_;
  std::vector<Piece> pieces_;  // not yet written, in order
  WsFraming framing_;
  bool compresses_ = false;
  bool is_paused_ = false;  // by the Server
  bool continues_later_ = false;
  bool pong_is_written_ = false;  // and the protocol was not told yet
  bool sends_pong_ = false;       // within send()
  bool is_close_sent_ = false;
  bool is_ended_ = false;  // the Server was told, or there was nothing to tell
  AcceptedSocket peer_;    // until it is the Loop's
  std::unique_ptr<TlsFacts> tls_facts_;
  Transport transport_;
};

}  // namespace myelin
