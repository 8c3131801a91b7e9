#include "core/monitor/accounts.h"

#include <algorithm>
#include <map>

#include "core/base/rfc3339.h"
#include "core/monitor/report_text.h"

namespace myelin {
namespace {

// As nats-server's map is written: by source, the last rule of each.
void write_mappings(JsonWriter& json, const Options& options) {
  if (options.mappings.empty()) return;
  std::map<std::string_view, const MappingOptions*> by_source;
  for (const MappingOptions& mapping : options.mappings) by_source[mapping.source] = &mapping;
  json.name("mappings").begin_object();
  for (const auto& [source, mapping] : by_source) {
    json.name(source).begin_array();
    for (const MappingDestination& destination : mapping->destinations) {
      json.begin_object();
      json.field("subject", destination.subject);
      json.field("weight", static_cast<uint64_t>(destination.weight));
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
}

void write_account(JsonWriter& json, const Observed& server, bool is_system) {
  const std::string_view name = is_system ? kSystemAccount : server.account.name();
  const SublistFacts sublist = is_system ? SublistFacts() : sublist_facts(server.account);
  json.begin_object();
  json.field("account_name", name);
  json.field("update_time", rfc3339(server.start.wall));
  if (is_system) json.field("is_system", true);
  json.field("expired", false);
  json.field("complete", true);
  json.field("jetstream_enabled", !is_system && server.jetstream != nullptr);
  json.field("leafnode_connections", 0);
  json.field("client_connections", is_system ? 0 : server.connections);
  json.field("subscriptions", sublist.subscriptions);
  if (!is_system) write_mappings(json, server.context.options);
  json.field("name_tag", name);
  json.name("sublist_stats").begin_object();
  write_sublist(json, sublist);
  json.end_object();
  json.end_object();
}

void write_traffic(JsonWriter& json, std::string_view name, uint64_t msgs, uint64_t bytes) {
  json.name(name).begin_object();
  json.field("msgs", msgs);
  json.field("bytes", bytes);
  for (const char* none : {"gateways", "routes", "leafs"}) {
    json.name(none).begin_object();
    json.field("msgs", 0);
    json.field("bytes", 0);
    json.end_object();
  }
  json.end_object();
}

void write_statistics(JsonWriter& json, const Observed& server, bool is_system) {
  const std::string_view name = is_system ? kSystemAccount : server.account.name();
  const ServerCounters counters = is_system ? ServerCounters() : server.context.counters;
  const uint64_t connections = is_system ? 0 : server.connections;
  json.begin_object();
  json.field("acc", name);
  json.field("name", name);
  json.field("conns", connections);
  json.field("leafnodes", 0);
  json.field("total_conns", connections);
  json.field("num_subscriptions", is_system ? 0 : server.account.subscription_count());
  write_traffic(json, "sent", counters.out_msgs, counters.out_bytes);
  write_traffic(json, "received", counters.publish_size.count(), counters.publish_size.sum());
  json.field("slow_consumers", counters.slow_consumers);
  json.end_object();
}

}  // namespace

std::string accountz_report(const Observed& server, Parameters& parameters) {
  const std::string account = parameters.text("acc");
  std::string text;
  JsonWriter json(text, kReportIndentation);
  json.begin_object();
  write_origin(json, server);
  json.field("system_account", kSystemAccount);
  if (account.empty()) {
    json.name("accounts").begin_array();
    json.value(server.account.name());
    json.value(kSystemAccount);
    json.end_array();
  } else if (account == server.account.name() || account == kSystemAccount) {
    json.name("account_detail");
    write_account(json, server, account == kSystemAccount);
  } else {
    parameters.refuse("Account " + account + " does not exist");
  }
  json.end_object();
  return text;
}

std::string accstatz_report(const Observed& server, Parameters& parameters) {
  const bool shows_unused = parameters.boolean("unused");
  std::string text;
  JsonWriter json(text, kReportIndentation);
  json.begin_object();
  write_origin(json, server);
  json.name("account_statz").begin_array();
  if (shows_unused || server.connections > 0) write_statistics(json, server, false);
  if (shows_unused) write_statistics(json, server, true);
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace myelin
