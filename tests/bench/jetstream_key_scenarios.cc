#include <algorithm>
#include <string>
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

constexpr uint64_t kWindow = 512;
constexpr uint64_t kGetsShare = 4;  // a quarter of the keys is read back
constexpr size_t kValueSize = 64;
constexpr int kFilterTries = 5;
constexpr uint64_t kFilteredRead = 1000;

std::string subject_of(uint64_t key) { return "$KV.bench.user." + digits(key); }

// As the official clients make a bucket.
void create_bucket(Api& api) {
  api.create_stream({{"name", "KV_bench"},
                     {"subjects", {"$KV.bench.>"}},
                     {"max_msgs_per_subject", 1},
                     {"discard", "new"},
                     {"allow_direct", true},
                     {"allow_rollup_hdrs", true},
                     {"deny_delete", true},
                     {"num_replicas", 1}});
}

PipelineCount put(uint16_t port, uint64_t keys, uint64_t puts) {
  return fill(port,
              {.name = "put",
               .window = kWindow,
               .payload_size = kValueSize,
               .append_subject = [keys](std::string& to,
                                        uint64_t number) { to += subject_of(number % keys); }},
              puts);
}

// Each value is compared. The keys are far apart, as readers of a bucket have it.
PipelineCount get(uint16_t port, uint64_t keys, uint64_t gets) {
  const auto key_of = [keys](uint64_t number) { return number * 7919 % keys; };
  std::vector<Pipeline> pipelines;
  pipelines.emplace_back(
      port, Requests{.inbox = "_INBOX.get",
                     .window = kWindow,
                     .append =
                         [key_of](std::string& to, uint64_t number, std::string_view reply) {
                           const std::string subject =
                               "$JS.API.DIRECT.GET.KV_bench." + subject_of(key_of(number));
                           append_publication(to, subject, reply, "");
                         },
                     .check =
                         [key_of](const Frame& reply, uint64_t number) {
                           if (reply.payload.empty()) {
                             throw Failure("a get was answered: " + std::string(reply.headers));
                           }
                           if (payload_number(reply.payload) != key_of(number)) {
                             throw Failure("a get brought another key's value");
                           }
                         }});
  return run_pipelines(pipelines, {.requests = gets});
}

// Milliseconds to create a consumer and read its first messages.
double read_first(Api& api, uint16_t port, const std::string& filter, uint64_t keys) {
  nlohmann::json config{
      {"name", "watcher"}, {"ack_policy", "none"}, {"inactive_threshold", 300'000'000'000}};
  if (!filter.empty()) config["filter_subject"] = filter;
  const uint64_t began = wall_ns();
  const uint64_t pending = api.create_consumer("KV_bench", config);
  if (pending != keys) throw Failure("num_pending is " + std::to_string(pending));
  PullReader(port, "KV_bench", "watcher", PullReader::Acks::kNone)
      .pull(std::min(keys, kFilteredRead));
  const double took_ms = static_cast<double>(wall_ns() - began) / 1e6;
  api.delete_consumer("KV_bench", "watcher");
  return took_ms;
}

std::vector<double> use_keys(ServerProcess& server, const Effort& effort) {
  Api api(server.port());
  create_bucket(api);
  sleep_seconds(effort.settle_seconds);
  const uint64_t before = server.memory().anonymous;
  const uint64_t cpu_before = server.cpu_ns();
  const PipelineCount puts = put(server.port(), effort.keys, effort.keys);
  const uint64_t cpu_between = server.cpu_ns();
  sleep_seconds(effort.settle_seconds);
  const uint64_t after = server.memory().anonymous;
  const uint64_t cpu_resumed = server.cpu_ns();
  const PipelineCount gets = get(server.port(), effort.keys, effort.keys / kGetsShare);
  const uint64_t cpu_after = server.cpu_ns();

  std::vector<double> with_tail;
  std::vector<double> with_star;
  std::vector<double> without;
  for (int i = 0; i < kFilterTries; ++i) {
    without.push_back(read_first(api, server.port(), "", effort.keys));
    with_tail.push_back(read_first(api, server.port(), "$KV.bench.user.>", effort.keys));
    with_star.push_back(read_first(api, server.port(), "$KV.bench.user.*", effort.keys));
  }
  return {static_cast<double>(after - std::min(after, before)) / static_cast<double>(effort.keys),
          puts.per_second(),
          gets.per_second(),
          static_cast<double>(cpu_between - cpu_before) / static_cast<double>(puts.answered),
          static_cast<double>(cpu_after - cpu_resumed) / static_cast<double>(gets.answered),
          median(with_tail) / median(without),
          median(with_star) / median(without),
          median(with_tail),
          median(with_star),
          median(without)};
}

// What the files take for each byte the stream says it holds, after keys were overwritten and, at
// the most, meanwhile.
std::vector<double> overwrite_keys(ServerProcess& server, const Store& store,
                                   const Effort& effort) {
  Api api(server.port());
  create_bucket(api);
  const uint64_t keys = effort.overwritten_keys;
  double most = 0;
  for (uint64_t i = 0; i < effort.overwrites; ++i) {
    put(server.port(), keys, keys);
    most = std::max(most, static_cast<double>(store.disk_size()));
  }
  const nlohmann::json state = api.call("STREAM.INFO.KV_bench", {})["state"];
  if (state["messages"] != keys) throw Failure("the bucket lacks keys");
  sleep_seconds(effort.settle_seconds);
  const double live = state["bytes"];
  return {static_cast<double>(store.disk_size()) / live, most / live};
}

Scenario keys() {
  const std::string title = "1,000,000 keys of 64 B, file";
  const std::string filter = "a filter that takes all of them, create and read 1,000";
  return {
      .id = "jetstream_keys",
      .rows = {{title + ": memory per key", Unit::kBytes, {Goal::Kind::kRatio, 0.5}},
               {title + ": puts per second", Unit::kPerSecond, {Goal::Kind::kRatioAtLeast, 1.5}},
               {title + ": gets per second", Unit::kPerSecond, {Goal::Kind::kRatioAtLeast, 1.5}},
               {title + ": CPU per put", Unit::kNanoseconds, {}, true},
               {title + ": CPU per get", Unit::kNanoseconds, {}, true},
               {filter + " (user.>), with / without", Unit::kTimes, {Goal::Kind::kValue, 1.2}},
               {filter + " (user.*), with / without", Unit::kTimes, {Goal::Kind::kValue, 1.2}},
               {filter + " (user.>): with", Unit::kMilliseconds, {}, true},
               {filter + " (user.*): with", Unit::kMilliseconds, {}, true},
               {filter + ": without", Unit::kMilliseconds, {}, true}},
      .measure = [](const std::string& path, const Effort& effort) {
        const Store store(Store::Sync::kLazy);
        return measure_on_server(path, store.arguments(),
                                 [&](ServerProcess& server) { return use_keys(server, effort); });
      }};
}

Scenario overwritten() {
  const std::string title = "100,000 keys written 10 times, file: disk for each byte that lives";
  return {.id = "jetstream_overwrite",
          .rows = {{title, Unit::kTimes, {Goal::Kind::kValue, 3}},
                   {title + ", at most meanwhile", Unit::kTimes, {}, true}},
          .measure = [](const std::string& path, const Effort& effort) {
            const Store store(Store::Sync::kLazy);
            return measure_on_server(path, store.arguments(), [&](ServerProcess& server) {
              return overwrite_keys(server, store, effort);
            });
          }};
}

}  // namespace

std::vector<Scenario> jetstream_key_scenarios() { return {keys(), overwritten()}; }

}  // namespace bench
