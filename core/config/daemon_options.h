// DaemonOptions: what only a daemon needs from a configuration: its listeners, its files, its log.
// The core never sees these. Names are those of the configuration file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/time.h"

namespace myelin {

// Where to listen. Port 0 lets the kernel choose (a configuration says -1).
struct ListenAddress {
  std::string host;
  int port = 0;

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

struct CertificateFiles {
  std::string cert_file;
  std::string key_file;

  friend bool operator==(const CertificateFiles&, const CertificateFiles&) = default;
};

// A `tls` block as it was written; nothing in it has been opened or checked against a library.
struct TlsOptions {
  std::vector<CertificateFiles> certs;
  std::string ca_file;
  bool verify = false;
  bool verify_and_map = false;
  bool insecure = false;
  bool allow_insecure_cipher_suites = false;
  bool handshake_first = false;
  Duration handshake_first_fallback{};  // 0: none, only TLS is spoken
  std::vector<std::string> cipher_suites;
  std::vector<std::string> curve_preferences;
  std::vector<std::string> pinned_certs;  // lower-case hex of SHA-256
  std::string min_version;                // "1.2", "1.3" or empty
  Duration timeout = seconds(2);
  int64_t connection_rate_limit = 0;
  std::string place;  // of the block, for errors that show when its files are read: "file:1:0"
  // Of what its files hold, put here by who reads them: a reload with new certificates is a change.
  std::string digest;

  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

// The `websocket` block, less what is the Server's (WebSocketOptions in options.h).
struct WebSocketListenOptions {
  ListenAddress address{"0.0.0.0", 0};
  std::string advertise;
  std::optional<TlsOptions> tls;
  bool no_tls = false;
  bool same_origin = false;
  std::vector<std::string> allowed_origins;
  bool compression = false;
  Duration handshake_timeout{};  // 0: the host's own
  std::string jwt_cookie;        // names; empty: none
  std::string user_cookie;
  std::string pass_cookie;
  std::string token_cookie;
  std::vector<std::pair<std::string, std::string>> headers;  // of the response, sorted by name

  friend bool operator==(const WebSocketListenOptions&, const WebSocketListenOptions&) = default;
};

// Where OperatorOptions::resolver finds what it keeps.
struct ResolverOptions {
  std::string url;    // kUrl: an account's name goes behind it
  std::string dir;    // kFull, kCache
  int64_t limit = 0;  // of files in it; 0: none, of a cache a thousand
  Duration ttl{};     // kCache: forgotten after so long unasked; 0: never
  Duration timeout = milliseconds(1900);
  bool hard_delete = false;       // kFull: nothing of what is deleted stays
  std::optional<TlsOptions> tls;  // kUrl

  friend bool operator==(const ResolverOptions&, const ResolverOptions&) = default;
};

struct DaemonOptions {
  ListenAddress client{"0.0.0.0", 4222};
  std::string listen_unix;  // path of a unix-domain socket for clients; ours, not nats-server's
  std::string client_advertise;
  std::optional<ListenAddress> http;
  std::optional<ListenAddress> https;
  std::string http_base_path;
  std::string http_web;  // a folder of static files, served below /web/; ours
  std::optional<WebSocketListenOptions> websocket;
  std::optional<TlsOptions> tls;
  bool allow_non_tls = false;
  bool proxy_protocol = false;

  ResolverOptions resolver;

  std::string log_file;
  int64_t logfile_size_limit = 0;  // 0: never rotated
  int64_t logfile_max_num = 0;     // 0: all are kept
  bool logtime = true;
  bool logtime_utc = false;
  bool syslog = false;
  std::string remote_syslog;
  bool trace_verbose = false;  // the system account's traffic too

  std::string pid_file;
  std::string ports_file_dir;
  std::string store_dir;
  int prof_port = 0;

  std::vector<std::string> server_tags;
  std::vector<std::pair<std::string, std::string>> server_metadata;  // sorted by name
  int64_t max_closed_clients = 10000;

  friend bool operator==(const DaemonOptions&, const DaemonOptions&) = default;
};

}  // namespace myelin
