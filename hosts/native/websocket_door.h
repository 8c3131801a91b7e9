// WebSocketDoor: the daemon's listener for clients that come over WebSocket, as the `websocket`
// block asks for it.
//
// Made before the Loop and outlives it; close() comes first.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"
#include "hosts/uv/listener.h"
#include "hosts/uv/loop.h"
#include "hosts/uv/tls_context.h"
#include "hosts/websocket/completions.h"
#include "hosts/websocket/ws_host.h"

namespace myelin {

class WebSocketDoor {
 public:
  // Binds the port and writes it into `options`: INFO names it. What goes wrong is start()'s to
  // say.
  void bind(DaemonOptions& options);
  // Opens the listener that was bound; the error is nats-server's.
  Status start(const WebSocketListenOptions& options, size_t message_max, Loop& loop, Log& log);
  // Before anything changes: reads the certificates anew.
  Status prepare_reload(const DaemonOptions& options);
  void reload(size_t message_max);
  // Nobody new; whoever is there stays.
  void stop_listening() { listener_.reset(); }
  void close();

  // For the ports file; none if it is closed.
  std::vector<std::string> urls() const;

 private:
  std::unique_ptr<Completions> completions_;
  std::optional<Result<ListenSocket>> bound_;
  std::unique_ptr<TlsContext> reloaded_tls_;
  bool is_tls_ = false;
  std::unique_ptr<WsHost> host_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace myelin
