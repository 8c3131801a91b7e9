#include "core/jetstream/stream_config_json.h"

namespace myelin {
namespace {

constexpr std::string_view kRetentionNames[] = {"limits", "interest", "workqueue"};
constexpr std::string_view kDiscardNames[] = {"old", "new"};
constexpr std::string_view kStorageNames[] = {"file", "memory"};
constexpr std::string_view kPersistNames[] = {"default", "async"};
constexpr std::string_view kCompressionNames[] = {"none", "s2"};

// What a config can ask for and does not get yet, as the refusal calls it.
class LaterFeatures {
 public:
  void ask(bool is_asked, std::string_view name) {
    if (is_asked && asked_.empty()) asked_ = name;
  }

  std::optional<ApiError> refusal() const {
    if (asked_.empty()) return std::nullopt;
    return api_error(ApiErrc::kStreamInvalidConfig,
                     std::string(asked_) + " are not supported by this server yet");
  }

 private:
  std::string_view asked_;
};

// Values of those, read only for what may be wrong about them.
struct Unused {
  std::string text;
  uint64_t number = 0;
  bool truth = false;
  std::optional<WallTime> time;
};

void read_transform(JsonFields& fields) {
  Unused unused;
  fields.read("src", unused.text);
  fields.read("dest", unused.text);
}

void read_external(JsonFields& fields) {
  Unused unused;
  fields.read("api", unused.text);
  fields.read("deliver", unused.text);
}

void read_source_consumer(JsonFields& fields) {
  Unused unused;
  fields.read("name", unused.text);
  fields.read("deliver_subject", unused.text);
}

void read_stream_source(JsonFields& fields) {
  Unused unused;
  fields.read("name", unused.text);
  fields.read("opt_start_seq", unused.number);
  fields.read("opt_start_time", unused.time);
  fields.read("filter_subject", unused.text);
  fields.read_each("subject_transforms", "SubjectTransformConfig",
                   "[]server.SubjectTransformConfig", read_transform);
  fields.read("external", "ExternalStream", read_external);
  fields.read("consumer", "StreamConsumerSource", read_source_consumer);
}

void read_republish(JsonFields& fields) {
  Unused unused;
  fields.read("src", unused.text);
  fields.read("dest", unused.text);
  fields.read("headers_only", unused.truth);
}

bool read_switch(JsonFields& fields, std::string_view name) {
  bool is_on = false;
  fields.read(name, is_on);
  return is_on;
}

void read_later_features(JsonFields& fields, LaterFeatures& later) {
  later.ask(fields.read("mirror", "StreamSource", read_stream_source), "mirrors");
  later.ask(
      fields.read_each("sources", "StreamSource", "[]*server.StreamSource", read_stream_source),
      "sources");
  later.ask(fields.read("subject_transform", "SubjectTransformConfig", read_transform),
            "subject transforms");
  later.ask(fields.read("republish", "RePublish", read_republish), "republished messages");
  later.ask(read_switch(fields, "allow_msg_counter"), "message counters");
  later.ask(read_switch(fields, "allow_atomic"), "atomic batches");
  later.ask(read_switch(fields, "allow_batched"), "fast batches");
  later.ask(read_switch(fields, "allow_msg_schedules"), "message schedules");
}

// It has a complaint of its own, and is decoded as a string first.
void read_compression(JsonFields& fields, StoreCompression& to) {
  const JsonView value = fields.take("compression");
  if (!value.is_present()) return;
  const auto text = value.as_string();
  if (!text && !value.is_null()) return fields.complain("compression", value, "string");
  if (text == kCompressionNames[0]) {
    to = StoreCompression::kNone;
  } else if (text == kCompressionNames[1]) {
    to = StoreCompression::kS2;
  } else {
    fields.errors().end("unknown compression algorithm");
  }
}

void read_placement(JsonFields& fields, Placement& to) {
  fields.read("cluster", to.cluster);
  fields.read("tags", to.tags);
  fields.read("preferred", to.preferred);
}

void read_consumer_limits(JsonFields& fields, StreamConsumerLimits& to) {
  fields.read("inactive_threshold", to.inactive_threshold);
  fields.read("max_ack_pending", to.max_ack_pending, "int");
}

void read_limits(JsonFields& fields, StreamConfig& to) {
  fields.read("max_consumers", to.max_consumers, "int");
  fields.read("max_msgs", to.max_msgs);
  fields.read("max_bytes", to.max_bytes);
  fields.read("max_age", to.max_age);
  fields.read("max_msgs_per_subject", to.max_msgs_per_subject);
  fields.read("max_msg_size", to.max_msg_size);
  fields.read("consumer_limits", "StreamConsumerLimits",
              [&](JsonFields& limits) { read_consumer_limits(limits, to.consumer_limits); });
}

void read_permissions(JsonFields& fields, StreamConfig& to) {
  fields.read("no_ack", to.no_ack);
  fields.read("allow_direct", to.allow_direct);
  fields.read("mirror_direct", to.mirror_direct);
  fields.read("discard_new_per_subject", to.discard_new_per_subject);
  fields.read("sealed", to.sealed);
  fields.read("deny_delete", to.deny_delete);
  fields.read("deny_purge", to.deny_purge);
  fields.read("allow_rollup_hdrs", to.allow_rollup_hdrs);
  fields.read("allow_msg_ttl", to.allow_msg_ttl);
}

void read_fields(JsonFields& fields, StreamConfig& to, LaterFeatures& later) {
  fields.read("name", to.name);
  fields.read("description", to.description);
  fields.read("subjects", to.subjects);
  fields.read("retention", to.retention, {kRetentionNames});
  fields.read("discard", to.discard, {.names = kDiscardNames, .any_case = true});
  fields.read("storage", to.storage, {kStorageNames});
  fields.read("persist_mode", to.persist_mode, {kPersistNames, ""});
  read_compression(fields, to.compression);
  read_limits(fields, to);
  read_permissions(fields, to);
  fields.read("num_replicas", to.num_replicas, "int");
  fields.read("duplicate_window", to.duplicate_window);
  fields.read("placement", "Placement", [&](JsonFields& placement) {
    if (!to.placement) to.placement.emplace();
    read_placement(placement, *to.placement);
  });
  fields.read("first_seq", to.first_seq);
  fields.read("subject_delete_marker_ttl", to.subject_delete_marker_ttl);
  fields.read("metadata", to.metadata);
  read_later_features(fields, later);
}

// Either kind of `source`: a text, or a part of a document.
template <class Source>
Result<StreamConfig, ApiError> read_stream(Source source, JsonStrictness strictness) {
  StreamConfig config;
  LaterFeatures later;
  const auto error = read_json(source, strictness, "StreamConfig",
                               [&](JsonFields& fields) { read_fields(fields, config, later); });
  if (error) return *error;
  if (const auto refusal = later.refusal()) return *refusal;
  return config;
}

void write_placement(JsonWriter& json, const Placement& placement) {
  json.name("placement");
  json.begin_object();
  write_unless_empty(json, "cluster", placement.cluster);
  write_unless_empty(json, "tags", placement.tags);
  write_unless_empty(json, "preferred", placement.preferred);
  json.end_object();
}

void write_consumer_limits(JsonWriter& json, const StreamConsumerLimits& limits) {
  json.name("consumer_limits");
  json.begin_object();
  write_unless_zero(json, "inactive_threshold", limits.inactive_threshold);
  write_unless_zero(json, "max_ack_pending", limits.max_ack_pending);
  json.end_object();
}

void write_limits(JsonWriter& json, const StreamConfig& config) {
  json.field("retention", name_of(config.retention, kRetentionNames));
  json.field("max_consumers", config.max_consumers);
  json.field("max_msgs", config.max_msgs);
  json.field("max_bytes", config.max_bytes);
  json.field("max_age", int64_t{config.max_age.count()});
  json.field("max_msgs_per_subject", config.max_msgs_per_subject);
  write_unless_zero(json, "max_msg_size", config.max_msg_size);
  json.field("discard", name_of(config.discard, kDiscardNames));
}

void write_permissions(JsonWriter& json, const StreamConfig& config) {
  json.field("allow_direct", config.allow_direct);
  json.field("mirror_direct", config.mirror_direct);
  write_if(json, "discard_new_per_subject", config.discard_new_per_subject);
  json.field("sealed", config.sealed);
  json.field("deny_delete", config.deny_delete);
  json.field("deny_purge", config.deny_purge);
  json.field("allow_rollup_hdrs", config.allow_rollup_hdrs);
}

}  // namespace

Result<StreamConfigRequest, ApiError> read_stream_config_request(std::string_view json,
                                                                 JsonStrictness strictness) {
  StreamConfigRequest request;
  LaterFeatures later;
  const auto error = read_json(json, strictness, "StreamConfigRequest", [&](JsonFields& fields) {
    fields.read("pedantic", request.pedantic);
    fields.set_path("StreamConfig.");
    read_fields(fields, request.config, later);
  });
  if (error) return *error;
  if (const auto refusal = later.refusal()) return *refusal;
  return request;
}

Result<StreamConfig, ApiError> read_stream_config(std::string_view json,
                                                  JsonStrictness strictness) {
  return read_stream(json, strictness);
}

Result<StreamConfig, ApiError> read_stream_config(JsonView object, JsonStrictness strictness) {
  return read_stream(object, strictness);
}

void write(JsonWriter& json, const StreamConfig& config, ServerMetadata server_metadata) {
  json.begin_object();
  json.field("name", config.name);
  write_unless_empty(json, "description", config.description);
  write_unless_empty(json, "subjects", config.subjects);
  write_limits(json, config);
  json.field("storage", name_of(config.storage, kStorageNames));
  json.field("num_replicas", config.num_replicas);
  write_if(json, "no_ack", config.no_ack);
  write_unless_zero(json, "duplicate_window", config.duplicate_window);
  if (config.placement) write_placement(json, *config.placement);
  json.field("compression", name_of(config.compression, kCompressionNames));
  if (config.first_seq != 0) json.field("first_seq", config.first_seq);
  write_permissions(json, config);
  write_consumer_limits(json, config.consumer_limits);
  json.field("allow_msg_ttl", config.allow_msg_ttl);
  write_unless_zero(json, "subject_delete_marker_ttl", config.subject_delete_marker_ttl);
  if (config.persist_mode != PersistMode::kDefault) {
    json.field("persist_mode", name_of(config.persist_mode, kPersistNames));
  }
  write(json, config.metadata, server_metadata);
  json.end_object();
}

}  // namespace myelin
