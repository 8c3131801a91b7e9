#include "core/monitor/report_text.h"

#include "core/base/rfc3339.h"
#include "core/base/text.h"

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

}  // namespace myelin
