// A scenario is a way to load a server and the rows of the table it fills. It is measured once per
// server and round, each time on a server of its own, freshly started.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/effort.h"
#include "tests/bench/server_process.h"

namespace bench {

enum class Unit {
  kNanoseconds,
  kMicroseconds,
  kMilliseconds,
  kBytes,
  kPerSecond,
  kCores,
  kTimes,
  kCount
};

// What Myelin must keep to: at most or at least a share of the official server's value, or at most
// a value in the row's unit. `or_value` and `or_row` name what is good enough all the same: a
// value, and the row whose value is one.
struct Goal {
  enum class Kind { kRatio, kRatioAtLeast, kValue, kNone };
  Kind kind = Kind::kNone;
  double limit = 0;
  std::optional<double> or_value = {};
  std::optional<size_t> or_row = {};
};

struct Row {
  std::string title;
  Unit unit = Unit::kNanoseconds;
  Goal goal;
  bool is_detail = false;  // belongs to the second table
};

struct Scenario {
  std::string id;
  std::vector<Row> rows;
  // Returns a value per row, in order; throws Failure when it could not be measured. The path is
  // that of the server, and empty for a scenario without one.
  std::function<std::vector<double>(const std::string& path, const Effort& effort)> measure;
  bool has_server = true;
};

// Starts a server, measures on it, and adds the end of the server's log to a Failure.
std::vector<double> measure_on_server(
    const std::string& path, const std::vector<std::string>& arguments,
    const std::function<std::vector<double>(ServerProcess&)>& measure);

void sleep_seconds(double seconds);

// What moves many messages.
std::vector<Scenario> delivery_scenarios();

// What makes one wait: request-reply, and request-reply beside log-ins.
std::vector<Scenario> response_scenarios();

// What a server takes: memory per connection and subscription, time to start.
std::vector<Scenario> footprint_scenarios();

// The same over WebSocket and TLS, and what an idle WebSocket takes.
std::vector<Scenario> websocket_scenarios();

// How soon monitoring answers, and what messages notice of it.
std::vector<Scenario> monitoring_scenarios();

// What permissions, accounts and keys cost.
std::vector<Scenario> account_scenarios();

// JetStream: publishing into streams, reading by consumers, many keys, and what streams and
// consumers cost a server that rests or starts.
std::vector<Scenario> jetstream_publish_scenarios();
std::vector<Scenario> jetstream_consumer_scenarios();
std::vector<Scenario> jetstream_key_scenarios();
std::vector<Scenario> jetstream_footprint_scenarios();

}  // namespace bench
