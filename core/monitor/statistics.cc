#include "core/monitor/statistics.h"

#include "core/base/rfc3339.h"
#include "core/monitor/jetstream_facts.h"
#include "core/monitor/report_text.h"
#include "core/pubsub/accounts.h"

namespace myelin {
std::string statistics_report(const Observed& server, const HostFacts& host) {
  const Context& context = server.context;
  const ServerCounters& counters = context.counters;
  const AccountTotals totals = account_totals(*context.accounts);
  const uint64_t in_msgs = counters.publish_size.count();
  const uint64_t in_bytes = counters.publish_size.sum();
  std::string text;
  JsonWriter json(text, server.indentation);
  json.begin_object();
  json.field("start", rfc3339(server.start.wall));
  json.field("mem", host.memory);
  json.field("cores", host.cores);
  json.field("cpu", host.cpu);
  json.field("connections", server.connections);
  json.field("total_connections", server.connections_ever);
  json.field("active_accounts", totals.active);
  json.field("subscriptions", totals.subscriptions);
  write_messages(json, "sent", counters.out_msgs, counters.out_bytes);
  write_messages(json, "sent_to_clients", counters.out_msgs, counters.out_bytes);
  write_messages(json, "received", in_msgs, in_bytes);
  write_messages(json, "received_from_clients", in_msgs, in_bytes);
  json.field("slow_consumers", counters.slow_consumers);
  if (counters.slow_consumers > 0) {
    write_by_kind(json, "slow_consumer_stats", counters.slow_consumers);
  }
  if (counters.stale_connections > 0) {
    json.field("stale_connections", counters.stale_connections);
  }
  if (counters.stale_connections > 0) {
    write_by_kind(json, "stale_connection_stats", counters.stale_connections);
  }
  if (counters.stalled_clients > 0) json.field("stalled_clients", counters.stalled_clients);
  json.field("active_servers", 1);
  if (server.jetstream != nullptr) {
    json.name("jetstream").begin_object();
    write_jetstream(json, server, StoreDirectory::kHidden);
    json.end_object();
  }
  json.field("gomaxprocs", 1);  // one Server uses one core
  json.end_object();
  return text;
}

}  // namespace myelin
