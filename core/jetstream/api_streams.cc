// Requests about streams: make, change, show, empty, end. The order of checks is nats-server's.

#include <algorithm>
#include <vector>

#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/jetstream/api.h"
#include "core/jetstream/jetstream.h"
#include "core/jetstream/stream_checks.h"
#include "core/jetstream/stream_config_json.h"
#include "core/jetstream/stream_info.h"
#include "core/jetstream/stream_update.h"
#include "core/subject/subject.h"

namespace myelin::api {
namespace {

constexpr std::string_view kNoPaging = ",\"total\":0,\"offset\":0,\"limit\":0";

std::optional<ApiError> check_name(const ApiCall& call, const StreamConfig& config) {
  if (config.name != call.token(2)) return api_error(ApiErrc::kStreamMismatch);
  if (has_path_separator(config.name)) {
    return api_error(ApiErrc::kStreamNameContainsPathSeparators);
  }
  return std::nullopt;
}

void answer_created(ApiCall& call, Stream& stream) {
  JsonWriter& json = call.begin();
  write_stream_info(json, stream, {});
  json.field("ts", rfc3339(call.jetstream().services().now()));
  json.field("did_create", true);
  call.end_durable(&stream);
}

// Consumers that exist must fit the limits to come.
std::optional<ApiError> check_consumers(Stream& stream, const StreamConsumerLimits& limits) {
  std::string names;
  for (const auto& [name, consumer] : stream.consumers().by_name()) {
    const ConsumerConfig& config = consumer->config();
    const bool fits =
        (limits.max_ack_pending <= 0 || config.max_ack_pending <= limits.max_ack_pending) &&
        (limits.inactive_threshold <= Duration::zero() ||
         config.inactive_threshold <= limits.inactive_threshold);
    if (!fits) names += (names.empty() ? "" : ", ") + name;
  }
  if (names.empty()) return std::nullopt;
  return api_error(ApiErrc::kStreamUpdate, "change to limits violates consumers: " + names);
}

Result<StreamConfig, ApiError> read_new_config(ApiCall& call) {
  Result<StreamConfigRequest, ApiError> request =
      read_stream_config_request(call.body(), call.strictness());
  if (!request.ok()) return request.error();
  StreamConfig config = std::move(request.value().config);
  if (const auto error = check_name(call, config)) return *error;
  if (const auto error = check_create(config)) return *error;
  const Services& services = call.jetstream().services();
  if (const auto error = check_compression(services, config)) return *error;
  if (const auto error = check_count(call.jetstream(), config)) return *error;
  const Stream* existing = call.jetstream().find(config.name);
  const auto had = existing == nullptr ? std::optional<int64_t>() : existing->config().max_bytes;
  if (const auto error = check_reservation(services, config, had)) return *error;
  const StreamLimits limits = limits_of(services, config);
  return normalize(std::move(config), limits, request.value().pedantic);
}

}  // namespace

void stream_create(ApiCall& call) {
  if (const auto error = call.refusal()) return call.fail(*error);
  Result<StreamConfig, ApiError> read = read_new_config(call);
  if (!read.ok()) return call.fail(read.error());
  StreamConfig& config = read.value();
  JetStream& jetstream = call.jetstream();
  if (config.num_replicas > 1) {
    return call.fail(api_error(ApiErrc::kStreamReplicasNotSupported));
  }
  if (Stream* stream = jetstream.find(config.name)) {
    if (!is_same(stream->config(), config)) {
      return call.fail(api_error(ApiErrc::kStreamNameExist));
    }
    return answer_created(call, *stream);
  }
  if (overlaps_another(jetstream, config)) {
    return call.fail(api_error(ApiErrc::kStreamSubjectOverlap));
  }
  Result<Stream*> made = jetstream.create(std::move(config));
  if (!made.ok()) {
    const bool is_full = made.error().code == Errc::kFull;
    return call.fail(is_full ? api_error(ApiErrc::kInsufficientResources)
                             : api_error(ApiErrc::kStreamCreate, made.error().context));
  }
  jetstream.services().advisories.stream_action(made.value()->name(), "create");
  answer_created(call, *made.value());
}

void stream_update(ApiCall& call) {
  if (const auto error = call.refusal()) return call.fail(*error);
  Result<StreamConfigRequest, ApiError> request =
      read_stream_config_request(call.body(), call.strictness());
  if (!request.ok()) return call.fail(request.error());
  JetStream& jetstream = call.jetstream();
  Services& services = jetstream.services();
  const bool pedantic = request.value().pedantic;
  const StreamLimits limits = limits_of(services, request.value().config);
  Result<StreamConfig, ApiError> normal =
      normalize(std::move(request.value().config), limits, pedantic);
  if (!normal.ok()) return call.fail(normal.error());
  StreamConfig& config = normal.value();
  if (config.name != call.token(2)) return call.fail(api_error(ApiErrc::kStreamMismatch));
  Stream* stream = jetstream.find(config.name);
  if (stream == nullptr) return call.fail(api_error(ApiErrc::kStreamNotFound));
  if (const auto error = check_update(stream->config(), config)) {
    return call.fail(*error);
  }
  if (const auto error = check_compression(services, config)) return call.fail(*error);
  if (const auto error = check_consumers(*stream, config.consumer_limits)) {
    return call.fail(*error);
  }
  if (overlaps_another(jetstream, config)) {
    return call.fail(api_error(ApiErrc::kStreamSubjectOverlap));
  }
  const int64_t had = stream->config().max_bytes;
  if (const auto error = check_reservation(services, config, had)) return call.fail(*error);
  const Status updated = jetstream.update(*stream, std::move(config));
  if (!updated.ok()) {
    return call.fail(api_error(ApiErrc::kStreamUpdate, updated.error().context));
  }
  services.advisories.stream_action(stream->name(), "modify");
  JsonWriter& json = call.begin();
  write_stream_info(json, *stream, {});
  json.field("ts", rfc3339(services.now()));
  call.end_durable(stream);
}

// Lists ---------------------------------------------------------------------------------------

namespace {

struct ListRequest {
  int64_t offset = 0;
  std::string subject;
};

Result<ListRequest, ApiError> read_list_request(ApiCall& call, std::string_view type) {
  ListRequest request;
  if (!call.has_json_body()) return request;
  const auto error = read_json(call.body(), call.strictness(), type, [&](JsonFields& fields) {
    fields.read("offset", request.offset, "int");
    fields.read("subject", request.subject);
  });
  if (error) return *error;
  return request;
}

std::vector<Stream*> streams_on(JetStream& jetstream, std::string_view subject) {
  std::vector<Stream*> found;
  const std::vector<std::string> wanted = {std::string(subject)};
  for (const auto& [name, stream] : jetstream.streams()) {
    if (subject.empty() || subjects_overlap(stream->config().subjects, wanted)) {
      found.push_back(stream.get());
    }
  }
  return found;
}

}  // namespace

void stream_names(ApiCall& call) {
  const std::string nothing = std::string(kNoPaging) + ",\"streams\":null";
  if (const auto error = call.refusal()) return call.fail(*error, nothing);
  const Result<ListRequest, ApiError> request = read_list_request(call, "JSApiStreamNamesRequest");
  if (!request.ok()) return call.fail(request.error(), nothing);
  const std::vector<Stream*> found = streams_on(call.jetstream(), request.value().subject);
  const Page page = page_of(found.size(), request.value().offset, kNamesPageSize);
  JsonWriter& json = call.begin();
  write_paging(json, found.size(), page.begin, kNamesPageSize);
  json.name("streams");
  if (page.begin == page.end) {
    json.raw("null");
  } else {
    json.begin_array();
    for (size_t at = page.begin; at < page.end; ++at) json.value(found[at]->name());
    json.end_array();
  }
  call.end();
}

void stream_list(ApiCall& call) {
  const std::string nothing = std::string(kNoPaging) + ",\"streams\":null";
  if (const auto error = call.refusal()) return call.fail(*error, nothing);
  const Result<ListRequest, ApiError> request = read_list_request(call, "JSApiStreamListRequest");
  if (!request.ok()) return call.fail(request.error(), nothing);
  const std::vector<Stream*> found = streams_on(call.jetstream(), request.value().subject);
  const Page page = page_of(found.size(), request.value().offset, kListPageSize);
  JsonWriter& json = call.begin();
  write_paging(json, found.size(), page.begin, kListPageSize);
  json.name("streams");
  json.begin_array();
  const std::string now = rfc3339(call.jetstream().services().now());
  for (size_t at = page.begin; at < page.end; ++at) {
    json.begin_object();
    write_stream_info(json, *found[at], {.metadata = ServerMetadata::kHidden});
    json.field("ts", now);
    json.end_object();
  }
  json.end_array();
  call.end();
}

// Info ----------------------------------------------------------------------------------------

namespace {

struct InfoRequest {
  bool deleted_details = false;
  std::string subjects_filter;
  int64_t offset = 0;
};

struct SubjectsPage {
  std::string json;  // {"orders.new":3}; "" if nothing matched
  size_t total = 0;
  size_t offset = 0;
};

SubjectsPage read_subjects(Stream& stream, const InfoRequest& request) {
  const SubjectFilter filter({request.subjects_filter});
  SubjectsPage result;
  stream.store().for_each_subject(filter, {}, [&](std::string_view, const SubjectSummary&) {
    ++result.total;
    return true;
  });
  if (result.total == 0) return result;
  const Page page = page_of(result.total, request.offset, kSubjectsPageSize);
  result.offset = page.begin;
  JsonWriter json(result.json);
  json.begin_object();
  size_t at = 0;
  stream.store().for_each_subject(filter, {},
                                  [&](std::string_view subject, const SubjectSummary& summary) {
                                    if (at >= page.begin) json.field(subject, summary.messages);
                                    return ++at < page.end;
                                  });
  json.end_object();
  return result;
}

}  // namespace

void stream_info(ApiCall& call) {
  if (const auto error = call.refusal()) return call.fail(*error, kNoPaging);
  InfoRequest request;
  if (call.has_json_body()) {
    const auto error = read_json(call.body(), call.strictness(), "JSApiStreamInfoRequest",
                                 [&](JsonFields& fields) {
                                   fields.read("offset", request.offset, "int");
                                   fields.read("deleted_details", request.deleted_details);
                                   fields.read("subjects_filter", request.subjects_filter);
                                 });
    if (error) return call.fail(*error, kNoPaging);
  }
  Stream* stream = call.jetstream().find(call.token(2));
  if (stream == nullptr) return call.fail(api_error(ApiErrc::kStreamNotFound), kNoPaging);
  SubjectsPage subjects;
  if (!request.subjects_filter.empty()) subjects = read_subjects(*stream, request);
  Services& services = call.jetstream().services();
  JsonWriter& json = call.begin();
  write_paging(json, subjects.total, subjects.offset, subjects.total > 0 ? kSubjectsPageSize : 0);
  write_stream_info(json, *stream,
                    {.deleted_details = request.deleted_details, .subjects = subjects.json});
  json.name("cluster");
  json.begin_object();
  json.field("leader", services.context.server_name);
  json.end_object();
  json.field("ts", rfc3339(services.now()));
  call.end();
}

// Ends ----------------------------------------------------------------------------------------

void stream_delete(ApiCall& call) {
  if (const auto error = call.refusal()) return call.fail(*error);
  if (!call.has_empty_body()) return call.fail(api_error(ApiErrc::kNotEmptyRequest));
  Stream* stream = call.jetstream().find(call.token(2));
  if (stream == nullptr) return call.fail(api_error(ApiErrc::kStreamNotFound));
  const Status removed = call.jetstream().remove(*stream);
  if (!removed.ok()) {
    return call.fail(api_error(ApiErrc::kStreamDelete, removed.error().context));
  }
  call.begin().field("success", true);
  call.end_durable(nullptr);
}

void stream_purge(ApiCall& call) {
  constexpr std::string_view kNothing = ",\"purged\":0";
  if (const auto error = call.refusal()) return call.fail(*error, kNothing);
  std::string filter;
  uint64_t sequence = 0;
  uint64_t keep = 0;
  if (call.has_json_body()) {
    const auto error = read_json(call.body(), call.strictness(), "JSApiStreamPurgeRequest",
                                 [&](JsonFields& fields) {
                                   fields.read("seq", sequence);
                                   fields.read("filter", filter);
                                   fields.read("keep", keep);
                                 });
    if (error) return call.fail(*error, kNothing);
    if (sequence > 0 && keep > 0) return call.fail(api_error(ApiErrc::kBadRequest), kNothing);
  }
  Stream* stream = call.jetstream().find(call.token(2));
  if (stream == nullptr) return call.fail(api_error(ApiErrc::kStreamNotFound), kNothing);
  if (stream->config().sealed) return call.fail(api_error(ApiErrc::kStreamSealed), kNothing);
  if (stream->config().deny_purge) {
    return call.fail(api_error(ApiErrc::kStreamPurgeFailed, "stream purge not permitted"),
                     kNothing);
  }
  const SubjectFilter subjects = filter.empty() ? SubjectFilter() : SubjectFilter({filter});
  const Result<uint64_t> purged = stream->purge(subjects, sequence, keep);
  if (!purged.ok()) {
    return call.fail(api_error(ApiErrc::kStreamPurgeFailed, purged.error().context), kNothing);
  }
  JsonWriter& json = call.begin();
  json.field("success", true);
  json.field("purged", purged.value());
  call.end_durable(stream);
}

}  // namespace myelin::api
