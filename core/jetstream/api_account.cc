// $JS.API.INFO, and what only a cluster could do.

#include "core/jetstream/api.h"
#include "core/jetstream/jetstream.h"
#include "core/version.h"

namespace myelin::api {
namespace {

void write_no_limits(JsonWriter& json) {
  json.name("limits");
  json.begin_object();
  for (const char* name :
       {"max_memory", "max_storage", "max_streams", "max_consumers", "max_ack_pending",
        "memory_max_stream_bytes", "storage_max_stream_bytes"}) {
    json.field(name, -1);
  }
  json.field("max_bytes_required", false);
  json.end_object();
}

}  // namespace

void account_info(ApiCall& call) {
  if (const auto error = required_level_error(call.headers())) return call.fail(*error);
  JetStream& jetstream = call.jetstream();
  const StorageUsage& usage = jetstream.services().usage;
  uint64_t consumers = 0;
  for (const auto& [name, stream] : jetstream.streams()) consumers += stream->consumers().size();
  JsonWriter& json = call.begin();
  json.field("memory", usage.memory);
  json.field("storage", usage.file);
  json.field("reserved_memory", usage.memory_reserved);
  json.field("reserved_storage", usage.file_reserved);
  json.field("streams", static_cast<uint64_t>(jetstream.streams().size()));
  json.field("consumers", consumers);
  write_no_limits(json);
  json.name("api");
  json.begin_object();
  json.field("level", kJetStreamApiLevel);
  json.field("total", jetstream.api_calls());
  json.field("errors", jetstream.api_errors());
  json.end_object();
  call.end();
}

void cluster_required(ApiCall& call) {
  if (const auto error = required_level_error(call.headers())) return call.fail(*error);
  call.fail(api_error(ApiErrc::kClusterRequired));
}

}  // namespace myelin::api
