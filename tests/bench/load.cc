#include "tests/bench/load.h"

#include <utility>

#include "tests/bench/clock.h"
#include "tests/bench/traffic.h"

namespace bench {
namespace {

constexpr size_t kManyReceivers = 1000;  // from here on each has a smaller buffer
constexpr size_t kMediumBuffer = 32 * 1024;

Flow make_flow(const Address& address, const Load& load, size_t flow) {
  const std::vector<std::string> subjects = subjects_of(load, flow);
  const std::string wanted = subjects.size() == 1 ? subjects.front() : "load.*";
  const std::string queue = load.delivery == Delivery::kOne ? "workers" : "";
  const size_t buffer_size = load.receivers < kManyReceivers ? Inbound::kLarge : kMediumBuffer;
  std::vector<Client> receivers;
  for (size_t i = 0; i < load.receivers; ++i) {
    Client& client = receivers.emplace_back(address, buffer_size);
    client.subscribe(wanted, queue, 1);
    client.fence();
  }
  Batch batch = publications(subjects, load.payload_size, load.batch_bytes);
  if (is_websocket(address.wire)) {
    batch = in_frames(batch, load.framing, address.wire == Wire::kDeflatedWebSocket);
  }
  return Flow(load.delivery, batch, Client(address, Inbound::kSmall, load.publisher),
              std::move(receivers), load.window_bytes);
}

}  // namespace

std::vector<std::string> subjects_of(const Load& load, size_t flow) {
  std::vector<std::string> subjects;
  for (size_t i = 0; i < load.subjects; ++i) {
    subjects.push_back("load." + std::to_string(flow * load.subjects + i));
  }
  return subjects;
}

std::vector<double> run_load(ServerProcess& server, const Address& address, const Load& load,
                             const Effort& effort) {
  std::vector<Flow> flows;
  for (size_t i = 0; i < load.flows; ++i) flows.push_back(make_flow(address, load, i));
  Traffic traffic(std::move(flows));
  traffic.run(effort.warm_up_seconds);

  const uint64_t server_cpu = server.cpu_ns();
  const uint64_t own_cpu = own_cpu_ns();
  const TrafficCount count = traffic.run(effort.seconds);
  const double server_ns = static_cast<double>(server.cpu_ns() - server_cpu);
  const double own_ns = static_cast<double>(own_cpu_ns() - own_cpu);
  traffic.settle_accounts();

  const double wall_ns = static_cast<double>(count.wall_ns);
  const double messages =
      static_cast<double>(load.delivery == Delivery::kNone ? count.published : count.received);
  return {server_ns / messages, messages * 1e9 / wall_ns, server_ns / wall_ns, own_ns / wall_ns};
}

std::vector<Row> load_rows(const std::string& title, const std::string& per, const Goal& goal) {
  return {{title + ": CPU per " + per, Unit::kNanoseconds, goal},
          {title + ": rate", Unit::kPerSecond, {}, true},
          {title + ": server's cores", Unit::kCores, {}, true},
          {title + ": load generator's cores", Unit::kCores, {}, true}};
}

}  // namespace bench
