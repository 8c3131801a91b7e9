#include "hosts/browser/browser_config.h"

#include <algorithm>
#include <utility>

#include "core/base/password.h"
#include "core/server.h"

namespace myelin {
namespace {

// What messages call the text.
constexpr char kPath[] = "config";

constexpr int64_t kMaxConnections = 1024;
constexpr uint64_t kMaxPending = 8 * 1024 * 1024;

Result<std::string> read_no_file(const std::string& path) {
  return Error{Errc::kUnsupported, "open " + path + ": there are no files here to include"};
}
std::optional<std::string> no_variable(const std::string&) { return std::nullopt; }

std::string without_last_newline(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

bool has_bcrypt(const AuthorizationOptions& authorization) {
  if (is_bcrypt(authorization.password) || is_bcrypt(authorization.token)) return true;
  return std::any_of(authorization.users.begin(), authorization.users.end(),
                     [](const UserOptions& user) { return is_bcrypt(user.password); });
}

std::string refused(const std::string& what) { return std::string(kPath) + ": " + what; }

// What a daemon would do and nobody here can.
void note_daemon_options(Config& config) {
  const DaemonOptions none;
  DaemonOptions& daemon = config.daemon;
  const auto note = [&](bool is_asked_for, const char* keys) {
    if (is_asked_for) {
      config.notices.push_back(std::string(keys) + ": without effect, there is no daemon here");
    }
  };
  note(daemon.client != none.client, "listen, host, port");
  note(!daemon.listen_unix.empty(), "listen_unix");
  note(!daemon.client_advertise.empty(), "client_advertise");
  note(daemon.http || daemon.https || !daemon.http_base_path.empty(), "http, https");
  note(!daemon.http_web.empty(), "http_web");
  note(daemon.websocket.has_value(), "websocket");
  note(daemon.proxy_protocol, "proxy_protocol");
  note(!daemon.log_file.empty() || daemon.logfile_size_limit != 0 || daemon.logfile_max_num != 0,
       "log_file");
  note(daemon.syslog || !daemon.remote_syslog.empty(), "syslog");
  note(!daemon.pid_file.empty() || !daemon.ports_file_dir.empty(), "pid_file, ports_file_dir");
  note(!daemon.store_dir.empty(), "store_dir");
  note(daemon.prof_port != 0, "prof_port");
  // What is said of the server itself stays.
  daemon = {.server_tags = std::move(daemon.server_tags),
            .server_metadata = std::move(daemon.server_metadata),
            .max_closed_clients = daemon.max_closed_clients};
  config.options.websocket.reset();
}

// What needs signatures to be verified, or nullptr.
const char* needs_keys(const Options& options) {
  const auto& users = options.authorization.users;
  if (std::any_of(users.begin(), users.end(),
                  [](const UserOptions& user) { return !user.nkey.empty(); })) {
    return "nkey";
  }
  if (options.authorization.callout) return "auth_callout";
  if (options.operators) return "operator";
  return options.trusted_proxies.empty() ? nullptr : "proxies";
}

}  // namespace

Result<Config, std::string> read_browser_config(std::string_view text) {
  ConfigSources sources{.read_file = read_no_file,
                        .environment = no_variable,
                        .check_mapping = Server::check_mapping,
                        .check_accounts = Server::check_accounts};
  sources.defaults.max_connections = kMaxConnections;
  sources.defaults.max_pending = kMaxPending;
  Config config;
  config.options = sources.defaults;
  // Nothing said is nothing wrong, and no warning.
  if (text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    Result<Config, ConfigErrors> parsed = parse_config_text(text, kPath, sources);
    if (!parsed.ok()) return without_last_newline(to_string(parsed.error()));
    config = std::move(parsed.value());
  }
  const auto has_tls = config.daemon.tls || config.daemon.allow_non_tls;
  if (has_tls) return refused("tls: links do not leave the browser here, and know no TLS");
  if (has_bcrypt(config.options.authorization)) {
    return refused("authorization: bcrypt hashes cannot be checked here, write a plain password");
  }
  if (const char* key = needs_keys(config.options)) {
    return refused(std::string(key) + ": signatures cannot be verified here");
  }
  note_daemon_options(config);
  const Status whole = complete(config);
  if (!whole.ok()) return refused(whole.error().context);
  return config;
}

Options server_options(const Config& config, const BrowserLimits& limits, bool has_slots,
                       WallTime loaded) {
  Options options = config.options;
  if (options.jetstream) {
    const auto quarter = static_cast<int64_t>(limits.memory_max / 4);
    JetStreamOptions& jetstream = *options.jetstream;
    if (jetstream.max_memory_store < 0) jetstream.max_memory_store = quarter;
    if (jetstream.max_file_store < 0) {
      jetstream.max_file_store = has_slots ? static_cast<int64_t>(limits.storage_max) : quarter;
    }
  }
  MonitorOptions& monitor = options.monitor;
  monitor.config_load_time = loaded;
  monitor.config_digest = config.digest;
  monitor.tags = config.daemon.server_tags;
  monitor.metadata = config.daemon.server_metadata;
  monitor.max_closed_clients =
      static_cast<size_t>(std::max<int64_t>(config.daemon.max_closed_clients, 0));
  return options;
}

}  // namespace myelin
