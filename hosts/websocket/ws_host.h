// WsHost: takes connections on which WebSocket is to be spoken, and makes links of those whose
// request is in order. What takes too long to ask is let go.
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/log.h"
#include "core/config/daemon_options.h"
#include "hosts/uv/accepted_socket.h"
#include "hosts/uv/loop.h"
#include "hosts/uv/tls_context.h"
#include "hosts/websocket/completions.h"

namespace myelin {

class WsHost {
 public:
  // `message_max` bounds what a compressed message inflates to.
  WsHost(Loop& loop, Completions& completions, Log& log, const WebSocketListenOptions& options,
         uint64_t message_max);
  // Before the Loop: what has not become a link yet is let go.
  ~WsHost();
  WsHost(const WsHost&) = delete;
  WsHost& operator=(const WsHost&) = delete;

  // TLS for connections to come; nullptr: none.
  void use_tls(std::unique_ptr<TlsContext> context);
  // For connections to come, too.
  void set_message_max(uint64_t size);
  void adopt(AcceptedSocket socket);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace myelin
