#include <algorithm>
#include <string>
#include <utility>

#include "tests/bench/api.h"
#include "tests/bench/clock.h"
#include "tests/bench/disk.h"
#include "tests/bench/failure.h"
#include "tests/bench/scenario.h"
#include "tests/bench/statistics.h"
#include "tests/bench/store.h"
#include "tests/bench/stream_load.h"

namespace bench {
namespace {

constexpr uint64_t kWindow = 512;
constexpr uint64_t kWindowOfMany = 32;
// A message of 128 B with its subject and what a log writes around it.
constexpr uint64_t kRecordSize = 192;
constexpr double kDiskShare = 0.8;

struct Shape {
  Store::Sync sync = Store::Sync::kLazy;
  std::string storage = "file";
  size_t payload_size = 128;
  uint64_t window = kPublishWindow;
  uint64_t publishers = 1;
  bool has_stream_each = false;
};

std::string stream_name(const Shape& shape, uint64_t publisher) {
  return "S" + std::to_string(shape.has_stream_each ? publisher : 0);
}

std::vector<Pipeline> make_publishers(uint16_t port, const Shape& shape) {
  std::vector<Pipeline> publishers;
  for (uint64_t i = 0; i < shape.publishers; ++i) {
    const std::string subject = "load." + stream_name(shape, i);
    publishers.emplace_back(
        port,
        publications({.name = "publisher" + std::to_string(i),
                      .window = shape.window,
                      .payload_size = shape.payload_size,
                      .append_subject = [subject](std::string& to, uint64_t) { to += subject; }}));
  }
  return publishers;
}

void create_streams(Api& api, const Shape& shape) {
  for (uint64_t i = 0; i < (shape.has_stream_each ? shape.publishers : 1); ++i) {
    const std::string name = stream_name(shape, i);
    api.create_stream({{"name", name}, {"subjects", {"load." + name}}, {"storage", shape.storage}});
  }
}

void expect_all(Api& api, const Shape& shape, uint64_t published) {
  uint64_t stored = 0;
  for (uint64_t i = 0; i < (shape.has_stream_each ? shape.publishers : 1); ++i) {
    stored += api.message_count(stream_name(shape, i));
  }
  if (stored != published) {
    throw Failure(std::to_string(published) + " messages were acknowledged, " +
                  std::to_string(stored) + " are in the streams");
  }
}

struct Published {
  double cpu_ns = 0;  // per message
  double per_second = 0;
  double cores = 0;
};

Published publish(ServerProcess& server, const Shape& shape, const Effort& effort) {
  Api api(server.port());
  create_streams(api, shape);
  std::vector<Pipeline> publishers = make_publishers(server.port(), shape);
  const PipelineCount warm_up = run_pipelines(publishers, {.seconds = effort.warm_up_seconds});

  const uint64_t cpu_before = server.cpu_ns();
  const PipelineCount count = run_pipelines(publishers, {.seconds = effort.publish_seconds});
  const double cpu_ns = static_cast<double>(server.cpu_ns() - cpu_before);
  expect_all(api, shape, warm_up.answered + count.answered);
  return {.cpu_ns = cpu_ns / static_cast<double>(count.answered),
          .per_second = count.per_second(),
          .cores = cpu_ns / static_cast<double>(count.wall_ns)};
}

Published publish_with_store(const std::string& path, const Shape& shape, const Effort& effort) {
  const Store store(shape.sync);
  Published published;
  measure_on_server(path, store.arguments(), [&](ServerProcess& server) {
    published = publish(server, shape, effort);
    return std::vector<double>{};
  });
  return published;
}

// What a message costs.
Scenario cost(const std::string& id, const std::string& title, const Shape& shape) {
  return {.id = id,
          .rows = {{title + ": CPU per message", Unit::kNanoseconds, {Goal::Kind::kRatio, 0.3}},
                   {title + ": rate", Unit::kPerSecond, {}, true},
                   {title + ": server's cores", Unit::kCores, {}, true}},
          .measure = [shape](const std::string& path, const Effort& effort) {
            const Published published = publish_with_store(path, shape, effort);
            return std::vector<double>{published.cpu_ns, published.per_second, published.cores};
          }};
}

// How many there are in a second, and how many the disk would take.
Scenario rate(const std::string& id, const std::string& title, const Shape& shape,
              const Goal& goal) {
  return {.id = id,
          .rows = {{title + ": messages per second", Unit::kPerSecond, goal},
                   {title + ": 80 % of what the disk takes, 512 per fdatasync",
                    Unit::kPerSecond,
                    {},
                    true},
                   {title + ": CPU per message", Unit::kNanoseconds, {}, true},
                   {title + ": server's cores", Unit::kCores, {}, true}},
          .measure = [shape](const std::string& path, const Effort& effort) {
            const Published published = publish_with_store(path, shape, effort);
            const Store store(shape.sync);
            const DiskSpeed disk =
                measure_disk(store.path(), kWindow, kRecordSize, effort.publish_seconds / 2);
            return std::vector<double>{published.per_second, kDiskShare * disk.records_per_second,
                                       published.cpu_ns, published.cores};
          }};
}

// p50 and p99 in microseconds of so many publications, each sent when the one before is answered.
std::pair<double, double> publish_one_by_one(ServerProcess& server, uint64_t count) {
  const Shape shape;
  Api api(server.port());
  create_streams(api, shape);
  Client client(server.port());
  client.subscribe("_INBOX.one", "", 1);
  client.fence();
  std::string publication;
  append_publication(publication, "load.S0", "_INBOX.one", std::string(shape.payload_size, 'x'));
  std::vector<uint32_t> latencies;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t began = wall_ns();
    client.link().send(publication);
    const Frame ack = client.next_message();
    const uint64_t took = wall_ns() - began;
    if (parse_answer(ack.payload, "a publication")["seq"] != i + 1) {
      throw Failure("an ack with another sequence");
    }
    latencies.push_back(static_cast<uint32_t>(std::min<uint64_t>(took, UINT32_MAX)));
  }
  return {percentile(latencies, 0.5) / 1e3, percentile(latencies, 0.99) / 1e3};
}

Scenario one_by_one() {
  const std::string title = "JetStream publish, one at a time, file, synced";
  return {.id = "jetstream_publish_one",
          .rows = {{title + ": p50", Unit::kMicroseconds, {Goal::Kind::kRatio, 1.0}},
                   {title + ": p99", Unit::kMicroseconds, {}, true},
                   {title + ": one write and its fdatasync", Unit::kMicroseconds, {}, true}},
          .measure = [](const std::string& path, const Effort& effort) {
            const Store store(Store::Sync::kAlways);
            return measure_on_server(path, store.arguments(), [&](ServerProcess& server) {
              const auto [p50, p99] = publish_one_by_one(server, effort.synced_publications);
              const DiskSpeed disk =
                  measure_disk(store.path(), 1, kRecordSize, effort.publish_seconds / 4);
              return std::vector<double>{p50, p99, disk.sync_us};
            });
          }};
}

Scenario many_streams() {
  const std::string title = "JetStream publish, 100 file streams, 1 publisher each, synced";
  return {.id = "jetstream_publish_streams",
          .rows = {{title + ": messages per second in all",
                    Unit::kPerSecond,
                    {Goal::Kind::kRatioAtLeast, 5}},
                   {title + ": CPU per message", Unit::kNanoseconds, {}, true},
                   {title + ": server's cores", Unit::kCores, {}, true}},
          .measure = [](const std::string& path, const Effort& effort) {
            const Shape shape{.sync = Store::Sync::kAlways,
                              .window = kWindowOfMany,
                              .publishers = effort.streams,
                              .has_stream_each = true};
            const Published published = publish_with_store(path, shape, effort);
            return std::vector<double>{published.per_second, published.cpu_ns, published.cores};
          }};
}

}  // namespace

std::vector<Scenario> jetstream_publish_scenarios() {
  return {
      cost("jetstream_publish_memory_16", "JetStream async publish, memory, 16 B",
           {.storage = "memory", .payload_size = 16}),
      cost("jetstream_publish_memory_128", "JetStream async publish, memory, 128 B",
           {.storage = "memory"}),
      cost("jetstream_publish_file", "JetStream async publish, file, sync_interval 2m, 128 B", {}),
      rate("jetstream_publish_synced",
           "JetStream async publish, 512 outstanding, file, synced, 128 B",
           {.sync = Store::Sync::kAlways, .window = kWindow}, {Goal::Kind::kRatioAtLeast, 20}),
      rate("jetstream_publish_default_1",
           "JetStream async publish, 1 publisher, Myelin synced, nats-server at its default",
           {.sync = Store::Sync::kDefault, .window = kWindow},
           {.kind = Goal::Kind::kRatioAtLeast, .limit = 1.0, .or_value = {}, .or_row = 1}),
      rate("jetstream_publish_default_4",
           "JetStream async publish, 4 publishers, Myelin synced, nats-server at its default",
           {.sync = Store::Sync::kDefault, .window = kWindow, .publishers = 4},
           {Goal::Kind::kRatioAtLeast, 1.3}),
      one_by_one(),
      many_streams(),
  };
}

}  // namespace bench
