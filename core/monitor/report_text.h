// The forms that monitoring reports share: indented JSON, times as nats-server shows them.
#pragma once

#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/base/time.h"
#include "core/monitor/observed.h"

namespace myelin {

class Accounts;

// "1y2d3h4m5s", from the largest unit that is not zero.
std::string uptime_text(Duration span);
// Microseconds are enough below a millisecond.
std::string rtt_text(Duration rtt);

// What most reports begin with: who answers, and when. The object is open.
void write_origin(JsonWriter& json, const Observed& server);
// A number of seconds, as those options are that nats-server keeps so.
double in_seconds(Duration span);
// The fields of a Sublist's statistics; those of an account that has nothing.
struct SublistFacts {
  uint64_t subscriptions = 0;
  uint64_t cached = 0;
  uint64_t inserts = 0;
  uint64_t removes = 0;
  uint64_t matches = 0;
  uint64_t cache_hits = 0;
  uint64_t fanout_max = 0;
  uint64_t fanout_total = 0;
  uint64_t fanout_subjects = 0;
};
SublistFacts sublist_facts(Account& account);
// The same of all accounts together.
SublistFacts sublist_facts(const Accounts& accounts);
struct AccountTotals {
  uint64_t active = 0;  // somebody is connected
  uint64_t subscriptions = 0;
};
AccountTotals account_totals(const Accounts& accounts);
void write_sublist(JsonWriter& json, const SublistFacts& facts);
// {"msgs":5,"bytes":60}
void write_messages(JsonWriter& json, std::string_view name, uint64_t msgs, uint64_t bytes);
// A number of clients, and that there is nothing else to be counted.
void write_by_kind(JsonWriter& json, std::string_view name, uint64_t clients);

}  // namespace myelin
