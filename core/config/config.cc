#include "core/config/config.h"

#include <algorithm>
#include <utility>

#include "core/base/password.h"
#include "core/base/text.h"
#include "core/config/accounts.h"
#include "core/config/authorization.h"
#include "core/config/config_digest.h"
#include "core/config/config_parser.h"
#include "core/config/config_reader.h"
#include "core/config/feature_blocks.h"
#include "core/config/jetstream.h"
#include "core/config/mappings.h"
#include "core/config/operator_mode.h"
#include "core/config/proxies.h"
#include "core/config/tls.h"
#include "core/config/websocket.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

constexpr int kClientPort = 4222;
constexpr Duration kLameDuckDurationMin = seconds(30);

// Rows for the plain cases: a value goes into a field as it is.
template <auto field>
void to_option(ConfigReader& reader, const ConfigMember& member, Config& to) {
  reader.read(member, to.options.*field);
}
template <auto field>
void to_daemon(ConfigReader& reader, const ConfigMember& member, Config& to) {
  reader.read(member, to.daemon.*field);
}
// An integer within bounds, whose zero asks for the default.
template <auto field, int64_t most>
void to_limit(ConfigReader& reader, const ConfigMember& member, Config& to) {
  int64_t value = 0;
  if (!reader.read(member, 0, most, value)) return;
  const auto fallback = reader.sources().defaults.*field;
  to.options.*field =
      value == 0 ? fallback : static_cast<std::remove_const_t<decltype(fallback)>>(value);
}
template <auto field>
void to_daemon_count(ConfigReader& reader, const ConfigMember& member, Config& to) {
  int64_t count = 0;
  if (reader.read(member, INT64_MIN, INT64_MAX, count))
    to.daemon.*field = std::max<int64_t>(0, count);
}
template <auto field>
void to_duration(ConfigReader& reader, const ConfigMember& member, Config& to) {
  reader.read_lenient(member, reader.sources().defaults.*field, to.options.*field);
}

void say_ignored(ConfigReader& reader, const std::string& key) {
  reader.notice(quoted(key) + " has no effect in this version of myelin-server");
}
// Known, checked for its kind, and nothing to do: it shapes what this version refuses or says that
// it lacks (a profiler, routes), or asks for what is so anyway (no system account).
template <Kind kind>
void accept(ConfigReader& reader, const ConfigMember& member, Config&) {
  reader.has_kind(member, kind);
}

enum class OcspMode { kAuto, kAlways, kMust, kNever };

void read_ocsp_mode(ConfigReader& reader, const ConfigMember& member, OcspMode& to) {
  if (!reader.has_kind(member, Kind::kString)) return;
  const std::string mode = lower_case(member.value.text);
  if (mode == "always") {
    to = OcspMode::kAlways;
  } else if (mode == "must") {
    to = OcspMode::kMust;
  } else if (mode == "never") {
    to = OcspMode::kNever;
  } else if (mode != "auto") {
    reader.error(member.value, "error parsing ocsp config: unsupported ocsp mode string");
  }
}
constexpr KnownKey<OcspMode> kOcspKeys[] = {{"mode", read_ocsp_mode}, {"url"}, {"urls"}};

// Nothing is stapled. Whoever insists on it is refused; `auto` leaves it to the certificate, and
// is told.
void read_ocsp(ConfigReader& reader, const ConfigMember& member, Config&) {
  OcspMode mode = OcspMode::kAuto;
  if (member.value.is(Kind::kMap)) {
    read_map(reader, member.value, kOcspKeys, mode);
  } else if (!reader.has_kind(member, Kind::kBool)) {
    return;
  } else if (!member.value.boolean) {
    mode = OcspMode::kNever;
  }
  if (mode == OcspMode::kAlways || mode == OcspMode::kMust) return reader.refuse(member);
  if (mode == OcspMode::kNever) return;
  reader.notice(not_supported("OCSP stapling (ocsp)") +
                ": certificates are shown without a status");
}

constexpr KnownKey<Config> kOcspCacheKeys[] = {
    {"type"}, {"local_store"}, {"preserve_revoked"}, {"save_interval"}};
// What it would keep are answers about peers, and `ocsp_peer` is refused.
void read_ocsp_cache(ConfigReader& reader, const ConfigMember& member, Config& to) {
  if (member.value.is(Kind::kMap)) {
    read_map(reader, member.value, kOcspCacheKeys, to);
  } else if (!reader.has_kind(member, Kind::kBool) || !member.value.boolean) {
    return;
  }
  say_ignored(reader, member.key);
}

void read_listen(ConfigReader& reader, const ConfigMember& member, Config& to) {
  reader.read_listen(member, kClientPort, to.daemon.client);
}
void read_port(ConfigReader& reader, const ConfigMember& member, Config& to) {
  reader.read_port(member, kClientPort, to.daemon.client.port);
}
void read_host(ConfigReader& reader, const ConfigMember& member, Config& to) {
  reader.read(member, to.daemon.client.host);
}

void read_server_name(ConfigReader& reader, const ConfigMember& member, Config& to) {
  if (!reader.has_kind(member, Kind::kString)) return;
  if (member.value.text.find(' ') != std::string::npos) {
    reader.error(member.value, "server name cannot contain spaces");
    return;
  }
  to.options.server_name = member.value.text;
}

// Port 0 is no listener; -1 is any port.
template <auto listener>
void read_monitor(ConfigReader& reader, const ConfigMember& member, Config& to) {
  constexpr int kNone = -1;
  ListenAddress address{{}, kNone};
  if (member.value.is(Kind::kString)) {
    reader.read_listen(member, kNone, address);
  } else {
    reader.read_port(member, kNone, address.port);
  }
  (to.daemon.*listener).reset();
  if (address.port != kNone) to.daemon.*listener = std::move(address);
}

void read_trace_verbose(ConfigReader& reader, const ConfigMember& member, Config& to) {
  reader.read(member, to.daemon.trace_verbose);
  to.options.trace = to.daemon.trace_verbose;
}
void read_trace_headers(ConfigReader& reader, const ConfigMember& member, Config& to) {
  reader.read(member, to.options.trace_headers);
  to.options.trace = to.options.trace_headers;
}

void read_max_connections(ConfigReader& reader, const ConfigMember& member, Config& to) {
  if (!reader.has_kind(member, Kind::kInt)) return;
  to.options.max_connections = member.value.integer == 0 ? -1 : member.value.integer;
}
void read_max_subscriptions(ConfigReader& reader, const ConfigMember& member, Config& to) {
  if (!reader.has_kind(member, Kind::kInt)) return;
  to.options.max_subscriptions = static_cast<uint64_t>(std::max<int64_t>(0, member.value.integer));
}
void read_max_subscription_tokens(ConfigReader& reader, const ConfigMember& member, Config& to) {
  int64_t tokens = 0;
  if (reader.read(member, 1, UINT8_MAX, tokens)) {
    to.options.max_subscription_tokens = static_cast<uint32_t>(tokens);
  }
}
void read_max_traced_msg_len(ConfigReader& reader, const ConfigMember& member, Config& to) {
  int64_t size = 0;
  if (reader.read(member, INT32_MIN, INT32_MAX, size)) {
    to.options.max_traced_msg_len = static_cast<uint32_t>(std::max<int64_t>(0, size));
  }
}
void read_max_closed_clients(ConfigReader& reader, const ConfigMember& member, Config& to) {
  int64_t count = 0;
  if (!reader.read(member, INT32_MIN, INT32_MAX, count)) return;
  to.daemon.max_closed_clients = count == 0 ? DaemonOptions{}.max_closed_clients : count;
}
void read_ping_max(ConfigReader& reader, const ConfigMember& member, Config& to) {
  int64_t count = 0;
  if (!reader.read(member, 0, INT32_MAX, count)) return;
  to.options.ping_max = count == 0 ? reader.sources().defaults.ping_max : static_cast<int>(count);
}
void read_prof_port(ConfigReader& reader, const ConfigMember& member, Config& to) {
  reader.read_port(member, 0, to.daemon.prof_port);
}

void read_write_timeout(ConfigReader& reader, const ConfigMember& member, Config&) {
  if (!reader.has_kind(member, Kind::kString)) return;
  const std::string& policy = member.value.text;
  if (policy == "retry") {
    reader.notice(not_supported("write_timeout \"retry\"") +
                  ": a client that misses the write deadline is closed");
  } else if (policy != "default" && policy != "close") {
    reader.error(member.value, "write_timeout must be 'default', 'close' or 'retry'");
  }
}

void read_lame_duck_duration(ConfigReader& reader, const ConfigMember& member, Config& to) {
  Duration duration{};
  if (!reader.read(member, duration)) return;
  if (duration < kLameDuckDurationMin) {
    reader.error(member.value, "invalid lame_duck_duration of " + go_duration(duration) +
                                   ", minimum is 30 seconds");
    return;
  }
  to.options.lame_duck_duration = duration;
}
void read_lame_duck_grace_period(ConfigReader& reader, const ConfigMember& member, Config& to) {
  Duration period{};
  if (!reader.read(member, period)) return;
  to.options.lame_duck_grace_period =
      period == Duration::zero() ? reader.sources().defaults.lame_duck_grace_period : period;
}

void read_authorization_block(ConfigReader& reader, const ConfigMember& member, Config& to) {
  read_authorization(reader, member, to.options.authorization);
}
void read_no_auth_user(ConfigReader& reader, const ConfigMember& member, Config& to) {
  reader.read(member, to.options.authorization.no_auth_user);
}
void read_mappings_block(ConfigReader& reader, const ConfigMember& member, Config& to) {
  read_mappings(reader, member, to.options.mappings);
}
void read_tls_block(ConfigReader& reader, const ConfigMember& member, Config& to) {
  read_tls(reader, member, to.daemon.tls);
}

void read_server_metadata(ConfigReader& reader, const ConfigMember& block, Config& to) {
  if (!reader.has_kind(block, Kind::kMap)) return;
  to.daemon.server_metadata.clear();
  for (const ConfigMember& member : block.value.members) {
    std::string text;
    reader.read(member, text);
    to.daemon.server_metadata.emplace_back(member.key, std::move(text));
  }
  std::sort(to.daemon.server_metadata.begin(), to.daemon.server_metadata.end());
}
// Of the flags that nats-server knows one is about a single server: another form of ack subjects.
void read_feature_flags(ConfigReader& reader, const ConfigMember& block, Config&) {
  if (!reader.has_kind(block, Kind::kMap)) return;
  for (const ConfigMember& member : block.value.members) {
    if (!reader.has_kind(member, Kind::kBool) || !member.value.boolean) continue;
    if (member.key == "js_ack_fc_v2") say_ignored(reader, member.key);
  }
}

void read_accounts_block(ConfigReader& reader, const ConfigMember& member, Config& to) {
  read_accounts(reader, member, to);
}
void read_system_account(ConfigReader& reader, const ConfigMember& member, Config& to) {
  reader.read(member, to.options.system_account);
}
void read_proxies_block(ConfigReader& reader, const ConfigMember& member, Config& to) {
  read_proxies(reader, member, to.options.trusted_proxies);
}

void refuse_unless_empty(ConfigReader& reader, const ConfigMember& member, Config&) {
  if (reader.has_kind(member, Kind::kMap) && !member.value.members.empty()) reader.refuse(member);
}

template <void (*read)(ConfigReader&, const ConfigMember&)>
void read_feature(ConfigReader& reader, const ConfigMember& member, Config&) {
  read(reader, member);
}

constexpr int64_t kInt32Max = INT32_MAX;

// Every key of the top level, in the order of nats-server's documentation.
constexpr KnownKey<Config> kTopKeys[] = {
    {"listen", read_listen},
    {"listen_unix", to_daemon<&DaemonOptions::listen_unix>},
    {"host", read_host},
    {"net", read_host},
    {"port", read_port},
    {"client_advertise", to_daemon<&DaemonOptions::client_advertise>},
    {"server_name", read_server_name},
    {"server_tags", to_daemon<&DaemonOptions::server_tags>},
    {"server_metadata", read_server_metadata},

    {"debug", to_option<&Options::debug>},
    {"trace", to_option<&Options::trace>},
    {"trace_verbose", read_trace_verbose},
    {"trace_headers", read_trace_headers},
    {"logtime", to_daemon<&DaemonOptions::logtime>},
    {"logtime_utc", to_daemon<&DaemonOptions::logtime_utc>},
    {"logfile", to_daemon<&DaemonOptions::log_file>},
    {"log_file", to_daemon<&DaemonOptions::log_file>},
    {"logfile_size_limit", to_daemon_count<&DaemonOptions::logfile_size_limit>},
    {"log_size_limit", to_daemon_count<&DaemonOptions::logfile_size_limit>},
    {"logfile_max_num", to_daemon_count<&DaemonOptions::logfile_max_num>},
    {"log_max_num", to_daemon_count<&DaemonOptions::logfile_max_num>},
    {"syslog", to_daemon<&DaemonOptions::syslog>},
    {"remote_syslog", to_daemon<&DaemonOptions::remote_syslog>},
    {"max_traced_msg_len", read_max_traced_msg_len},
    {"pidfile", to_daemon<&DaemonOptions::pid_file>},
    {"pid_file", to_daemon<&DaemonOptions::pid_file>},
    {"ports_file_dir", to_daemon<&DaemonOptions::ports_file_dir>},
    {"prof_port", read_prof_port},
    {"prof_block_rate", accept<Kind::kInt>},

    {"http", read_monitor<&DaemonOptions::http>},
    {"http_port", read_monitor<&DaemonOptions::http>},
    {"monitor_port", read_monitor<&DaemonOptions::http>},
    {"https", read_monitor<&DaemonOptions::https>},
    {"https_port", read_monitor<&DaemonOptions::https>},
    {"http_base_path", to_daemon<&DaemonOptions::http_base_path>},
    {"http_web", to_daemon<&DaemonOptions::http_web>},

    {"authorization", read_authorization_block},
    {"no_auth_user", read_no_auth_user},
    {"accounts", read_accounts_block},
    {"system_account", read_system_account},
    {"system", read_system_account},
    {"no_system_account", accept<Kind::kBool>},
    {"no_system", accept<Kind::kBool>},
    {"no_sys_acc", accept<Kind::kBool>},
    {"default_sentinel", read_default_sentinel},
    {"operator", read_operators},
    {"operators", read_operators},
    {"root", read_operators},
    {"roots", read_operators},
    {"root_operator", read_operators},
    {"root_operators", read_operators},
    {"trusted", read_trusted_keys},
    {"trusted_keys", read_trusted_keys},
    {"resolver", read_resolver},
    {"account_resolver", read_resolver},
    {"accounts_resolver", read_resolver},
    {"resolver_tls", read_resolver_tls},
    {"resolver_preload", read_resolver_preload},
    {"resolver_pinned_accounts", read_pinned_accounts},
    {"proxies", read_proxies_block},
    {"proxy_protocol", to_daemon<&DaemonOptions::proxy_protocol>},

    {"mappings", read_mappings_block},
    {"maps", read_mappings_block},

    {"tls", read_tls_block},
    {"allow_non_tls", to_daemon<&DaemonOptions::allow_non_tls>},
    {"ocsp", read_ocsp},
    {"ocsp_cache", read_ocsp_cache},

    {"max_connections", read_max_connections},
    {"max_conn", read_max_connections},
    {"max_control_line", to_limit<&Options::max_control_line, kInt32Max>},
    {"max_payload", to_limit<&Options::max_payload, kInt32Max>},
    {"max_pending", to_limit<&Options::max_pending, INT64_MAX>},
    {"max_subscriptions", read_max_subscriptions},
    {"max_subs", read_max_subscriptions},
    {"max_subscription_tokens", read_max_subscription_tokens},
    {"max_sub_tokens", read_max_subscription_tokens},
    {"max_closed_clients", read_max_closed_clients},
    {"ping_interval", to_duration<&Options::ping_interval>},
    {"ping_max", read_ping_max},
    {"write_deadline", to_duration<&Options::write_deadline>},
    {"write_timeout", read_write_timeout},
    {"no_fast_producer_stall", to_option<&Options::no_fast_producer_stall>},
    {"lame_duck_duration", read_lame_duck_duration},
    {"lame_duck_grace_period", read_lame_duck_grace_period},
    {"no_header_support", to_option<&Options::no_header_support>},
    {"disable_sublist_cache", to_option<&Options::disable_sublist_cache>},
    {"no_sublist_cache", to_option<&Options::disable_sublist_cache>},
    {"feature_flags", read_feature_flags},

    {"cluster", read_feature<read_cluster>},
    {"gateway", read_feature<read_gateway>},
    {"leafnodes", read_feature<read_leafnodes>},
    {"leaf", read_feature<read_leafnodes>},
    {"websocket", read_websocket},
    {"ws", read_websocket},
    {"mqtt", read_feature<read_mqtt>},
    {"connect_error_reports", accept<Kind::kInt>},
    {"reconnect_error_reports", accept<Kind::kInt>},
    {"jetstream", read_jetstream},
    {"store_dir", read_store_dir},
    {"storedir", read_store_dir},
    {"default_js_domain", refuse_unless_empty},
};

Status complete_jetstream(Config& config) {
  if (!config.options.jetstream) return kOk;
  if (!config.jetstream_refusals.empty()) {
    std::string text = to_string(config.jetstream_refusals);
    text.pop_back();
    return invalid(std::move(text));
  }
  config.notices.insert(config.notices.end(), config.jetstream_notices.begin(),
                        config.jetstream_notices.end());
  return kOk;
}

Status check_system_account(const Options& options) {
  if (options.operators) return kOk;
  if (options.system_account.empty() || options.system_account == Options{}.system_account) {
    return kOk;
  }
  for (const AccountOptions& account : options.accounts) {
    if (account.name == options.system_account) return kOk;
  }
  return invalid("error resolving system account: account missing");
}

// Who connects under TLS has a second more to say who he is.
void complete_tls(Config& config) {
  if (!config.daemon.tls) return;
  const TlsOptions& tls = *config.daemon.tls;
  Options& options = config.options;
  options.tls_required = !config.daemon.allow_non_tls;
  options.tls_available = config.daemon.allow_non_tls;
  options.tls_verify = tls.verify;
  options.tls_timeout = tls.timeout;
  options.tls_connection_rate_limit = tls.connection_rate_limit;
  if (tls.handshake_first) options.tls_first_fallback = tls.handshake_first_fallback;
  AuthorizationOptions& authorization = options.authorization;
  if (!authorization.chooses_timeout) authorization.timeout = tls.timeout + seconds(1);
  if (tls.verify_and_map) authorization.mapped_connections |= kStandardConnection;
}

}  // namespace

std::string to_string(const ConfigErrors& errors) {
  return to_string(errors.warnings) + to_string(errors.errors);
}

Result<Config, ConfigErrors> parse_config(const std::string& path, const ConfigSources& sources) {
  auto text = sources.read_file(path);
  if (!text) return ConfigErrors{{Diagnostic{path, 0, 0, text.error().context}}, {}};
  return parse_config_text(text.value(), path, sources);
}

Result<Config, ConfigErrors> parse_config_text(std::string_view text, const std::string& path,
                                               const ConfigSources& sources) {
  auto tree = parse_config_tree(text, path, sources);
  if (!tree) return ConfigErrors{{Diagnostic{path, 0, 0, tree.error()}}, {}};
  Config config;
  config.options = sources.defaults;
  ConfigReader reader(tree.value(), sources);
  read_map(reader, tree.value().root, kTopKeys, config);
  finish_accounts(reader, tree.value().root, config);
  if (tree.value().root.members.empty()) {
    reader.add_warning({path, 0, 0, path + ": config has no values or is empty"});
  }
  if (!reader.errors().empty()) {
    return ConfigErrors{std::move(reader.errors()), std::move(reader.warnings())};
  }
  config.path = path;
  config.digest = config_digest(tree.value().root);
  config.warnings = std::move(reader.warnings());
  config.notices = std::move(reader.notices());
  return config;
}

Status complete(Config& config) {
  Options& options = config.options;
  DaemonOptions& daemon = config.daemon;
  if (daemon.client.host.empty()) daemon.client.host = DaemonOptions{}.client.host;
  if (options.lame_duck_grace_period >= options.lame_duck_duration) {
    return invalid("lame duck grace period (" + go_duration(options.lame_duck_grace_period) +
                   ") should be strictly lower than lame duck duration (" +
                   go_duration(options.lame_duck_duration) + ")");
  }
  if (options.max_payload > options.max_pending) {
    return invalid("max_payload (" + decimal(options.max_payload) +
                   ") cannot be higher than max_pending (" +
                   decimal(static_cast<int64_t>(options.max_pending)) + ")");
  }
  if (options.server_name.find(' ') != std::string::npos) {
    return invalid("server name cannot contain spaces");
  }
  TRY(complete_operator_mode(config));
  TRY(check_no_auth_user(options.authorization, options.authorization.no_auth_user));
  TRY(check_callout(options));
  TRY(check_system_account(options));
  for (std::optional<ListenAddress>* monitor : {&daemon.http, &daemon.https}) {
    if (*monitor && (*monitor)->host.empty()) (*monitor)->host = daemon.client.host;
  }
  if (!daemon.http_web.empty() && !daemon.http && !daemon.https) {
    config.notices.push_back("http_web is without effect: there is no http or https listener");
  }
  if (daemon.prof_port != 0) {
    config.notices.push_back(
        "Go's profiler has no counterpart in myelin-server: the listener of prof_port is not "
        "opened. \"perf record -g -p PID\" profiles a running server");
  }
  complete_tls(config);
  TRY(complete_websocket(config));
  TRY(complete_jetstream(config));
  return announce(config);
}

Status announce(Config& config) {
  const DaemonOptions& daemon = config.daemon;
  config.options.host = daemon.client.host;
  config.options.port = daemon.client.port;
  announce_websocket(config);
  if (daemon.client_advertise.empty()) return kOk;
  std::string host, port;
  const std::string& address = daemon.client_advertise;
  const Status mistake = invalid("invalid client_advertise " + quoted(address));
  if (!split_host_port(address, host, port)) {
    if (!split_host_port(address + ":0", host, port)) return mistake;
  }
  const auto number = port == "-1" ? 0 : parse_decimal(port, 5);
  if (!number || *number > 65535) return mistake;
  config.options.host = std::move(host);
  if (*number != 0) config.options.port = static_cast<int>(*number);
  return kOk;
}

bool has_plain_passwords(const AuthorizationOptions& authorization) {
  if (!authorization.password.empty() && !is_bcrypt(authorization.password)) return true;
  for (const UserOptions& user : authorization.users) {
    if (!user.nkey.empty()) continue;
    if (user.password.empty() && authorization.mapped_connections != 0) continue;
    if (!is_bcrypt(user.password)) return true;
  }
  return false;
}

}  // namespace myelin
