// $JS.API.INFO, and what only a cluster could do.

#include <map>
#include <string>

#include "core/jetstream/api.h"
#include "core/jetstream/jetstream.h"
#include "core/version.h"

namespace myelin::api {
namespace {

void write_limits(JsonWriter& json, const JetStreamAccountLimits& limits) {
  json.name("limits").begin_object();
  json.field("max_memory", limits.max_memory);
  json.field("max_storage", limits.max_store);
  json.field("max_streams", limits.max_streams);
  json.field("max_consumers", limits.max_consumers);
  json.field("max_ack_pending", limits.max_ack_pending);
  json.field("memory_max_stream_bytes", limits.memory_max_stream_bytes);
  json.field("storage_max_stream_bytes", limits.store_max_stream_bytes);
  json.field("max_bytes_required", limits.max_bytes_required);
  json.end_object();
}

struct Holding {
  StorageUsage usage;
  uint64_t streams = 0;
  uint64_t consumers = 0;
};

void write_tier(JsonWriter& json, const Holding& holding, const JetStreamAccountLimits& limits) {
  json.field("memory", holding.usage.memory);
  json.field("storage", holding.usage.file);
  json.field("reserved_memory", holding.usage.memory_reserved);
  json.field("reserved_storage", holding.usage.file_reserved);
  json.field("streams", holding.streams);
  json.field("consumers", holding.consumers);
  write_limits(json, limits);
}

// What nats-server shows beside tiers.
constexpr JetStreamAccountLimits kNothingAllowed{.max_memory = 0,
                                                 .max_store = 0,
                                                 .max_streams = 0,
                                                 .max_consumers = 0,
                                                 .max_ack_pending = 0,
                                                 .memory_max_stream_bytes = 0,
                                                 .store_max_stream_bytes = 0};

// All streams of a server alone are of one tier; its limits may have gone.
void write_tiers(JsonWriter& json, const Holding& holding, const Services& services) {
  std::map<std::string, JetStreamAccountLimits> tiers;
  for (const auto& [name, limits] : services.account.options().jetstream->tiers) {
    tiers.emplace(name, limits);
  }
  const std::string ours = tier_name(1);
  if (holding.streams > 0) tiers.emplace(ours, kNothingAllowed);
  json.name("tiers").begin_object();
  for (const auto& [name, limits] : tiers) {
    json.name(name).begin_object();
    write_tier(json, name == ours ? holding : Holding(), limits);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

void account_info(ApiCall& call) {
  if (const auto error = call.refusal()) return call.fail(*error);
  JetStream& jetstream = call.jetstream();
  const Services& services = jetstream.services();
  Holding holding{.usage = services.usage, .streams = jetstream.streams().size()};
  for (const auto& [name, stream] : jetstream.streams()) {
    holding.consumers += stream->consumers().size();
  }
  const JetStreamAccountLimits* limits =
      services.has_tiers() ? &kNothingAllowed : services.limits(1);
  JsonWriter& json = call.begin();
  write_tier(json, holding, limits == nullptr ? kNothingAllowed : *limits);
  json.name("api");
  json.begin_object();
  json.field("level", kJetStreamApiLevel);
  json.field("total", jetstream.api_calls());
  json.field("errors", jetstream.api_errors());
  json.end_object();
  if (services.has_tiers()) write_tiers(json, holding, services);
  call.end();
}

void cluster_required(ApiCall& call) {
  if (const auto error = call.refusal()) return call.fail(*error);
  call.fail(api_error(ApiErrc::kClusterRequired));
}

}  // namespace myelin::api
