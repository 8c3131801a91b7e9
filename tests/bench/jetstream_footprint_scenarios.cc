#include <algorithm>
#include <string>
#include <vector>

#include "tests/bench/api.h"
#include "tests/bench/failure.h"
#include "tests/bench/scenario.h"
#include "tests/bench/store.h"
#include "tests/bench/stream_load.h"

namespace bench {
namespace {

constexpr uint64_t kCallsAtOnce = 64;
constexpr uint64_t kSubjects = 10;
constexpr double kNsPerMs = 1e6;

// What each server keeps so that it need not read its messages to start.
constexpr std::string_view kIndexFiles[] = {"index.db", "snapshot"};

double growth(const ServerProcess& server, uint64_t before) {
  const uint64_t now = server.memory().anonymous;
  return static_cast<double>(now - std::min(now, before));
}

void fill_stream(uint16_t port, uint64_t count) {
  Api api(port);
  api.create_stream({{"name", "EVENTS"}, {"subjects", {"events.*"}}});
  fill(port,
       {.payload_size = 16,
        .append_subject = [](std::string& to,
                             uint64_t number) { (to += "events.") += digits(number % kSubjects); }},
       count);
}

void create_consumers(uint16_t port, uint64_t count) {
  const auto append = [](std::string& to, uint64_t number, std::string_view reply) {
    const std::string name = "worker" + digits(number);
    append_publication(to, "$JS.API.CONSUMER.CREATE.EVENTS." + name, reply,
                       R"({"stream_name":"EVENTS","config":{"name":")" + name +
                           R"(","durable_name":")" + name + R"(","ack_policy":"explicit"}})");
  };
  const auto check = [](const Frame& reply, uint64_t) {
    parse_answer(reply.payload, "CONSUMER.CREATE");
  };
  std::vector<Pipeline> pipelines;
  pipelines.emplace_back(
      port,
      Requests{.inbox = "_INBOX.create", .window = kCallsAtOnce, .append = append, .check = check});
  run_pipelines(pipelines, {.requests = count});
}

std::vector<double> hold_consumers(ServerProcess& server, const Effort& effort) {
  fill_stream(server.port(), 1000);
  sleep_seconds(effort.settle_seconds);
  const uint64_t before = server.memory().anonymous;
  create_consumers(server.port(), effort.consumers);
  sleep_seconds(effort.settle_seconds);
  return {growth(server, before) / static_cast<double>(effort.consumers)};
}

// The stream is filled by one process and held by the next: what was needed to write it is gone.
std::vector<double> hold_stream(const std::string& path, const Effort& effort) {
  const Store store(Store::Sync::kLazy);
  double after_filling = 0;
  measure_on_server(path, store.arguments(), [&](ServerProcess& server) {
    sleep_seconds(effort.settle_seconds);
    const uint64_t before = server.memory().anonymous;
    fill_stream(server.port(), effort.idle_messages);
    sleep_seconds(effort.settle_seconds);
    after_filling = growth(server, before);
    server.stop();
    return std::vector<double>{};
  });
  const Store empty_store(Store::Sync::kLazy);
  const ServerProcess empty(path, empty_store.arguments());
  return measure_on_server(path, store.arguments(), [&](ServerProcess& server) {
    sleep_seconds(effort.settle_seconds);
    return std::vector<double>{growth(server, empty.memory().anonymous), after_filling};
  });
}

// Milliseconds to the first INFO, when all messages must be there; then it ends as `end` has it.
double start(const std::string& path, const Store& store, const Effort& effort,
             void (ServerProcess::*end)()) {
  const std::vector<double> took =
      measure_on_server(path, store.arguments(), [&](ServerProcess& server) {
        const uint64_t found = Api(server.port()).message_count("EVENTS");
        if (found != effort.restarted_messages) {
          throw Failure(std::to_string(found) + " messages are left after a restart");
        }
        (server.*end)();
        return std::vector<double>{static_cast<double>(server.first_info_ns()) / kNsPerMs};
      });
  return took.front();
}

std::vector<double> restart(const std::string& path, const Effort& effort) {
  const Store store(Store::Sync::kLazy);
  measure_on_server(path, store.arguments(), [&](ServerProcess& server) {
    fill_stream(server.port(), effort.restarted_messages);
    server.stop();
    return std::vector<double>{};
  });
  const double clean = start(path, store, effort, &ServerProcess::kill);
  const double killed = start(path, store, effort, &ServerProcess::stop);
  for (const std::string_view name : kIndexFiles) store.remove_files(name);
  const double without_index = start(path, store, effort, &ServerProcess::stop);
  return {clean, killed, without_index};
}

Scenario consumers() {
  return {.id = "jetstream_consumers",
          .rows = {{"memory per idle durable consumer (10,000)",
                    Unit::kBytes,
                    {Goal::Kind::kValue, 2000}}},
          .measure = [](const std::string& path, const Effort& effort) {
            const Store store(Store::Sync::kLazy);
            return measure_on_server(path, store.arguments(), [&](ServerProcess& server) {
              return hold_consumers(server, effort);
            });
          }};
}

Scenario idle_stream() {
  const std::string title = "memory of an idle stream of 10,000,000 messages on 10 subjects";
  return {.id = "jetstream_idle",
          .rows = {{title, Unit::kBytes, {Goal::Kind::kValue, 16e6}},
                   {title + ", in the process that wrote it", Unit::kBytes, {}, true}},
          .measure = hold_stream};
}

Scenario restarts() {
  const std::string title = "start with a stream of 2,000,000 messages: ";
  const Goal goal{.kind = Goal::Kind::kRatio, .limit = 1.0, .or_value = 50, .or_row = {}};
  return {.id = "jetstream_restart",
          .rows = {{title + "after a clean end", Unit::kMilliseconds, goal},
                   {title + "after kill -9", Unit::kMilliseconds, goal},
                   {title + "without its index", Unit::kMilliseconds, goal}},
          .measure = restart};
}

}  // namespace

std::vector<Scenario> jetstream_footprint_scenarios() {
  return {consumers(), idle_stream(), restarts()};
}

}  // namespace bench
