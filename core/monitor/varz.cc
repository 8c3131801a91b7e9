#include "core/monitor/varz.h"

#include <algorithm>

#include "core/base/rfc3339.h"
#include "core/jetstream/config_json.h"
#include "core/monitor/jetstream_facts.h"
#include "core/monitor/report_text.h"
#include "core/pubsub/accounts.h"
#include "core/version.h"

namespace myelin {
namespace {

void write_empty_object(JsonWriter& json, std::string_view name) {
  json.name(name).begin_object();
  json.end_object();
}

void write_options(JsonWriter& json, const Context& context) {
  const Options& options = context.options;
  const MonitorOptions& monitor = options.monitor;
  json.field("host", options.host);
  json.field("port", options.port);
  write_if(json, "auth_required", context.authenticators.common->is_required());
  write_if(json, "tls_required", options.tls_required);
  write_if(json, "tls_verify", options.tls_verify);
  json.field("max_connections", options.max_connections);
  write_unless_zero(json, "max_subscriptions", static_cast<int64_t>(options.max_subscriptions));
  json.field("ping_interval", static_cast<int64_t>(options.ping_interval.count()));
  json.field("ping_max", options.ping_max);
  json.field("http_host", monitor.http_host);
  json.field("http_port", monitor.http_port);
  json.field("http_base_path", monitor.http_base_path);
  json.field("https_port", monitor.https_port);
  json.field("auth_timeout", in_seconds(options.authorization.timeout));
  json.field("max_control_line", static_cast<uint64_t>(options.max_control_line));
  json.field("max_payload", static_cast<uint64_t>(options.max_payload));
  json.field("max_pending", options.max_pending);
}

void write_websocket(JsonWriter& json, const Options& options) {
  json.name("websocket").begin_object();
  if (options.websocket) {
    const WebSocketOptions& websocket = *options.websocket;
    const MonitorOptions& monitor = options.monitor;
    write_unless_empty(json, "host", websocket.host);
    write_unless_zero(json, "port", websocket.port);
    write_unless_empty(json, "advertise", monitor.websocket_advertise);
    write_unless_empty(json, "no_auth_user", websocket.authorization.no_auth_user);
    write_unless_empty(json, "jwt_cookie", monitor.websocket_jwt_cookie);
    write_unless_zero(json, "handshake_timeout", monitor.websocket_handshake_timeout);
    if (websocket.authorization.timeout > Duration::zero()) {
      json.field("auth_timeout", in_seconds(websocket.authorization.timeout));
    }
    write_if(json, "no_tls", monitor.websocket_no_tls);
    write_if(json, "same_origin", monitor.websocket_same_origin);
    write_unless_empty(json, "allowed_origins", monitor.websocket_allowed_origins);
    write_if(json, "compression", monitor.websocket_compression);
    if (monitor.websocket_tls_cert_not_after) {
      json.field("tls_cert_not_after", rfc3339(*monitor.websocket_tls_cert_not_after));
    }
  }
  json.end_object();
}

void write_counters(JsonWriter& json, const Observed& server) {
  const ServerCounters& counters = server.context.counters;
  const uint64_t in_msgs = counters.publish_size.count();
  const uint64_t in_bytes = counters.publish_size.sum();
  json.field("connections", server.connections);
  json.field("total_connections", server.connections_ever);
  for (const char* none : {"routes", "remotes", "leafnodes"}) json.field(none, 0);
  json.field("in_msgs", in_msgs);
  json.field("in_bytes", in_bytes);
  json.field("in_client_msgs", in_msgs);
  json.field("in_client_bytes", in_bytes);
  json.field("out_msgs", counters.out_msgs);
  json.field("out_bytes", counters.out_bytes);
  json.field("out_client_msgs", counters.out_msgs);
  json.field("out_client_bytes", counters.out_bytes);
  json.field("slow_consumers", counters.slow_consumers);
  json.field("stale_connections", counters.stale_connections);
  json.field("stalled_clients", counters.stalled_clients);
  json.field("subscriptions", account_totals(*server.context.accounts).subscriptions);
}

void write_http_requests(JsonWriter& json, const HostFacts& host) {
  auto requests = host.http_requests;
  std::sort(requests.begin(), requests.end());
  json.name("http_req_stats").begin_object();
  for (const auto& [path, count] : requests) json.field(path, count);
  json.end_object();
}

void write_configuration(JsonWriter& json, const Observed& server) {
  const MonitorOptions& monitor = server.context.options.monitor;
  const bool is_known = monitor.config_load_time.unix_ns != 0;
  json.field("config_load_time", rfc3339(is_known ? monitor.config_load_time : server.start.wall));
  json.field("config_digest", monitor.config_digest);
  write_unless_empty(json, "tags", monitor.tags);
  if (!monitor.metadata.empty()) {
    json.name("metadata").begin_object();
    for (const auto& [name, value] : monitor.metadata) json.field(name, value);
    json.end_object();
  }
  json.name("feature_flags").begin_object();
  for (const char* none : {"js_ack_fc_v2", "js_raft_delete_range"}) json.field(none, false);
  json.end_object();
  if (const Account* system = server.context.accounts->system()) {
    json.field("system_account", system->name());
  }
}

void write_proxies(JsonWriter& json, const Options& options) {
  if (options.trusted_proxies.empty()) return;
  json.name("proxies").begin_object();
  json.name("trusted").begin_array();
  for (const std::string& key : options.trusted_proxies) {
    json.begin_object();
    json.field("key", key);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_process(JsonWriter& json, const Observed& server, const HostFacts& host) {
  const Now now = server.context.now;
  json.field("start", rfc3339(server.start.wall));
  json.field("now", rfc3339(now.wall));
  json.field("uptime", uptime_text(now.mono - server.start.mono));
  json.field("mem", host.memory);
  json.field("cores", host.cores);
  json.field("gomaxprocs", 1);  // one Server uses one core
  json.field("cpu", host.cpu);
}

}  // namespace

std::string varz_report(const Observed& server, const HostFacts& host) {
  const Context& context = server.context;
  const Options& options = context.options;
  std::string text;
  JsonWriter json(text, server.indentation);
  json.begin_object();
  json.field("server_id", context.server_id);
  json.field("server_name", context.server_name);
  json.field("version", kNatsVersion);
  json.field("proto", 1);
  json.field("go", "");
  write_options(json, context);
  for (const char* none : {"cluster", "gateway", "leaf", "mqtt"}) write_empty_object(json, none);
  write_websocket(json, options);
  json.name("jetstream").begin_object();
  if (server.jetstream != nullptr) write_jetstream(json, server, StoreDirectory::kShown);
  json.end_object();
  json.field("tls_timeout", in_seconds(options.tls_timeout));
  json.field("write_deadline", static_cast<int64_t>(options.write_deadline.count()));
  write_process(json, server, host);
  write_counters(json, server);
  write_http_requests(json, host);
  write_configuration(json, server);
  write_by_kind(json, "slow_consumer_stats", context.counters.slow_consumers);
  write_by_kind(json, "stale_connection_stats", context.counters.stale_connections);
  json.name("disk_io_wait_stats").begin_object();
  for (const char* none : {"waiters", "waits", "wait_time", "max_wait_time"}) json.field(none, 0);
  json.end_object();
  write_proxies(json, options);
  if (options.monitor.tls_cert_not_after) {
    json.field("tls_cert_not_after", rfc3339(*options.monitor.tls_cert_not_after));
  }
  json.end_object();
  return text;
}

}  // namespace myelin
