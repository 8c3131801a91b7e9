#include <string>
#include <utility>

#include "tests/bench/clock.h"
#include "tests/bench/load.h"
#include "tests/bench/relay.h"
#include "tests/bench/scenario.h"
#include "tests/bench/traffic.h"

namespace bench {
namespace {

Scenario delivery_scenario(const std::string& id, const std::string& title, const std::string& per,
                           const Load& load, double goal) {
  return {.id = id,
          .rows = load_rows(title, per, {Goal::Kind::kRatio, goal}),
          .measure = [load](const std::string& path, const Effort& effort) {
            return measure_on_server(path, {}, [&](ServerProcess& server) {
              return run_load(server, server.port(), load, effort);
            });
          }};
}

// Each publisher has a subject and a subscriber of its own, so a server may use a core for each.
Scenario many_pairs() {
  const std::string title = "8 publishers, 8 subscribers at once, 16 B";
  const Load load{.flows = 8};
  return {.id = "pairs_8",
          .rows = {{title + ": messages per second", Unit::kPerSecond, {}},
                   {title + ": server's cores", Unit::kCores, {}},
                   {title + ": CPU per message", Unit::kNanoseconds, {}, true},
                   {title + ": load generator's cores", Unit::kCores, {}, true}},
          .measure = [load](const std::string& path, const Effort& effort) {
            return measure_on_server(path, {}, [&](ServerProcess& server) {
              const std::vector<double> loaded = run_load(server, server.port(), load, effort);
              return std::vector<double>{loaded[1], loaded[2], loaded[0], loaded[3]};
            });
          }};
}

std::vector<double> load_relay(const Effort& effort) {
  const Batch batch = deliveries(subjects_of(Load{}, 0), Load{}.payload_size);
  Relay relay(batch.bytes.size());
  std::vector<Client> sink;
  sink.emplace_back(relay.take_sink(), Inbound::kLarge);
  std::vector<Flow> flows;
  flows.emplace_back(Delivery::kEach, batch, Client(relay.take_source(), Inbound::kSmall),
                     std::move(sink));
  Traffic traffic(std::move(flows));
  traffic.run(effort.warm_up_seconds);

  const uint64_t relay_cpu = relay.cpu_ns();
  const TrafficCount count = traffic.run(effort.seconds);
  const double messages = static_cast<double>(count.received);
  return {static_cast<double>(relay.cpu_ns() - relay_cpu) / messages,
          messages * 1e9 / static_cast<double>(count.wall_ns)};
}

Scenario floor_scenario() {
  const std::string title = "the floor, a bare relay in place of a server, 16 B";
  return {.id = "floor",
          .rows = {{title + ": CPU per message", Unit::kNanoseconds, {}},
                   {title + ": rate", Unit::kPerSecond, {}, true}},
          .measure = [](const std::string&, const Effort& effort) { return load_relay(effort); },
          .has_server = false};
}

}  // namespace

std::vector<Scenario> delivery_scenarios() {
  return {
      floor_scenario(),
      delivery_scenario("publish_16", "publish, no subscriber, 16 B", "message",
                        {.delivery = Delivery::kNone, .receivers = 0}, 0.35),
      delivery_scenario("pubsub_16", "1 publisher, 1 subscriber, 16 B", "message", {}, 0.2),
      delivery_scenario("pubsub_128", "1 publisher, 1 subscriber, 128 B", "message",
                        {.payload_size = 128}, 0.25),
      delivery_scenario("pubsub_1024", "1 publisher, 1 subscriber, 1 KiB", "message",
                        {.payload_size = 1024}, 0.5),
      delivery_scenario("pubsub_16384", "1 publisher, 1 subscriber, 16 KiB", "message",
                        {.payload_size = 16384}, 0.7),
      delivery_scenario("fanout_10", "fan-out to 10, 128 B", "delivery",
                        {.payload_size = 128, .receivers = 10}, 0.33),
      delivery_scenario("fanout_100", "fan-out to 100, 128 B", "delivery",
                        {.payload_size = 128, .receivers = 100}, 0.33),
      delivery_scenario("queue_4", "queue group of 4, 16 B", "message",
                        {.delivery = Delivery::kOne, .receivers = 4}, 0.3),
      delivery_scenario("wildcard_1000", "1,000 subjects, 1 wildcard subscription, 16 B", "message",
                        {.subjects = 1000}, 0.2),
      many_pairs(),
  };
}

}  // namespace bench
