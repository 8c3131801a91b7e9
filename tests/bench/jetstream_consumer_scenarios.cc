#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/api.h"
#include "tests/bench/clock.h"
#include "tests/bench/failure.h"
#include "tests/bench/pull_reader.h"
#include "tests/bench/scenario.h"
#include "tests/bench/statistics.h"
#include "tests/bench/store.h"
#include "tests/bench/stream_load.h"

namespace bench {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kPullBatch = 500;
constexpr uint64_t kSubjects = 1000;
constexpr uint64_t kFilters = 5;  // tried one after the other, for a median
constexpr int kAckTries = 500;
constexpr double kNsPerMs = 1e6;

double ms_since(uint64_t began) { return static_cast<double>(wall_ns() - began) / kNsPerMs; }

// Messages on orders.00000000 to orders.00000999 in turn.
void fill_stream(Api& api, uint16_t port, uint64_t count) {
  api.create_stream({{"name", "ORDERS"}, {"subjects", {"orders.*"}}});
  fill(port,
       {.append_subject = [](std::string& to,
                             uint64_t number) { (to += "orders.") += digits(number % kSubjects); }},
       count);
}

// The official server takes acks from a queue, behind the back of a PING.
void expect_all_acknowledged(Api& api) {
  for (int i = 0; i < kAckTries; ++i) {
    const Json info = api.consumer_info("ORDERS", "worker");
    if (info["num_ack_pending"] == 0 && info["num_pending"] == 0) return;
    sleep_seconds(0.01);
  }
  throw Failure("not every message was acknowledged");
}

// CPU per message and messages per second.
std::vector<double> pull_with_acks(ServerProcess& server, const Effort& effort) {
  Api api(server.port());
  fill_stream(api, server.port(), effort.pulled);
  api.create_consumer("ORDERS", {{"name", "worker"},
                                 {"durable_name", "worker"},
                                 {"ack_policy", "explicit"},
                                 {"max_ack_pending", 2 * kPullBatch}});
  PullReader reader(server.port(), "ORDERS", "worker", PullReader::Acks::kExplicit);
  const uint64_t cpu_before = server.cpu_ns();
  const uint64_t began = wall_ns();
  for (uint64_t left = effort.pulled; left > 0;) {
    const uint64_t batch = std::min(left, kPullBatch);
    reader.pull(batch);
    left -= batch;
  }
  reader.fence();
  const double messages = static_cast<double>(effort.pulled);
  const double wall_ns_spent = static_cast<double>(wall_ns() - began);
  expect_all_acknowledged(api);
  const double cpu_ns = static_cast<double>(server.cpu_ns() - cpu_before);
  return {cpu_ns / messages, messages * 1e9 / wall_ns_spent};
}

// "MSG subject sid reply size": the reply's fields are those of an ack subject.
bool is_flow_control(const Frame& frame) {
  return frame.headers.find("FlowControl Request") != std::string_view::npos;
}

std::string reply_of(const Frame& frame) {
  size_t begin = 0;
  for (int field = 0; field < 3; ++field) begin = frame.line.find(' ', begin) + 1;
  return std::string(frame.line.substr(begin, frame.line.find(' ', begin) - begin));
}

// Messages per second from the consumer's creation to the last message, and CPU per message.
std::vector<double> replay_in_order(ServerProcess& server, const Effort& effort) {
  Api api(server.port());
  fill_stream(api, server.port(), effort.replayed);
  Client client(server.port(), Inbound::kLarge);
  client.subscribe("_INBOX.ordered", "", 1);
  client.fence();

  const uint64_t cpu_before = server.cpu_ns();
  const uint64_t began = wall_ns();
  api.create_consumer("ORDERS", {{"name", "ordered"},
                                 {"deliver_subject", "_INBOX.ordered"},
                                 {"ack_policy", "none"},
                                 {"max_deliver", 1},
                                 {"flow_control", true},
                                 {"idle_heartbeat", 5'000'000'000},
                                 {"inactive_threshold", 300'000'000'000},
                                 {"mem_storage", true},
                                 {"num_replicas", 1}});
  for (uint64_t expected = 0; expected < effort.replayed;) {
    const Frame frame = client.next_message();
    if (frame.headers.empty()) {
      if (payload_number(frame.payload) != expected) throw Failure("messages out of order");
      ++expected;
    } else if (is_flow_control(frame)) {
      std::string reply;
      append_publication(reply, reply_of(frame), "", "");
      client.link().send(reply);
    }
  }
  const double wall_ns_spent = static_cast<double>(wall_ns() - began);
  const double cpu_ns = static_cast<double>(server.cpu_ns() - cpu_before);
  const double messages = static_cast<double>(effort.replayed);
  return {messages * 1e9 / wall_ns_spent, cpu_ns / messages};
}

// Create with num_pending, then drain, in milliseconds.
std::pair<double, double> read_filtered(Api& api, uint16_t port, uint64_t filter, uint64_t count) {
  const std::string name = "filter" + std::to_string(filter);
  const uint64_t began = wall_ns();
  const uint64_t pending =
      api.create_consumer("ORDERS", {{"name", name},
                                     {"ack_policy", "none"},
                                     {"inactive_threshold", 300'000'000'000},
                                     {"filter_subject", "orders." + digits(filter)}});
  const double create_ms = ms_since(began);
  if (pending != count) throw Failure("num_pending is " + std::to_string(pending));

  PullReader reader(port, "ORDERS", name, PullReader::Acks::kNone);
  const uint64_t drain_began = wall_ns();
  reader.pull(count);
  return {create_ms, ms_since(drain_began)};
}

std::vector<double> read_one_of_many(ServerProcess& server, const Effort& effort) {
  Api api(server.port());
  fill_stream(api, server.port(), effort.filtered);
  std::vector<double> create_ms;
  std::vector<double> drain_ms;
  std::vector<double> whole_ms;
  for (uint64_t i = 0; i < kFilters; ++i) {
    const auto [create, drain] =
        read_filtered(api, server.port(), (i * 397 + 1) % kSubjects, effort.filtered / kSubjects);
    create_ms.push_back(create);
    drain_ms.push_back(drain);
    whole_ms.push_back(create + drain);
  }
  return {median(whole_ms), median(create_ms), median(drain_ms)};
}

Scenario on_store(const std::string& id, std::vector<Row> rows,
                  std::vector<double> (*measure)(ServerProcess&, const Effort&)) {
  return {.id = id,
          .rows = std::move(rows),
          .measure = [measure](const std::string& path, const Effort& effort) {
            const Store store(Store::Sync::kLazy);
            return measure_on_server(path, store.arguments(), [&](ServerProcess& server) {
              return measure(server, effort);
            });
          }};
}

}  // namespace

std::vector<Scenario> jetstream_consumer_scenarios() {
  const std::string pull = "pull 500 at a time, explicit acks, file";
  const std::string replay = "ordered push consumer replays 1,000,000 messages, file";
  const std::string filter = "1 of 1,000 subjects as filter on 1,000,000 messages";
  return {
      on_store("jetstream_pull",
               {{pull + ": CPU per message", Unit::kNanoseconds, {Goal::Kind::kRatio, 0.3}},
                {pull + ": rate", Unit::kPerSecond, {}, true}},
               pull_with_acks),
      on_store("jetstream_replay",
               {{replay + ": rate", Unit::kPerSecond, {Goal::Kind::kRatioAtLeast, 2}},
                {replay + ": CPU per message", Unit::kNanoseconds, {}, true}},
               replay_in_order),
      on_store(
          "jetstream_filter",
          {{filter + ": create, pending, drain", Unit::kMilliseconds, {Goal::Kind::kRatio, 0.5}},
           {filter + ": create, with num_pending", Unit::kMilliseconds, {}, true},
           {filter + ": drain", Unit::kMilliseconds, {}, true}},
          read_one_of_many),
  };
}

}  // namespace bench
