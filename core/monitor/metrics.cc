#include "core/monitor/metrics.h"

#include <utility>

#include "core/jetstream/consumer.h"
#include "core/jetstream/jetstreams.h"
#include "core/jetstream/stream.h"
#include "core/limits.h"
#include "core/monitor/metrics_text.h"
#include "core/monitor/report_text.h"
#include "core/version.h"

namespace myelin {
namespace {

constexpr double kNanosecond = 1e-9;

struct StreamFamily {
  MetricFamily family;
  uint64_t (*value)(Stream& stream);
};

constexpr StreamFamily kStreamFamilies[] = {
    {{"myelin_stream_messages", "gauge", "Messages in the stream."},
     [](Stream& stream) { return stream.store().state().messages; }},
    {{"myelin_stream_bytes", "gauge", "Bytes of the stream's messages."},
     [](Stream& stream) { return stream.store().state().bytes; }},
    {{"myelin_stream_first_sequence", "gauge", "Sequence of the stream's first message."},
     [](Stream& stream) { return stream.store().state().first_sequence; }},
    {{"myelin_stream_last_sequence", "gauge", "Sequence of the stream's last message."},
     [](Stream& stream) { return stream.store().state().last_sequence; }},
    {{"myelin_stream_subjects", "gauge", "Different subjects of the stream's messages."},
     [](Stream& stream) { return static_cast<uint64_t>(stream.store().subjects()); }},
    {{"myelin_stream_consumers", "gauge", "Consumers of the stream."},
     [](Stream& stream) { return static_cast<uint64_t>(stream.consumers().size()); }},
    {{"myelin_stream_offline", "gauge", "1 if a file of the stream failed."},
     [](Stream& stream) { return stream.is_offline() ? uint64_t{1} : uint64_t{0}; }},
};

struct ConsumerFamily {
  MetricFamily family;
  uint64_t (*value)(Consumer& consumer);
};

constexpr ConsumerFamily kConsumerFamilies[] = {
    {{"myelin_consumer_pending_messages", "gauge", "Messages that wait to be delivered."},
     [](Consumer& consumer) { return consumer.count_pending(); }},
    {{"myelin_consumer_ack_pending_messages", "gauge", "Messages delivered, not acknowledged."},
     [](Consumer& consumer) { return uint64_t{consumer.state().pending_count()}; }},
    {{"myelin_consumer_redelivered_messages", "gauge",
      "Messages delivered more than once, not acknowledged."},
     [](Consumer& consumer) { return uint64_t{consumer.state().redelivered_count()}; }},
    {{"myelin_consumer_waiting_pulls", "gauge", "Pull requests that wait for messages."},
     [](Consumer& consumer) { return static_cast<uint64_t>(consumer.waiting_count()); }},
    {{"myelin_consumer_delivered_stream_sequence", "gauge",
      "Stream sequence of the message delivered last."},
     [](Consumer& consumer) { return uint64_t{consumer.state().delivered().stream}; }},
    {{"myelin_consumer_ack_floor_stream_sequence", "gauge",
      "Stream sequence up to which all is acknowledged."},
     [](Consumer& consumer) { return uint64_t{consumer.state().floor().stream}; }},
};

void append_identity(std::string& to, const Observed& server) {
  const Context& context = server.context;
  const MetricFamily build{"myelin_build_info", "gauge", "What runs, and whose behaviour it has."};
  append_family(to, build);
  append_sample(to, build.name, {{"version", kMyelinVersion}, {"nats_version", kNatsVersion}},
                uint64_t{1});
  const MetricFamily info{"myelin_server_info", "gauge", "Who the server is."};
  append_family(to, info);
  append_sample(to, info.name,
                {{"server_id", context.server_id}, {"server_name", context.server_name}},
                uint64_t{1});
}

void append_process(std::string& to, const Observed& server, const HostFacts& host) {
  append_metric(to, {"myelin_start_time_seconds", "gauge", "When the server began, since 1970."},
                static_cast<double>(server.start.wall.unix_ns) * kNanosecond);
  append_metric(to, {"myelin_uptime_seconds", "gauge", "How long the server has run."},
                in_seconds(server.context.now.mono - server.start.mono));
  append_metric(to, {"myelin_resident_memory_bytes", "gauge", "Memory of the process."},
                host.memory);
  append_metric(to, {"myelin_cpu_ratio", "gauge", "Of one core, what the process uses."},
                host.cpu / 100);
  append_metric(to, {"myelin_cores", "gauge", "Cores of the machine."},
                static_cast<double>(host.cores));
  const MetricFamily requests{"myelin_http_requests_total", "counter",
                              "Requests to the monitoring listener."};
  append_family(to, requests);
  for (const auto& [path, count] : host.http_requests) {
    append_sample(to, requests.name, {{"path", path}}, count);
  }
}

void append_clients(std::string& to, const Observed& server) {
  const ServerCounters& counters = server.context.counters;
  append_metric(to, {"myelin_connections", "gauge", "Clients that are connected."},
                server.connections);
  append_metric(to, {"myelin_connections_total", "counter", "Clients that ever connected."},
                server.connections_ever);
  append_metric(to, {"myelin_max_connections", "gauge", "Clients that may be connected at once."},
                static_cast<double>(server.context.options.max_connections));
  append_metric(to, {"myelin_subscriptions", "gauge", "Subscriptions, the server's own included."},
                account_totals(*server.context.accounts).subscriptions);
  append_metric(to, {"myelin_received_messages_total", "counter", "Messages that clients sent."},
                counters.publish_size.count());
  append_metric(to, {"myelin_received_bytes_total", "counter", "Bytes of those messages."},
                counters.publish_size.sum());
  append_metric(to, {"myelin_sent_messages_total", "counter", "Messages sent to clients."},
                counters.out_msgs);
  append_metric(to, {"myelin_sent_bytes_total", "counter", "Bytes of those messages."},
                counters.out_bytes);
  append_metric(to, {"myelin_slow_consumers_total", "counter", "Clients cut off: too slow."},
                counters.slow_consumers);
  append_metric(to, {"myelin_stale_connections_total", "counter", "Clients cut off: silent."},
                counters.stale_connections);
  append_metric(to,
                {"myelin_publisher_stalls_total", "counter",
                 "How often a publisher was held back for a slow consumer."},
                counters.stalled_clients);
  append_histogram(to,
                   {"myelin_publish_size_bytes", "histogram",
                    "Sizes of the messages that clients sent, headers included."},
                   counters.publish_size, 1);
  const SublistFacts matches = sublist_facts(*server.context.accounts);
  append_metric(to, {"myelin_matches_total", "counter", "Subjects matched with subscriptions."},
                matches.matches);
  append_metric(
      to, {"myelin_match_cache_hits_total", "counter", "Matches that were remembered from before."},
      matches.cache_hits);
}

void append_jetstream(std::string& to, const Observed& server, const JetStreamSum& sum) {
  const JetStreams& jetstream = *server.jetstream;
  const SharedServices& shared = jetstream.shared();
  const StorageUsage& usage = shared.usage;
  append_metric(to, {"myelin_jetstream_recovered", "gauge", "1 once all streams were read."},
                uint64_t{server.is_recovered ? 1u : 0u});
  append_metric(to, {"myelin_jetstream_streams", "gauge", "Streams."}, sum.streams);
  append_metric(to, {"myelin_jetstream_consumers", "gauge", "Consumers of all streams."},
                sum.consumers);
  append_metric(to, {"myelin_jetstream_messages", "gauge", "Messages of all streams."},
                sum.messages);
  append_metric(to, {"myelin_jetstream_memory_bytes", "gauge", "Bytes kept in memory."},
                usage.memory);
  append_metric(to, {"myelin_jetstream_storage_bytes", "gauge", "Bytes kept in files."},
                usage.file);
  append_metric(to,
                {"myelin_jetstream_reserved_memory_bytes", "gauge",
                 "Bytes promised to memory streams with a limit."},
                usage.memory_reserved);
  append_metric(to,
                {"myelin_jetstream_reserved_storage_bytes", "gauge",
                 "Bytes promised to file streams with a limit."},
                usage.file_reserved);
  append_metric(to, {"myelin_jetstream_max_memory_bytes", "gauge", "Bytes memory streams may use."},
                static_cast<double>(shared.options.max_memory_store));
  append_metric(to, {"myelin_jetstream_max_storage_bytes", "gauge", "Bytes file streams may use."},
                static_cast<double>(shared.options.max_file_store));
  append_metric(
      to,
      {"myelin_jetstream_held_answers_bytes", "gauge", "Bytes of answers that wait for the disk."},
      shared.gate.bytes());
  append_metric(to, {"myelin_jetstream_api_requests_total", "counter", "Requests to the API."},
                shared.api_calls);
  append_metric(to,
                {"myelin_jetstream_api_errors_total", "counter",
                 "Requests to the API that were answered with an error."},
                shared.api_errors);
  append_histogram(to,
                   {"myelin_jetstream_sync_duration_seconds", "histogram",
                    "From asking the disk for a sync until it was done."},
                   jetstream.sync_latency(), kNanosecond);
  append_histogram(to,
                   {"myelin_jetstream_api_duration_seconds", "histogram",
                    "From a request to the API until its answer: the wait for the disk."},
                   jetstream.api_latency(), kNanosecond);
}

}  // namespace

bool MetricsReport::next(const Observed& server, std::string& to) {
  switch (phase_) {
    case Phase::kSum:
      if (server.jetstream == nullptr || sum_.next(*server.jetstream)) phase_ = Phase::kWhole;
      break;
    case Phase::kWhole:
      write_whole(server, to);
      break;
    case Phase::kStreams:
      write_streams(server, to);
      break;
    case Phase::kConsumers:
      write_consumers(server, to);
      break;
    case Phase::kDone:
      break;
  }
  return phase_ == Phase::kDone;
}

void MetricsReport::write_whole(const Observed& server, std::string& to) {
  append_identity(to, server);
  append_process(to, server, host_);
  append_clients(to, server);
  phase_ = Phase::kDone;
  if (server.jetstream == nullptr) return;
  append_jetstream(to, server, sum_);
  if (sum_.streams > 0) phase_ = Phase::kStreams;
}

void MetricsReport::begin_family() {
  has_family_ = false;
  shown_ = 0;
  stream_ = 0;
  consumer_.clear();
}

void MetricsReport::write_streams(const Observed& server, std::string& to) {
  const auto& streams = server.jetstream->shared().streams;
  for (; family_ < std::size(kStreamFamilies); ++family_, begin_family()) {
    const StreamFamily& row = kStreamFamilies[family_];
    if (!std::exchange(has_family_, true)) append_family(to, row.family);
    auto at = streams.upper_bound(stream_);
    for (; at != streams.end() && shown_ < kMetricsStreamsMax; ++at) {
      if (to.size() >= kReportSliceSize) return;
      Stream& stream = *at->second;
      append_sample(to, row.family.name,
                    {{"account", stream.services().account.name()}, {"stream", stream.name()}},
                    row.value(stream));
      stream_ = at->first;
      ++shown_;
    }
  }
  family_ = 0;
  phase_ = sum_.consumers > 0 ? Phase::kConsumers : Phase::kDone;
}

void MetricsReport::write_consumers(const Observed& server, std::string& to) {
  const auto& streams = server.jetstream->shared().streams;
  size_t steps = 0;
  for (; family_ < std::size(kConsumerFamilies); ++family_, begin_family()) {
    const ConsumerFamily& row = kConsumerFamilies[family_];
    if (!std::exchange(has_family_, true)) append_family(to, row.family);
    for (auto at = streams.lower_bound(stream_); at != streams.end(); ++at) {
      // The one whose consumers were being shown may have gone.
      if (at->first != stream_) consumer_.clear();
      stream_ = at->first;
      const Consumers::Map& consumers = at->second->consumers().by_name();
      auto next = consumers.upper_bound(consumer_);
      for (; next != consumers.end() && shown_ < kMetricsConsumersMax; ++next) {
        if (to.size() >= kReportSliceSize || ++steps > kReportSliceSteps) return;
        const bool knew = next->second->knows_pending();
        append_sample(to, row.family.name,
                      {{"account", at->second->services().account.name()},
                       {"stream", at->second->name()},
                       {"consumer", next->first}},
                      row.value(*next->second));
        consumer_ = next->first;
        ++shown_;
        // To have counted is enough for a turn.
        if (!knew && next->second->knows_pending()) return;
      }
      if (shown_ >= kMetricsConsumersMax) break;
      if (++steps > kReportSliceSteps) {
        // Behind all of this stream's consumers.
        if (!consumers.empty()) consumer_ = consumers.rbegin()->first;
        return;
      }
    }
  }
  phase_ = Phase::kDone;
}

}  // namespace myelin
