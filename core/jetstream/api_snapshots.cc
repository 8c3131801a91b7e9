// Requests for backups: a stream's snapshot, and its restore. The order of checks is nats-server's.

#include "core/jetstream/api.h"
#include "core/jetstream/jetstream.h"
#include "core/jetstream/snapshots.h"
#include "core/jetstream/stream_checks.h"
#include "core/jetstream/stream_config_json.h"
#include "core/jetstream/stream_info.h"
#include "core/subject/subject.h"

namespace myelin::api {
namespace {

constexpr std::string_view kNowhere = ",\"deliver_subject\":\"\"";

// The stream's state of then is in the backup too, and is not looked at here.
Result<StreamConfig, ApiError> read_restored_config(ApiCall& call) {
  StreamConfig config;
  std::optional<ApiError> refused;
  const auto error = read_json(
      call.body(), call.strictness(), "JSApiStreamRestoreRequest", [&](JsonFields& fields) {
        const JsonView value = fields.take("config");
        (void)fields.take("state");
        if (!value.is_object()) return;
        Result<StreamConfig, ApiError> read = read_stream_config(value, call.strictness());
        if (read.ok()) config = std::move(read.value());
        if (!read.ok()) refused = read.error();
      });
  if (error) return *error;
  if (refused) return *refused;
  if (config.name.empty()) config.name = call.token(2);
  if (config.name != call.token(2)) return api_error(ApiErrc::kStreamMismatch);
  if (has_path_separator(config.name)) {
    return api_error(ApiErrc::kStreamNameContainsPathSeparators);
  }
  const Services& services = call.jetstream().services();
  const StreamLimits limits = limits_of(services, config);
  Result<StreamConfig, ApiError> normal = normalize(std::move(config), limits, false);
  if (!normal.ok()) return normal.error();
  if (const auto bad = check_compression(services, normal.value())) return *bad;
  if (const auto bad = check_count(call.jetstream(), normal.value())) return *bad;
  if (const auto bad = check_reservation(services, normal.value(), std::nullopt)) return *bad;
  return normal;
}

}  // namespace

void stream_snapshot(ApiCall& call) {
  if (const auto error = call.refusal()) return call.fail(*error);
  if (call.has_empty_body()) return call.fail(api_error(ApiErrc::kBadRequest));
  JetStream& jetstream = call.jetstream();
  Stream* stream = jetstream.find(call.token(2));
  if (stream == nullptr) return call.fail(api_error(ApiErrc::kStreamNotFound));
  SnapshotRequest request;
  bool checks = false;  // every record is checked as it is read, asked for or not
  const auto error = read_json(call.body(), call.strictness(), "JSApiStreamSnapshotRequest",
                               [&](JsonFields& fields) {
                                 fields.read("deliver_subject", request.deliver_subject);
                                 fields.read("no_consumers", request.no_consumers);
                                 fields.read("window_size", request.window_size, "int");
                                 fields.read("chunk_size", request.chunk_size, "int");
                                 fields.read("jsck", checks);
                               });
  if (error) return call.fail(*error);
  if (!is_valid_literal(request.deliver_subject)) {
    return call.fail(api_error(ApiErrc::kSnapshotDeliverSubjectInvalid));
  }
  if (const auto refusal = jetstream.snapshots().refusal_of(*stream)) return call.fail(*refusal);
  JsonWriter& json = call.begin();
  json.name("config");
  write(json, stream->config(), ServerMetadata::kHidden);
  write_stream_state(json, *stream, {});
  call.end();
  jetstream.snapshots().begin(*stream, std::move(request), call.client());
}

void stream_restore(ApiCall& call) {
  if (const auto error = call.refusal()) return call.fail(*error, kNowhere);
  if (call.has_empty_body()) return call.fail(api_error(ApiErrc::kBadRequest), kNowhere);
  Result<StreamConfig, ApiError> config = read_restored_config(call);
  if (!config.ok()) return call.fail(config.error(), kNowhere);
  if (config.value().num_replicas > 1) {
    return call.fail(api_error(ApiErrc::kStreamReplicasNotSupported), kNowhere);
  }
  JetStream& jetstream = call.jetstream();
  if (jetstream.find(config.value().name) != nullptr) {
    return call.fail(api_error(ApiErrc::kStreamNameExistRestoreFailed), kNowhere);
  }
  const Result<std::string, ApiError> subject =
      jetstream.snapshots().restore(std::move(config.value()), call.client());
  if (!subject.ok()) return call.fail(subject.error(), kNowhere);
  call.begin().field("deliver_subject", subject.value());
  call.end();
}

}  // namespace myelin::api
