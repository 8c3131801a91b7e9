// Requests about consumers: make, change, show, pause, begin again, end. The order of checks is
// nats-server's.

#include <algorithm>
#include <vector>

#include "core/base/rfc3339.h"
#include "core/jetstream/api.h"
#include "core/jetstream/consumer_config_json.h"
#include "core/jetstream/jetstream.h"
#include "core/jetstream/stream_config.h"

namespace myelin::api {
namespace {

constexpr std::string_view kNoConsumers = ",\"total\":0,\"offset\":0,\"limit\":0,\"consumers\":[]";

Services& services_of(ApiCall& call) { return call.jetstream().services(); }

// The consumer that the subject's tokens 2 and 3 name.
struct Target {
  Stream* stream = nullptr;
  Consumer* consumer = nullptr;
};
Result<Target, ApiError> find_target(ApiCall& call) {
  Stream* const stream = call.jetstream().find(call.token(2));
  if (stream == nullptr) return api_error(ApiErrc::kStreamNotFound);
  Consumer* const consumer = stream->consumers().find(call.token(3));
  if (consumer == nullptr) return api_error(ApiErrc::kConsumerNotFound);
  return Target{stream, consumer};
}

}  // namespace

// Create --------------------------------------------------------------------------------------

namespace {

// How the names in the subject and in the body go together; the subject's is the one that counts.
std::optional<ApiError> check_names(ConsumerConfig& config, std::string_view name,
                                    bool is_durable_form) {
  if (has_path_separator(name)) return api_error(ApiErrc::kConsumerNameContainsPathSeparators);
  if (is_durable_form && config.durable_name.empty()) {
    return api_error(ApiErrc::kConsumerDurableNameNotSet);
  }
  if (!config.durable_name.empty() && config.durable_name != name) {
    return api_error(ApiErrc::kConsumerDurableNameNotMatchSubject);
  }
  config.name = std::string(name);
  return std::nullopt;
}

std::optional<ApiError> check_filter(const ConsumerConfig& config, std::string_view filter) {
  if (filter.empty()) return std::nullopt;
  if (!config.filter_subjects.empty()) {
    return api_error(ApiErrc::kConsumerMultipleFiltersNotAllowed);
  }
  if (config.filter_subject != filter) {
    return api_error(ApiErrc::kConsumerCreateFilterSubjectMismatch);
  }
  return std::nullopt;
}

void answer_created(ApiCall& call, const Stream& stream, Consumer& consumer) {
  JsonWriter& json = call.begin();
  consumer.write_info(json, {});
  call.end_durable(consumer.is_persistent() ? &stream : nullptr);
  if (!consumer.is_paused()) return;
  services_of(call).advisories.consumer_pause(stream.name(), consumer.name(), true,
                                              consumer.config().pause_until);
}

// `names`: what the subject says beyond the kind of request.
struct CreateSubject {
  std::string_view stream;
  std::string_view consumer;
  std::string_view filter;
  bool is_durable_form = false;
  bool is_named = false;
};

void create(ApiCall& call, const CreateSubject& subject) {
  Result<ConsumerRequest, ApiError> read = read_consumer_request(call.body(), call.strictness());
  if (!read.ok()) return call.fail(read.error());
  if (const auto error = call.refusal()) return call.fail(*error);
  ConsumerRequest& request = read.value();
  ConsumerConfig& config = request.config;
  if (subject.is_durable_form && call.token_count() != 5) {
    return call.fail(api_error(ApiErrc::kConsumerDurableNameNotInSubject));
  }
  if (request.stream_name != subject.stream) {
    return call.fail(api_error(ApiErrc::kStreamMismatch));
  }
  if (subject.is_named) {
    const auto error = check_names(config, subject.consumer, subject.is_durable_form);
    if (error) return call.fail(*error);
  } else if (has_path_separator(config.name)) {
    return call.fail(api_error(ApiErrc::kConsumerNameContainsPathSeparators));
  } else if (!config.durable_name.empty()) {
    return call.fail(api_error(ApiErrc::kConsumerEphemeralWithDurableName));
  }
  if (const auto error = check_filter(config, subject.filter)) return call.fail(*error);
  if (config.num_replicas > 1) {
    return call.fail(api_error(ApiErrc::kStreamReplicasNotSupported));
  }
  Stream* const stream = call.jetstream().find(subject.stream);
  if (stream == nullptr) return call.fail(api_error(ApiErrc::kStreamNotFound));
  const std::string name = config.name;
  const Result<Consumer*, ApiError> created = stream->consumers().create(std::move(request), name);
  if (!created.ok()) return call.fail(created.error());
  answer_created(call, *stream, *created.value());
}

}  // namespace

void consumer_create(ApiCall& call) {
  create(call, {.stream = call.token(2),
                .consumer = call.token(3),
                .filter = call.token_count() > 4 ? call.tokens_from(4) : std::string_view(),
                .is_named = call.token_count() > 3});
}

void consumer_durable_create(ApiCall& call) {
  create(call, {.stream = call.token(3),
                .consumer = call.token(4),
                .filter = {},
                .is_durable_form = true,
                .is_named = true});
}

// Names and lists -----------------------------------------------------------------------------

namespace {

std::vector<Consumer*> consumers_of(Stream& stream) {
  std::vector<Consumer*> found;
  for (const auto& [name, consumer] : stream.consumers().by_name()) {
    if (!consumer->config().direct) found.push_back(consumer.get());
  }
  return found;
}

// The stream whose consumers are asked for, once all checks are passed; nullptr: it was answered.
Stream* list_target(ApiCall& call, int64_t& offset) {
  if (const auto error = call.refusal()) {
    call.fail(*error, kNoConsumers);
    return nullptr;
  }
  if (call.has_json_body()) {
    const auto error = read_json(call.body(), call.strictness(), "JSApiConsumersRequest",
                                 [&](JsonFields& fields) { fields.read("offset", offset, "int"); });
    if (error) {
      call.fail(*error, kNoConsumers);
      return nullptr;
    }
  }
  Stream* const stream = call.jetstream().find(call.token(2));
  if (stream == nullptr) call.fail(api_error(ApiErrc::kStreamNotFound), kNoConsumers);
  return stream;
}

}  // namespace

void consumer_names(ApiCall& call) {
  int64_t offset = 0;
  Stream* const stream = list_target(call, offset);
  if (stream == nullptr) return;
  const std::vector<Consumer*> found = consumers_of(*stream);
  const Page page = page_of(found.size(), offset, kNamesPageSize);
  JsonWriter& json = call.begin();
  write_paging(json, found.size(), page.begin, kNamesPageSize);
  json.name("consumers").begin_array();
  for (size_t at = page.begin; at < page.end; ++at) json.value(found[at]->name());
  json.end_array();
  call.end();
}

void consumer_list(ApiCall& call) {
  int64_t offset = 0;
  Stream* const stream = list_target(call, offset);
  if (stream == nullptr) return;
  const std::vector<Consumer*> found = consumers_of(*stream);
  const Page page = page_of(found.size(), offset, kListPageSize);
  JsonWriter& json = call.begin();
  write_paging(json, found.size(), page.begin, kListPageSize);
  json.name("consumers").begin_array();
  for (size_t at = page.begin; at < page.end; ++at) {
    json.begin_object();
    found[at]->write_info(json, {.metadata = ServerMetadata::kHidden});
    json.end_object();
  }
  json.end_array();
  call.end();
}

// One consumer --------------------------------------------------------------------------------

void consumer_info(ApiCall& call) {
  if (!call.has_empty_body()) return call.fail(api_error(ApiErrc::kNotEmptyRequest));
  if (const auto error = call.refusal()) return call.fail(*error);
  const Result<Target, ApiError> target = find_target(call);
  if (!target.ok()) return call.fail(target.error());
  JsonWriter& json = call.begin();
  target.value().consumer->write_info(json, {});
  call.end();
}

void consumer_delete(ApiCall& call) {
  if (const auto error = call.refusal()) return call.fail(*error);
  if (!call.has_empty_body()) return call.fail(api_error(ApiErrc::kNotEmptyRequest));
  const Result<Target, ApiError> target = find_target(call);
  if (!target.ok()) return call.fail(target.error());
  Stream& stream = *target.value().stream;
  const Status removed = stream.consumers().remove(*target.value().consumer);
  if (!removed.ok()) {
    return call.fail(api_error(ApiErrc::kStreamGeneral, removed.error().context));
  }
  call.begin().field("success", true);
  call.end_durable(&stream);
}

namespace {

constexpr std::string_view kNotPaused =
    ",\"paused\":false,\"pause_until\":\"0001-01-01T00:00:00Z\"";

}  // namespace

void consumer_pause(ApiCall& call) {
  std::optional<WallTime> until;
  if (call.has_json_body()) {
    const auto error = read_json(call.body(), call.strictness(), "JSApiConsumerPauseRequest",
                                 [&](JsonFields& fields) { fields.read("pause_until", until); });
    if (error) return call.fail(*error, kNotPaused);
  }
  if (const auto error = call.refusal()) {
    return call.fail(*error, kNotPaused);
  }
  const Result<Target, ApiError> target = find_target(call);
  if (!target.ok()) return call.fail(target.error(), kNotPaused);
  const auto [stream, consumer] = target.value();
  if (until && *until == kZeroTime) until.reset();
  const Status kept = stream->consumers().pause(*consumer, until);
  if (!kept.ok()) {
    return call.fail(api_error(ApiErrc::kConsumerStoreFailed, kept.error().context), kNotPaused);
  }
  JsonWriter& json = call.begin();
  json.field("paused", consumer->is_paused());
  json.field("pause_until", rfc3339(until.value_or(kZeroTime)));
  if (consumer->is_paused()) {
    json.field("pause_remaining", until->unix_ns - services_of(call).now().unix_ns);
  }
  call.end_durable(nullptr);
}

void consumer_reset(ApiCall& call) {
  call.do_not_count();
  const Result<Target, ApiError> target = find_target(call);
  if (!target.ok()) return;  // nobody hears it: the client's request times out
  constexpr std::string_view kNoSequence = ",\"reset_seq\":0";
  if (const auto error = call.refusal()) {
    return call.fail(*error, kNoSequence);
  }
  uint64_t sequence = 0;
  if (!call.body().empty()) {
    const auto error = read_json(call.body(), JsonStrictness::kLenient, "JSApiConsumerResetRequest",
                                 [&](JsonFields& fields) { fields.read("seq", sequence); });
    if (error) return call.fail(*error, kNoSequence);
  }
  const auto [stream, consumer] = target.value();
  const Result<uint64_t, ApiError> reset = consumer->reset(sequence);
  if (!reset.ok()) return call.fail(reset.error(), kNoSequence);
  JsonWriter& json = call.begin();
  consumer->write_info(json, {});
  json.field("reset_seq", reset.value());
  call.end_durable(stream);
}

void consumer_unpin(ApiCall& call) {
  if (const auto error = call.refusal()) return call.fail(*error);
  std::string group;
  const auto invalid = read_json(call.body(), JsonStrictness::kLenient, "JSApiConsumerUnpinRequest",
                                 [&](JsonFields& fields) { fields.read("group", group); });
  if (invalid) return call.fail(*invalid);
  if (group.empty()) {
    return call.fail(api_error(ApiErrc::kInvalidJson, "consumer group not specified"));
  }
  if (!is_valid_priority_group(group)) {
    return call.fail(api_error(ApiErrc::kConsumerInvalidGroupName));
  }
  const Result<Target, ApiError> target = find_target(call);
  if (!target.ok()) return call.fail(target.error());
  Consumer& consumer = *target.value().consumer;
  const std::vector<std::string>& groups = consumer.config().priority_groups;
  if (std::find(groups.begin(), groups.end(), group) == groups.end()) {
    return call.fail(api_error(ApiErrc::kConsumerInvalidPriorityGroup));
  }
  consumer.unpin(group);
  call.begin();
  call.end();
}

}  // namespace myelin::api
