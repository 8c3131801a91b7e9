#include "hosts/native/monitor_options.h"

#include <algorithm>

#include "hosts/uv/tls_certificate.h"

namespace myelin {

MonitorOptions monitor_options(const HostConfig& config, WallTime loaded,
                               const std::string& store_directory) {
  const DaemonOptions& daemon = config.daemon;
  MonitorOptions options;
  // As written, not as bound: nats-server shows a -1.
  const auto written = [](const ListenAddress& at) { return at.port == 0 ? -1 : at.port; };
  if (daemon.http) options.http_port = written(*daemon.http);
  if (daemon.https) options.https_port = written(*daemon.https);
  if (daemon.http || daemon.https) {
    options.http_host = daemon.http ? daemon.http->host : daemon.https->host;
  }
  options.http_base_path = daemon.http_base_path;
  options.config_load_time = loaded;
  options.config_digest = config.digest;
  options.tags = daemon.server_tags;
  options.metadata = daemon.server_metadata;
  options.store_dir = store_directory;
  options.max_closed_clients = static_cast<size_t>(std::max<int64_t>(daemon.max_closed_clients, 0));
  if (daemon.websocket) {
    const WebSocketListenOptions& websocket = *daemon.websocket;
    options.websocket_advertise = websocket.advertise;
    options.websocket_jwt_cookie = websocket.jwt_cookie;
    options.websocket_handshake_timeout = websocket.handshake_timeout;
    options.websocket_no_tls = websocket.no_tls;
    options.websocket_same_origin = websocket.same_origin;
    options.websocket_compression = websocket.compression;
    if (websocket.tls && !websocket.tls->certs.empty()) {
      options.websocket_tls_cert_not_after = end_of_file(websocket.tls->certs.front().cert_file);
    }
    options.websocket_allowed_origins = websocket.allowed_origins;
  }
  return options;
}

}  // namespace myelin
