#include "core/config/reload.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/config/accounts.h"
#include "core/config/size.h"

namespace myelin {

namespace {

// Values as Go prints them with %v.
std::string shown(bool value) { return value ? "true" : "false"; }
std::string shown(const std::string& value) { return value; }
std::string shown(Duration value) { return go_duration(value); }
std::string shown(int64_t value) { return decimal(value); }
std::string shown(int value) { return decimal(value); }
std::string shown(uint32_t value) { return decimal(value); }
std::string shown(uint64_t value) { return decimal(static_cast<int64_t>(value)); }

// Without commas, in brackets.
std::string shown(const std::vector<std::string>& values) {
  std::string text = "[";
  for (const std::string& value : values) text += (text.size() > 1 ? " " : "") + value;
  return text + "]";
}
std::string shown(const std::optional<AuthCalloutOptions>& callout) {
  if (!callout) return "<nil>";
  return "&{" + callout->issuer + " " + (callout->account.empty() ? "$G" : callout->account) + " " +
         shown(callout->auth_users) + " " + callout->key + " " + shown(callout->allowed_accounts) +
         "}";
}

std::string shown_seconds(Duration value) {
  std::string text = decimal(value.count() / kNsPerSecond);
  if (const int64_t rest = value.count() % kNsPerSecond; rest != 0) {
    std::string fraction = decimal(kNsPerSecond + rest).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += "." + fraction;
  }
  return text;
}

class Comparison {
 public:
  // May not change while the server runs. `name` is the one nats-server's refusal uses.
  template <class T>
  void keeps(const char* name, const T& before, const T& after) {
    if (before == after || !refusal.empty()) return;
    refuse(name, shown(before), shown(after));
  }
  void refuse(const char* name, const std::string& before, const std::string& after) {
    refuse(std::string(name) + ": old=" + before + ", new=" + after);
  }
  void refuse(const std::string& what) { refuse_with("config reload not supported for " + what); }
  void refuse_with(const std::string& why) {
    if (refusal.empty()) refusal = why;
  }
  template <class T>
  void takes(const char* name, const T& before, const T& after) {
    if (before != after) lines.push_back("Reloaded: " + std::string(name) + " = " + shown(after));
  }
  // What is not shown: secrets and lists.
  void notes(const char* what, bool is_changed) {
    if (is_changed) lines.push_back("Reloaded: " + std::string(what));
  }

  std::string refusal;
  std::vector<std::string> lines;
};

void compare_monitor(Comparison& changes, const char* host_name, const char* port_name,
                     const std::optional<ListenAddress>& before,
                     const std::optional<ListenAddress>& after) {
  const ListenAddress none;
  const ListenAddress& old_address = before ? *before : none;
  const ListenAddress& new_address = after ? *after : none;
  changes.keeps(host_name, old_address.host, new_address.host);
  if (new_address.port != 0) changes.keeps(port_name, old_address.port, new_address.port);
}

void compare_what_stays(Comparison& changes, const RunningConfig& running, const Config& reloaded) {
  const DaemonOptions& before = running.daemon;
  const DaemonOptions& after = reloaded.daemon;
  const Options& old_options = running.options;
  const Options& new_options = reloaded.options;
  changes.keeps("ServerName", old_options.server_name, new_options.server_name);
  changes.keeps("Host", before.client.host, after.client.host);
  if (after.client.port != 0) changes.keeps("Port", before.client.port, after.client.port);
  changes.keeps("listen_unix", before.listen_unix, after.listen_unix);
  compare_monitor(changes, "HTTPHost", "HTTPPort", before.http, after.http);
  compare_monitor(changes, "HTTPHost", "HTTPSPort", before.https, after.https);
  changes.keeps("HTTPBasePath", before.http_base_path, after.http_base_path);
  changes.keeps("ProxyProtocol", before.proxy_protocol, after.proxy_protocol);
  changes.keeps("AllowNonTLS", before.allow_non_tls, after.allow_non_tls);
  changes.keeps("LogSizeLimit", before.logfile_size_limit, after.logfile_size_limit);
  changes.keeps("LogMaxFiles", before.logfile_max_num, after.logfile_max_num);
  changes.keeps("ProfPort", before.prof_port, after.prof_port);
  changes.keeps("MaxClosedClients", before.max_closed_clients, after.max_closed_clients);
  changes.keeps("MaxPending", old_options.max_pending, new_options.max_pending);
  changes.keeps("MaxSubs", old_options.max_subscriptions, new_options.max_subscriptions);
  changes.keeps("MaxSubTokens", old_options.max_subscription_tokens,
                new_options.max_subscription_tokens);
  changes.keeps("TLSMap", old_options.authorization.mapped_connections,
                new_options.authorization.mapped_connections);
  changes.keeps("TLSRateLimit", old_options.tls_connection_rate_limit,
                new_options.tls_connection_rate_limit);
  changes.keeps("LameDuckDuration", old_options.lame_duck_duration, new_options.lame_duck_duration);
  changes.keeps("LameDuckGracePeriod", old_options.lame_duck_grace_period,
                new_options.lame_duck_grace_period);
  changes.keeps("NoHeaderSupport", old_options.no_header_support, new_options.no_header_support);
  changes.keeps("NoSublistCache", old_options.disable_sublist_cache,
                new_options.disable_sublist_cache);
}

// Limits may only grow, from one that was set to another.
void compare_store_limit(Comparison& changes, int64_t before, int64_t after) {
  if (before == after) return;
  if (before < 0) return changes.refuse("jetstream dynamic max memory and store");
  if (after < 0) return changes.refuse("jetstream max memory and max store");
  if (after < before) changes.refuse("decreasing jetstream max memory and store");
}

// Differs: nats-server switches JetStream on and off while it runs. Here a store is opened before
// the listeners, and closed after them.
void compare_jetstream(Comparison& changes, const RunningConfig& running, const Config& reloaded) {
  const bool was_on = running.options.jetstream.has_value();
  const auto& after = reloaded.options.jetstream;
  changes.keeps("JetStream", was_on, after.has_value());
  if (!was_on || !after) return;
  const JetStreamOptions& before = running.jetstream;
  if (running.daemon.store_dir != reloaded.daemon.store_dir) {
    changes.refuse("jetstream storage directory");
  }
  changes.keeps("SyncInterval", before.sync_interval, after->sync_interval);
  changes.keeps("SyncAlways", before.sync_always, after->sync_always);
  changes.keeps("NoJetStreamStrict", !before.strict, !after->strict);
  if (before.limits != after->limits) changes.refuse("JetStreamLimits");
  compare_store_limit(changes, before.max_memory_store, after->max_memory_store);
  compare_store_limit(changes, before.max_file_store, after->max_file_store);
}

void tell_jetstream(Comparison& changes, const JetStreamOptions& before,
                    const JetStreamOptions& after) {
  const auto tell = [&](const char* name, int64_t old_limit, int64_t new_limit) {
    if (old_limit == new_limit) return;
    changes.lines.push_back("Reloaded: JetStream " + std::string(name) + " = " +
                            friendly_size(new_limit));
  };
  tell("max_mem_store", before.max_memory_store, after.max_memory_store);
  tell("max_file_store", before.max_file_store, after.max_file_store);
}

// Differs: nats-server's refusal shows both blocks, passwords included.
void compare_websocket(Comparison& changes, const RunningConfig& running, const Config& reloaded) {
  const auto fixed_part = [](const DaemonOptions& daemon) {
    std::optional<WebSocketListenOptions> part = daemon.websocket;
    if (part && part->tls) part->tls = TlsOptions{};
    return part;
  };
  auto before = fixed_part(running.daemon);
  auto after = fixed_part(reloaded.daemon);
  if (before && after && after->address.port == 0) after->address.port = before->address.port;
  if (before != after) return changes.refuse("Websocket");
  if (!before) return;
  const WebSocketOptions& old_options = *running.options.websocket;
  const WebSocketOptions& new_options = *reloaded.options.websocket;
  if (old_options.authorization != new_options.authorization ||
      old_options.ping_interval != new_options.ping_interval) {
    changes.refuse("Websocket");
  }
}

// Differs: nats-server takes another resolver while it runs. What is trusted stays as it is; JWTs
// are not shown.
void compare_operators(Comparison& changes, const RunningConfig& running, const Config& reloaded) {
  const auto& before = running.options.operators;
  const auto& after = reloaded.options.operators;
  if (!before && !after) return;
  changes.keeps("SystemAccount", running.options.system_account, reloaded.options.system_account);
  const OperatorOptions none;
  const OperatorOptions& old_options = before ? *before : none;
  const OperatorOptions& new_options = after ? *after : none;
  if (old_options.jwts != new_options.jwts) return changes.refuse("TrustedOperators");
  if (old_options.trusted_keys != new_options.trusted_keys) return changes.refuse("TrustedKeys");
  if ((old_options.resolver == ResolverKind::kNone) !=
      (new_options.resolver == ResolverKind::kNone)) {
    return changes.refuse_with(
        "config reload does not support moving to or from an account resolver");
  }
  const bool is_same_place = old_options.resolver == new_options.resolver &&
                             running.daemon.resolver == reloaded.daemon.resolver &&
                             old_options.may_delete == new_options.may_delete;
  if (!is_same_place) return changes.refuse("AccountResolver");
  changes.notes("accounts", old_options.preload != new_options.preload);
  changes.notes("default_sentinel", old_options.default_sentinel != new_options.default_sentinel);
}

// It may only go together with the user it names.
void compare_no_auth_user(Comparison& changes, const AuthorizationOptions& before,
                          const AuthorizationOptions& after) {
  if (before.no_auth_user == after.no_auth_user) return;
  const bool is_user_gone =
      std::none_of(after.users.begin(), after.users.end(),
                   [&](const UserOptions& user) { return user.user == before.no_auth_user; });
  if (!before.no_auth_user.empty() && after.no_auth_user.empty() && is_user_gone) return;
  changes.refuse("NoAuthUser", before.no_auth_user, after.no_auth_user);
}

// The default one goes without saying.
void compare_system_account(Comparison& changes, const Options& before, const Options& after) {
  if (before.system_account == after.system_account) return;
  if (before.system_account.empty() != after.system_account.empty()) {
    changes.keeps("NoSystemAccount", before.system_account.empty(), after.system_account.empty());
  }
  const auto named = [](const Options& options) {
    const std::string& name = options.system_account;
    return name == Options{}.system_account && !is_account(options, name) ? std::string() : name;
  };
  changes.keeps("SystemAccount", named(before), named(after));
}

void compare_proxies(Comparison& changes, const std::vector<std::string>& before,
                     const std::vector<std::string>& after) {
  const auto tell = [&](const std::vector<std::string>& these,
                        const std::vector<std::string>& those, const char* what) {
    std::string keys;
    for (const std::string& key : these) {
      if (std::find(those.begin(), those.end(), key) != those.end()) continue;
      keys += (keys.empty() ? "\"" : " \"") + key + "\"";
    }
    if (keys.empty()) return;
    changes.lines.push_back("Reloaded: proxies trusted keys [" + keys + "] were " + what);
  };
  tell(before, after, "removed");
  tell(after, before, "added");
}

// Those known by a name, or those known by an nkey.
std::vector<const UserOptions*> users_of(const AuthorizationOptions& authorization, bool has_nkey) {
  std::vector<const UserOptions*> users;
  for (const UserOptions& user : authorization.users) {
    if (user.nkey.empty() != has_nkey) users.push_back(&user);
  }
  return users;
}

bool differ(const std::vector<const UserOptions*>& before,
            const std::vector<const UserOptions*>& after) {
  return !std::equal(
      before.begin(), before.end(), after.begin(), after.end(),
      [](const UserOptions* one, const UserOptions* other) { return *one == *other; });
}

void compare_logging(Comparison& changes, const RunningConfig& running, const Config& reloaded) {
  const DaemonOptions& before = running.daemon;
  const DaemonOptions& after = reloaded.daemon;
  changes.takes("debug", running.options.debug, reloaded.options.debug);
  changes.takes("trace", running.options.trace, reloaded.options.trace);
  changes.takes("trace_verbose", before.trace_verbose, after.trace_verbose);
  changes.takes("trace_headers", running.options.trace_headers, reloaded.options.trace_headers);
  changes.takes("logtime", before.logtime, after.logtime);
  changes.takes("logtime_utc", before.logtime_utc, after.logtime_utc);
  changes.takes("log_file", before.log_file, after.log_file);
  changes.takes("syslog", before.syslog, after.syslog);
  changes.takes("remote_syslog", before.remote_syslog, after.remote_syslog);
  changes.takes("max_traced_msg_len", running.options.max_traced_msg_len,
                reloaded.options.max_traced_msg_len);
}

void compare_authorization(Comparison& changes, const AuthorizationOptions& before,
                           const AuthorizationOptions& after) {
  changes.notes("authorization username", before.user != after.user);
  changes.notes("authorization password", before.password != after.password);
  changes.notes("authorization token", before.token != after.token);
  if (before.timeout != after.timeout) {
    changes.lines.push_back("Reloaded: authorization timeout = " + shown_seconds(after.timeout));
  }
  changes.notes("authorization users", differ(users_of(before, false), users_of(after, false)) ||
                                           before.default_permissions != after.default_permissions);
  changes.notes("authorization nkey users", differ(users_of(before, true), users_of(after, true)));
}

// What its certificates and choices come to; the rest of a block has lines of its own.
TlsOptions without_lines(TlsOptions options) {
  const TlsOptions standard;
  options.timeout = standard.timeout;
  options.handshake_first = standard.handshake_first;
  options.handshake_first_fallback = standard.handshake_first_fallback;
  options.pinned_certs.clear();
  options.place.clear();
  return options;
}

void compare_tls(Comparison& changes, const std::optional<TlsOptions>& before,
                 const std::optional<TlsOptions>& after) {
  const TlsOptions old_tls = before.value_or(TlsOptions{});
  const TlsOptions new_tls = after.value_or(TlsOptions{});
  const auto say = [&changes](std::string line) {
    changes.lines.push_back("Reloaded: " + std::move(line));
  };
  if (old_tls.timeout != new_tls.timeout) say("tls timeout = " + shown_seconds(new_tls.timeout));
  if (before.has_value() != after.has_value() || without_lines(old_tls) != without_lines(new_tls)) {
    say(after ? "tls = enabled" : "tls = disabled");
  }
  if (old_tls.pinned_certs != new_tls.pinned_certs) {
    say(decimal(static_cast<int64_t>(new_tls.pinned_certs.size())) + " pinned_certs");
  }
  if (old_tls.handshake_first != new_tls.handshake_first) {
    say("Client TLS handshake first: " + shown(new_tls.handshake_first));
  }
  if (old_tls.handshake_first_fallback != new_tls.handshake_first_fallback) {
    say("Client TLS handshake first fallback delay: " + shown(new_tls.handshake_first_fallback));
  }
}

void compare_limits(Comparison& changes, const Options& before, const Options& after) {
  changes.takes("max_connections", before.max_connections, after.max_connections);
  changes.takes("max_control_line", before.max_control_line, after.max_control_line);
  changes.takes("max_payload", before.max_payload, after.max_payload);
  changes.takes("ping_interval", before.ping_interval, after.ping_interval);
  changes.takes("ping_max", before.ping_max, after.ping_max);
  changes.takes("write_deadline", before.write_deadline, after.write_deadline);
  if (before.no_fast_producer_stall != after.no_fast_producer_stall) {
    changes.lines.push_back(after.no_fast_producer_stall
                                ? "Reloaded: fast producers will not be stalled"
                                : "Reloaded: fast producers will be stalled");
  }
}

}  // namespace

Result<std::vector<std::string>> reload_changes(const RunningConfig& running,
                                                const Config& reloaded) {
  Comparison changes;
  compare_what_stays(changes, running, reloaded);
  compare_websocket(changes, running, reloaded);
  compare_jetstream(changes, running, reloaded);
  compare_operators(changes, running, reloaded);
  compare_system_account(changes, running.options, reloaded.options);
  changes.keeps("AuthCallout", running.options.authorization.callout,
                reloaded.options.authorization.callout);
  changes.keeps("ProxyRequired", running.options.authorization.proxy_required,
                reloaded.options.authorization.proxy_required);
  compare_no_auth_user(changes, running.options.authorization, reloaded.options.authorization);
  if (!changes.refusal.empty()) return Error{Errc::kUnsupported, changes.refusal};

  const DaemonOptions& before = running.daemon;
  const DaemonOptions& after = reloaded.daemon;
  compare_logging(changes, running, reloaded);
  compare_authorization(changes, running.options.authorization, reloaded.options.authorization);
  compare_tls(changes, before.tls, after.tls);
  changes.notes("accounts", running.options.mappings != reloaded.options.mappings ||
                                running.options.accounts != reloaded.options.accounts);
  changes.notes("tags", before.server_tags != after.server_tags);
  changes.notes("metadata", before.server_metadata != after.server_metadata);
  changes.takes("http_web", before.http_web, after.http_web);
  changes.takes("pid_file", before.pid_file, after.pid_file);
  changes.takes("ports_file_dir", before.ports_file_dir, after.ports_file_dir);
  compare_limits(changes, running.options, reloaded.options);
  compare_proxies(changes, running.options.trusted_proxies, reloaded.options.trusted_proxies);
  if (running.options.jetstream && reloaded.options.jetstream) {
    tell_jetstream(changes, running.jetstream, *reloaded.options.jetstream);
  }
  if (before.client_advertise != after.client_advertise) {
    // nats-server says "Reload" here, and "Reloaded" everywhere else.
    changes.lines.push_back("Reload: client_advertise = " + after.client_advertise);
  }
  return std::move(changes.lines);
}

}  // namespace myelin
