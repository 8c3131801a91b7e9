#include "core/monitor/report_text.h"

#include <algorithm>

#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/pubsub/accounts.h"

namespace myelin {
namespace {

double ratio(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::string uptime_text(Duration span) {
  struct Unit {
    int64_t in_seconds;
    char letter;
  };
  static constexpr Unit kUnits[] = {
      {365 * 86400, 'y'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  int64_t left = span.count() / 1'000'000'000;
  std::string text;
  for (const Unit& unit : kUnits) {
    const int64_t count = left / unit.in_seconds;
    left %= unit.in_seconds;
    if (count == 0 && text.empty() && unit.letter != 's') continue;
    text += decimal(count);
    text += unit.letter;
  }
  return text;
}

std::string rtt_text(Duration rtt) {
  if (rtt > microseconds(1) && rtt < milliseconds(1)) rtt -= rtt % microseconds(1);
  return go_duration(rtt);
}

double in_seconds(Duration span) { return static_cast<double>(span.count()) / 1e9; }

void write_origin(JsonWriter& json, const Observed& server) {
  json.field("server_id", server.context.server_id);
  json.field("now", rfc3339(server.context.now.wall));
}

SublistFacts sublist_facts(Account& account) {
  if (!account.has_sublist()) return {};
  const Sublist<Subscription>& sublist = account.sublist();
  const SublistCounters& counters = sublist.counters();
  const Fanout fanout = sublist.fanout();
  return {.subscriptions = sublist.size(),
          .cached = sublist.cache_size(),
          .inserts = counters.inserts,
          .removes = counters.removes,
          .matches = counters.matches,
          .cache_hits = counters.cache_hits,
          .fanout_max = fanout.max,
          .fanout_total = fanout.total,
          .fanout_subjects = fanout.subjects};
}

SublistFacts sublist_facts(const Accounts& accounts) {
  SublistFacts all;
  for (const auto& [name, account] : accounts.all()) {
    const SublistFacts one = sublist_facts(*account);
    all.subscriptions += one.subscriptions;
    all.cached += one.cached;
    all.inserts += one.inserts;
    all.removes += one.removes;
    all.matches += one.matches;
    all.cache_hits += one.cache_hits;
    all.fanout_max = std::max(all.fanout_max, one.fanout_max);
    all.fanout_total += one.fanout_total;
    all.fanout_subjects += one.fanout_subjects;
  }
  return all;
}

AccountTotals account_totals(const Accounts& accounts) {
  AccountTotals totals;
  for (const auto& [name, account] : accounts.all()) {
    totals.active += account->connections() > 0 ? 1 : 0;
    totals.subscriptions += account->subscription_count();
  }
  return totals;
}

void write_sublist(JsonWriter& json, const SublistFacts& facts) {
  json.field("num_subscriptions", facts.subscriptions);
  json.field("num_cache", facts.cached);
  json.field("num_inserts", facts.inserts);
  json.field("num_removes", facts.removes);
  json.field("num_matches", facts.matches);
  json.field("cache_hit_rate", ratio(facts.cache_hits, facts.matches));
  json.field("max_fanout", facts.fanout_max);
  json.field("avg_fanout", ratio(facts.fanout_total, facts.fanout_subjects));
}

void write_messages(JsonWriter& json, std::string_view name, uint64_t msgs, uint64_t bytes) {
  json.name(name).begin_object();
  json.field("msgs", msgs);
  json.field("bytes", bytes);
  json.end_object();
}

void write_by_kind(JsonWriter& json, std::string_view name, uint64_t clients) {
  json.name(name).begin_object();
  json.field("clients", clients);
  for (const char* none : {"routes", "gateways", "leafs"}) json.field(none, 0);
  json.end_object();
}

}  // namespace myelin
