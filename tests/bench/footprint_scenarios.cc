#include <string>
#include <vector>

#include "tests/bench/batch.h"
#include "tests/bench/client.h"
#include "tests/bench/held_connections.h"
#include "tests/bench/scenario.h"
#include "tests/bench/statistics.h"

namespace bench {
namespace {

std::vector<double> hold_subscriptions(ServerProcess& server, const Effort& effort) {
  Client client(server.port());
  sleep_seconds(effort.settle_seconds);
  const uint64_t before = server.memory().anonymous;
  std::string lines;
  for (uint64_t i = 1; i <= effort.subscriptions; ++i) {
    const std::string number = std::to_string(i);
    lines += "SUB orders.eu." + number + ".status " + number + "\r\n";
    if (lines.size() >= kBatchBytes || i == effort.subscriptions) {
      client.link().send(lines);
      lines.clear();
    }
  }
  client.fence();
  sleep_seconds(effort.settle_seconds);
  return {growth_each(server, before, effort.subscriptions)};
}

// Time to the first INFO, then what an idle server takes.
std::vector<double> start_repeatedly(const std::string& path, const Effort& effort) {
  std::vector<double> milliseconds;
  for (int i = 0; i < effort.starts; ++i) {
    const ServerProcess server(path);
    milliseconds.push_back(static_cast<double>(server.first_info_ns()) / 1e6);
  }
  const ServerProcess idle(path);
  sleep_seconds(effort.settle_seconds);
  const MemoryUsage memory = idle.memory();
  return {median(milliseconds), static_cast<double>(memory.anonymous),
          static_cast<double>(memory.resident)};
}

Scenario connections() {
  return {.id = "memory_connection",
          .rows = {{"memory per idle connection with one subscription (10,000)",
                    Unit::kBytes,
                    {Goal::Kind::kValue, 3000}}},
          .measure = [](const std::string& path, const Effort& effort) {
            return measure_on_server(path, {}, [&](ServerProcess& server) {
              return std::vector<double>{memory_per_connection(server, server.port(), effort)};
            });
          }};
}

Scenario subscriptions() {
  return {.id = "memory_subscription",
          .rows = {{"memory per distinct subscription (200,000 on one connection)",
                    Unit::kBytes,
                    {Goal::Kind::kValue, 175}}},
          .measure = [](const std::string& path, const Effort& effort) {
            return measure_on_server(path, {}, [&](ServerProcess& server) {
              return hold_subscriptions(server, effort);
            });
          }};
}

Scenario start() {
  return {.id = "start",
          .rows = {{"start to first INFO", Unit::kMilliseconds, {Goal::Kind::kValue, 5}},
                   {"idle memory, RssAnon", Unit::kBytes, {Goal::Kind::kValue, 3e6}},
                   {"idle memory, RSS", Unit::kBytes, {Goal::Kind::kValue, 8e6}}},
          .measure = start_repeatedly};
}

}  // namespace

std::vector<Scenario> footprint_scenarios() { return {connections(), subscriptions(), start()}; }

}  // namespace bench
