// Monitoring: the daemon's listener for people, probes and collectors who ask by HTTP, and what
// stands behind it. It is open from before the streams are read, so that their reading can be
// watched, until the shutdown, lame duck mode included.
//
// Outlives the Loop; close() comes first.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/daemon_options.h"
#include "hosts/uv/listener.h"
#include "hosts/uv/loop.h"
#include "hosts/uv/tls_context.h"
#include "hosts/websocket/http_host.h"

namespace myelin {

class Monitoring {
 public:
  // Opens the listener that `options` ask for, if any; the error is nats-server's.
  Status start(const DaemonOptions& options, Loop& loop, Log& log);
  // Before anything changes: reads the certificates of https anew.
  Status prepare_reload(const DaemonOptions& options);
  void reload(const DaemonOptions& options);
  void close();

  // For the ports file; none if it is closed.
  std::vector<std::string> urls() const;

 private:
  void adopt(AcceptedSocket socket);

  std::optional<HttpHost> host_;  // once it listens
  std::unique_ptr<TlsContext> tls_;  // of https
  std::unique_ptr<TlsContext> reloaded_tls_;
  std::string scheme_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace myelin
