#include "core/monitor/jetstream_facts.h"

#include "core/jetstream/config_json.h"
#include "core/jetstream/jetstreams.h"
#include "core/limits.h"
#include "core/version.h"

namespace myelin {

bool JetStreamSum::next(const JetStreams& jetstreams) {
  const auto& all = jetstreams.shared().streams;
  auto at = all.upper_bound(last_);
  for (size_t steps = 0; steps < kReportSliceSteps && at != all.end(); ++steps, ++at) {
    Stream& stream = *at->second;
    const StoreState& state = stream.store().state();
    ++streams;
    consumers += stream.consumers().size();
    messages += state.messages;
    bytes += state.bytes;
    last_ = at->first;
  }
  return at == all.end();
}

void write_jetstream_config(JsonWriter& json, const Options& options, StoreDirectory directory) {
  const JetStreamOptions& jetstream = *options.jetstream;
  json.field("max_memory", jetstream.max_memory_store);
  json.field("max_storage", jetstream.max_file_store);
  if (directory == StoreDirectory::kShown) {
    write_unless_empty(json, "store_dir", options.monitor.store_dir);
  }
  write_unless_zero(json, "sync_interval", jetstream.sync_interval);
  write_if(json, "sync_always", jetstream.sync_always);
  json.field("compress_ok", true);
  write_if(json, "strict", jetstream.strict);
}

void write_jetstream_stats(JsonWriter& json, const Observed& server) {
  const JetStreams* const jetstream = server.jetstream;
  const StorageUsage usage = jetstream == nullptr ? StorageUsage() : jetstream->shared().usage;
  json.field("memory", usage.memory);
  json.field("storage", usage.file);
  json.field("reserved_memory", usage.memory_reserved);
  json.field("reserved_storage", usage.file_reserved);
  json.field("accounts",
             jetstream == nullptr ? uint64_t{0} : uint64_t{jetstream->accounts().size()});
  json.field("ha_assets", 0);
  json.name("api").begin_object();
  json.field("level", jetstream == nullptr ? 0 : kJetStreamApiLevel);
  json.field("total", jetstream == nullptr ? 0 : jetstream->shared().api_calls);
  json.field("errors", jetstream == nullptr ? 0 : jetstream->shared().api_errors);
  json.end_object();
}

void write_jetstream_limits(JsonWriter& json, const Options& options) {
  const JetStreamLimits& limits = options.jetstream->limits;
  json.begin_object();
  if (limits.max_request_batch > 0) json.field("max_request_batch", limits.max_request_batch);
  if (limits.max_ack_pending > 0) json.field("max_ack_pending", limits.max_ack_pending);
  write_unless_zero(json, "max_duplicate_window", limits.duplicate_window);
  json.end_object();
}

void write_jetstream(JsonWriter& json, const Observed& server, StoreDirectory directory) {
  json.name("config").begin_object();
  write_jetstream_config(json, server.context.options, directory);
  json.end_object();
  json.name("stats").begin_object();
  write_jetstream_stats(json, server);
  json.end_object();
  json.name("limits");
  write_jetstream_limits(json, server.context.options);
}

}  // namespace myelin
