#include "core/jetstream/consumer_config_json.h"

#include "core/base/rfc3339.h"

namespace myelin {
namespace {

constexpr std::string_view kDeliverNames[] = {
    "all", "last", "new", "by_start_sequence", "by_start_time", "last_per_subject"};
constexpr std::string_view kAckNames[] = {"none", "all", "explicit", "flow_control"};
constexpr std::string_view kReplayNames[] = {"instant", "original"};
constexpr std::string_view kPriorityNames[] = {"none", "overflow", "pinned_client", "prioritized"};
constexpr std::string_view kActionNames[] = {"", "create", "update"};

void read_delivery(JsonFields& fields, ConsumerConfig& to) {
  fields.read("deliver_policy", to.deliver_policy, {kDeliverNames, "undefined"});
  fields.read("opt_start_seq", to.opt_start_seq);
  fields.read("opt_start_time", to.opt_start_time);
  fields.read("filter_subject", to.filter_subject);
  fields.read("filter_subjects", to.filter_subjects);
  fields.read("replay_policy", to.replay_policy, {kReplayNames});
  fields.read("rate_limit_bps", to.rate_limit_bps);
  fields.read("headers_only", to.headers_only);
  fields.read("deliver_subject", to.deliver_subject);
  fields.read("deliver_group", to.deliver_group);
  fields.read("flow_control", to.flow_control);
  fields.read("idle_heartbeat", to.idle_heartbeat);
}

void read_acks(JsonFields& fields, ConsumerConfig& to) {
  fields.read("ack_policy", to.ack_policy, {kAckNames});
  fields.read("ack_wait", to.ack_wait);
  fields.read("max_deliver", to.max_deliver, "int");
  fields.read("backoff", to.backoff);
  fields.read("sample_freq", to.sample_freq);
  fields.read("max_ack_pending", to.max_ack_pending, "int");
}

void read_pulls(JsonFields& fields, ConsumerConfig& to) {
  fields.read("max_waiting", to.max_waiting, "int");
  fields.read("max_batch", to.max_batch, "int");
  fields.read("max_expires", to.max_expires);
  fields.read("max_bytes", to.max_bytes, "int");
  fields.read("priority_groups", to.priority_groups);
  fields.read("priority_policy", to.priority_policy,
              {.names = kPriorityNames, .complaint = "unknown priority policy: "});
  fields.read("priority_timeout", to.priority_timeout);
}

void read_fields(JsonFields& fields, ConsumerConfig& to) {
  fields.read("durable_name", to.durable_name);
  fields.read("name", to.name);
  fields.read("description", to.description);
  read_delivery(fields, to);
  read_acks(fields, to);
  read_pulls(fields, to);
  fields.read("inactive_threshold", to.inactive_threshold);
  fields.read("num_replicas", to.num_replicas, "int");
  fields.read("mem_storage", to.mem_storage);
  fields.read("direct", to.direct);
  fields.read("sourcing", to.sourcing);
  fields.read("metadata", to.metadata);
  fields.read("pause_until", to.pause_until);
}

std::optional<ApiError> refuse_later_features(const ConsumerConfig& config) {
  if (!config.sourcing) return std::nullopt;
  return api_error(ApiErrc::kStreamInvalidConfig,
                   "sourcing consumers are not supported by this server yet");
}

// Either kind of `source`: a text, or a part of a document.
template <class Source>
Result<ConsumerConfig, ApiError> read_consumer(Source source, JsonStrictness strictness) {
  ConsumerConfig config;
  const auto error = read_json(source, strictness, "ConsumerConfig",
                               [&](JsonFields& fields) { read_fields(fields, config); });
  if (error) return *error;
  if (const auto refusal = refuse_later_features(config)) return *refusal;
  return config;
}

void write_time(JsonWriter& json, std::string_view name, const std::optional<WallTime>& time) {
  if (time) json.field(name, rfc3339(*time));
}

void write_start(JsonWriter& json, const ConsumerConfig& config) {
  json.field("deliver_policy", name_of(config.deliver_policy, kDeliverNames));
  if (config.opt_start_seq != 0) json.field("opt_start_seq", config.opt_start_seq);
  write_time(json, "opt_start_time", config.opt_start_time);
}

void write_acks(JsonWriter& json, const ConsumerConfig& config) {
  json.field("ack_policy", name_of(config.ack_policy, kAckNames));
  write_unless_zero(json, "ack_wait", config.ack_wait);
  write_unless_zero(json, "max_deliver", config.max_deliver);
  if (config.backoff.empty()) return;
  json.name("backoff");
  json.begin_array();
  for (const Duration wait : config.backoff) json.value(int64_t{wait.count()});
  json.end_array();
}

void write_delivery(JsonWriter& json, const ConsumerConfig& config) {
  write_unless_empty(json, "filter_subject", config.filter_subject);
  write_unless_empty(json, "filter_subjects", config.filter_subjects);
  json.field("replay_policy", name_of(config.replay_policy, kReplayNames));
  if (config.rate_limit_bps != 0) json.field("rate_limit_bps", config.rate_limit_bps);
  write_unless_empty(json, "sample_freq", config.sample_freq);
  write_unless_zero(json, "max_waiting", config.max_waiting);
  write_unless_zero(json, "max_ack_pending", config.max_ack_pending);
  write_if(json, "flow_control", config.flow_control);
  write_if(json, "headers_only", config.headers_only);
  write_unless_zero(json, "max_batch", config.max_batch);
  write_unless_zero(json, "max_expires", config.max_expires);
  write_unless_zero(json, "max_bytes", config.max_bytes);
  write_unless_empty(json, "deliver_subject", config.deliver_subject);
  write_unless_empty(json, "deliver_group", config.deliver_group);
  write_unless_zero(json, "idle_heartbeat", config.idle_heartbeat);
}

void write_priorities(JsonWriter& json, const ConsumerConfig& config) {
  write_unless_empty(json, "priority_groups", config.priority_groups);
  if (config.priority_policy != PriorityPolicy::kNone) {
    json.field("priority_policy", name_of(config.priority_policy, kPriorityNames));
  }
  write_unless_zero(json, "priority_timeout", config.priority_timeout);
}

}  // namespace

Result<ConsumerRequest, ApiError> read_consumer_request(std::string_view json,
                                                        JsonStrictness strictness) {
  ConsumerRequest request;
  const auto error = read_json(json, strictness, "CreateConsumerRequest", [&](JsonFields& fields) {
    fields.read("stream_name", request.stream_name);
    fields.read("config", "ConsumerConfig",
                [&](JsonFields& config) { read_fields(config, request.config); });
    fields.read("action", request.action,
                {.names = kActionNames, .complaint = "unknown consumer action: "});
    fields.read("pedantic", request.pedantic);
  });
  if (error) return *error;
  if (const auto refusal = refuse_later_features(request.config)) return *refusal;
  return request;
}

Result<ConsumerConfig, ApiError> read_consumer_config(std::string_view json,
                                                      JsonStrictness strictness) {
  return read_consumer(json, strictness);
}

Result<ConsumerConfig, ApiError> read_consumer_config(JsonView object, JsonStrictness strictness) {
  return read_consumer(object, strictness);
}

void write(JsonWriter& json, const ConsumerConfig& config, ServerMetadata server_metadata) {
  json.begin_object();
  write_unless_empty(json, "durable_name", config.durable_name);
  write_unless_empty(json, "name", config.name);
  write_unless_empty(json, "description", config.description);
  write_start(json, config);
  write_acks(json, config);
  write_delivery(json, config);
  write_unless_zero(json, "inactive_threshold", config.inactive_threshold);
  json.field("num_replicas", config.num_replicas);
  write_if(json, "mem_storage", config.mem_storage);
  write_if(json, "direct", config.direct);
  write(json, config.metadata, server_metadata);
  write_time(json, "pause_until", config.pause_until);
  write_priorities(json, config);
  json.end_object();
}

}  // namespace myelin
