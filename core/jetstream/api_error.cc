#include "core/jetstream/api_error.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/base/text.h"

namespace myelin {
namespace {

struct ApiErrorRow {
  ApiErrc err_code;
  uint16_t code;
  std::string_view text;
};

// By err_code.
constexpr ApiErrorRow kRows[] = {
    {ApiErrc::kAccountResourcesExceeded, 400, "resource limits exceeded for account"},
    {ApiErrc::kBadRequest, 400, "bad request"},
    {ApiErrc::kClusterRequired, 503, "JetStream clustering support required"},
    {ApiErrc::kConsumerCreate, 500, "{err}"},
    {ApiErrc::kConsumerNameExist, 400, "consumer name already in use"},
    {ApiErrc::kConsumerNotFound, 404, "consumer not found"},
    {ApiErrc::kSnapshotDeliverSubjectInvalid, 400, "deliver subject not valid"},
    {ApiErrc::kConsumerDurableNameNotInSubject, 400,
     "consumer expected to be durable but no durable name set in subject"},
    {ApiErrc::kConsumerDurableNameNotMatchSubject, 400,
     "consumer name in subject does not match durable name in request"},
    {ApiErrc::kConsumerDurableNameNotSet, 400,
     "consumer expected to be durable but a durable name was not set"},
    {ApiErrc::kConsumerEphemeralWithDurableName, 400,
     "consumer expected to be ephemeral but a durable name was set in request"},
    {ApiErrc::kInsufficientResources, 503, "insufficient resources"},
    {ApiErrc::kInvalidJson, 400, "invalid JSON: {err}"},
    {ApiErrc::kMaximumConsumersLimit, 400, "maximum consumers limit reached"},
    {ApiErrc::kMaximumStreamsLimit, 400, "maximum number of streams reached"},
    {ApiErrc::kMemoryResourcesExceeded, 500, "insufficient memory resources available"},
    {ApiErrc::kNoMessageFound, 404, "no message found"},
    {ApiErrc::kNotEmptyRequest, 400, "expected an empty request payload"},
    {ApiErrc::kNotEnabledForAccount, 503, "JetStream not enabled for account"},
    {ApiErrc::kSequenceNotFound, 400, "sequence {seq} not found"},
    {ApiErrc::kStorageResourcesExceeded, 500, "insufficient storage resources available"},
    {ApiErrc::kStreamCreate, 500, "{err}"},
    {ApiErrc::kStreamDelete, 500, "{err}"},
    {ApiErrc::kStreamGeneral, 500, "{err}"},
    {ApiErrc::kStreamInvalidConfig, 500, "{err}"},
    {ApiErrc::kStreamMessageExceedsMaximum, 400, "message size exceeds maximum allowed"},
    {ApiErrc::kStreamMirrorNotUpdatable, 400, "stream mirror configuration can not be updated"},
    {ApiErrc::kStreamMismatch, 400, "stream name in subject does not match request"},
    {ApiErrc::kStreamMsgDeleteFailed, 500, "{err}"},
    {ApiErrc::kStreamNameExist, 400, "stream name already in use with a different configuration"},
    {ApiErrc::kStreamNotFound, 404, "stream not found"},
    {ApiErrc::kStreamNotMatch, 400, "expected stream does not match"},
    {ApiErrc::kStreamRestore, 500, "restore failed: {err}"},
    {ApiErrc::kStreamSnapshot, 500, "snapshot failed: {err}"},
    {ApiErrc::kStreamSubjectOverlap, 400, "subjects overlap with an existing stream"},
    {ApiErrc::kStreamUpdate, 500, "{err}"},
    {ApiErrc::kStreamWrongLastMsgId, 400, "wrong last msg ID: {id}"},
    {ApiErrc::kStreamWrongLastSequence, 400, "wrong last sequence: {seq}"},
    {ApiErrc::kStreamReplicasNotSupported, 500, "replicas > 1 not supported in non-clustered mode"},
    {ApiErrc::kNotEnabled, 503, "JetStream not enabled"},
    {ApiErrc::kStreamStoreFailed, 503, "{err}"},
    {ApiErrc::kConsumerDeliverToWildcards, 400, "consumer deliver subject has wildcards"},
    {ApiErrc::kConsumerPushMaxWaiting, 400, "consumer in push mode can not set max waiting"},
    {ApiErrc::kConsumerDeliverCycle, 400, "consumer deliver subject forms a cycle"},
    {ApiErrc::kConsumerMaxPendingAckPolicyRequired, 400,
     "consumer requires ack policy for max ack pending"},
    {ApiErrc::kConsumerSmallHeartbeat, 400, "consumer idle heartbeat needs to be >= 100ms"},
    {ApiErrc::kConsumerPullRequiresAck, 400,
     "consumer in pull mode requires explicit ack policy on workqueue stream"},
    {ApiErrc::kConsumerPullWithRateLimit, 400, "consumer in pull mode can not have rate limit set"},
    {ApiErrc::kConsumerHeartbeatRequiresPush, 400,
     "consumer idle heartbeat requires a push based consumer"},
    {ApiErrc::kConsumerFlowControlRequiresPush, 400,
     "consumer flow control requires a push based consumer"},
    {ApiErrc::kConsumerDirectRequiresPush, 400, "consumer direct requires a push based consumer"},
    {ApiErrc::kConsumerDirectRequiresEphemeral, 400,
     "consumer direct requires an ephemeral consumer"},
    {ApiErrc::kConsumerInvalidPolicy, 400, "{err}"},
    {ApiErrc::kConsumerInvalidSampling, 400,
     "failed to parse consumer sampling configuration: {err}"},
    {ApiErrc::kStreamInvalid, 500, "stream not valid"},
    {ApiErrc::kStreamHeaderExceedsMaximum, 400, "header size exceeds maximum allowed of 64k"},
    {ApiErrc::kConsumerWorkQueueRequiresExplicitAck, 400, "workqueue stream requires explicit ack"},
    {ApiErrc::kConsumerWorkQueueMultipleUnfiltered, 400,
     "multiple non-filtered consumers not allowed on workqueue stream"},
    {ApiErrc::kConsumerWorkQueueConsumerNotUnique, 400,
     "filtered consumer not unique on workqueue stream"},
    {ApiErrc::kConsumerWorkQueueConsumerNotDeliverAll, 400,
     "consumer must be deliver all on workqueue stream"},
    {ApiErrc::kConsumerNameTooLong, 400, "consumer name is too long, maximum allowed is {max}"},
    {ApiErrc::kConsumerBadDurableName, 400, "durable name can not contain '.', '*', '>'"},
    {ApiErrc::kConsumerStoreFailed, 500, "error creating store for consumer: {err}"},
    {ApiErrc::kConsumerExistingActive, 400, "consumer already exists and is still active"},
    {ApiErrc::kConsumerReplacementWithDifferentName, 400,
     "consumer replacement durable config not the same"},
    {ApiErrc::kConsumerDescriptionTooLong, 400,
     "consumer description is too long, maximum allowed is {max}"},
    {ApiErrc::kConsumerWithFlowControlNeedsHeartbeats, 400,
     "consumer with flow control also needs heartbeats"},
    {ApiErrc::kStreamSealed, 400, "invalid operation on sealed stream"},
    {ApiErrc::kStreamPurgeFailed, 500, "{err}"},
    {ApiErrc::kStreamRollupFailed, 500, "{err}"},
    {ApiErrc::kConsumerInvalidDeliverSubject, 400, "invalid push consumer deliver subject"},
    {ApiErrc::kStreamMaxBytesRequired, 400,
     "account requires a stream config to have max bytes set"},
    {ApiErrc::kConsumerMaxRequestExpiresTooSmall, 400,
     "consumer max request expires needs to be >= 1ms"},
    {ApiErrc::kConsumerMaxDeliverBackoff, 400,
     "max deliver is required to be > length of backoff values"},
    {ApiErrc::kNoLimits, 400, "no JetStream default or applicable tiered limit present"},
    {ApiErrc::kConsumerMaxPendingAckExcess, 400,
     "consumer max ack pending exceeds system limit of {limit}"},
    {ApiErrc::kStreamMaxStreamBytesExceeded, 400,
     "stream max bytes exceeds account limit max stream bytes"},
    {ApiErrc::kConsumerMaxRequestBatchExceeded, 400,
     "consumer max request batch exceeds server limit of {limit}"},
    {ApiErrc::kConsumerReplicasExceedsStream, 400,
     "consumer config replica count exceeds parent stream"},
    {ApiErrc::kConsumerNameContainsPathSeparators, 400,
     "Consumer name can not contain path separators"},
    {ApiErrc::kStreamNameContainsPathSeparators, 400,
     "Stream name can not contain path separators"},
    {ApiErrc::kStreamNameExistRestoreFailed, 400, "stream name already in use, cannot restore"},
    {ApiErrc::kConsumerCreateFilterSubjectMismatch, 400,
     "Consumer create request did not match filtered subject from create subject"},
    {ApiErrc::kConsumerCreateDurableAndNameMismatch, 400,
     "Consumer Durable and Name have to be equal if both are provided"},
    {ApiErrc::kReplicasCountCannotBeNegative, 400, "replicas count cannot be negative"},
    {ApiErrc::kConsumerReplicasShouldMatchStream, 400,
     "consumer config replicas must match interest retention stream's replicas"},
    {ApiErrc::kConsumerMetadataLength, 400, "consumer metadata exceeds maximum size of {limit}"},
    {ApiErrc::kConsumerDuplicateFilterSubjects, 400,
     "consumer cannot have both FilterSubject and FilterSubjects specified"},
    {ApiErrc::kConsumerMultipleFiltersNotAllowed, 400,
     "consumer with multiple subject filters cannot use subject based API"},
    {ApiErrc::kConsumerOverlappingSubjectFilters, 400, "consumer subject filters cannot overlap"},
    {ApiErrc::kConsumerEmptyFilter, 400, "consumer filter in FilterSubjects cannot be empty"},
    {ApiErrc::kConsumerAlreadyExists, 400, "consumer already exists"},
    {ApiErrc::kConsumerDoesNotExist, 400, "consumer does not exist"},
    {ApiErrc::kConsumerInactiveThresholdExcess, 400,
     "consumer inactive threshold exceeds system limit of {limit}"},
    {ApiErrc::kPedantic, 400, "pedantic mode: {err}"},
    {ApiErrc::kConsumerPriorityPolicyWithoutGroup, 400,
     "Setting PriorityPolicy requires at least one PriorityGroup to be set"},
    {ApiErrc::kConsumerInvalidPriorityGroup, 400,
     "Provided priority group does not exist for this consumer"},
    {ApiErrc::kConsumerEmptyGroupName, 400, "Group name cannot be an empty string"},
    {ApiErrc::kConsumerInvalidGroupName, 400,
     "Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 characters"},
    {ApiErrc::kMessageTtlInvalid, 400, "invalid per-message TTL"},
    {ApiErrc::kMessageTtlDisabled, 400, "per-message TTL is disabled"},
    {ApiErrc::kStreamTooManyRequests, 429, "too many requests"},
    {ApiErrc::kMessageIncrDisabled, 400, "message counters is disabled"},
    {ApiErrc::kAtomicPublishDisabled, 400, "atomic publish is disabled"},
    {ApiErrc::kConsumerPushWithPriorityGroup, 400,
     "priority groups can not be used with push consumers"},
    {ApiErrc::kConsumerAckWaitNegative, 400, "consumer ack wait needs to be positive"},
    {ApiErrc::kConsumerBackoffNegative, 400, "consumer backoff needs to be positive"},
    {ApiErrc::kRequiredApiLevel, 412, "JetStream minimum api level required"},
    {ApiErrc::kMessageSchedulesDisabled, 400, "message schedules is disabled"},
    {ApiErrc::kStreamExpectedLastSeqPerSubjectInvalid, 400,
     "missing sequence for expected last sequence per subject"},
    {ApiErrc::kStreamOffline, 500, "stream is offline: {err}"},
    {ApiErrc::kConsumerOffline, 500, "consumer is offline: {err}"},
    {ApiErrc::kConsumerPriorityGroupWithPolicyNone, 400,
     "consumer can not have priority groups when policy is none"},
    {ApiErrc::kConsumerPinnedTtlWithoutPriorityPolicy, 400,
     "PinnedTTL cannot be set when PriorityPolicy is none"},
    {ApiErrc::kConsumerInvalidReset, 400, "invalid reset: {err}"},
    {ApiErrc::kBatchPublishDisabled, 400, "batch publish is disabled"},
    {ApiErrc::kConsumerAckFlowControlRequiresPush, 400,
     "flow control ack policy requires a push based consumer"},
    {ApiErrc::kConsumerAckFlowControlRequiresFlowControl, 400,
     "flow control ack policy requires flow control"},
    {ApiErrc::kConsumerAckFlowControlRequiresMaxAckPending, 400,
     "flow control ack policy requires max ack pending"},
    {ApiErrc::kConsumerAckFlowControlRequiresNoAckWait, 400,
     "flow control ack policy requires unset ack wait"},
    {ApiErrc::kConsumerAckFlowControlRequiresNoMaxDeliver, 400,
     "flow control ack policy requires unset max deliver"},
};

const ApiErrorRow& row_of(ApiErrc err_code) {
  const auto* row = std::lower_bound(
      std::begin(kRows), std::end(kRows), err_code,
      [](const ApiErrorRow& candidate, ApiErrc wanted) { return candidate.err_code < wanted; });
  INVARIANT(row != std::end(kRows));
  INVARIANT(row->err_code == err_code);
  return *row;
}

ApiError with_text(const ApiErrorRow& row, std::string text) {
  return {row.code, row.err_code, std::move(text)};
}

}  // namespace

ApiError api_error(ApiErrc err_code) {
  const ApiErrorRow& row = row_of(err_code);
  return with_text(row, std::string(row.text));
}

ApiError api_error(ApiErrc err_code, std::string_view value) {
  const ApiErrorRow& row = row_of(err_code);
  const size_t begin = row.text.find('{');
  const size_t end = row.text.find('}');
  INVARIANT(begin < end);
  std::string text(row.text.substr(0, begin));
  text += value;
  text += row.text.substr(end + 1);
  return with_text(row, std::move(text));
}

ApiError invalid_config(std::string_view why) {
  return api_error(ApiErrc::kStreamInvalidConfig, why);
}

ApiError pedantic_refusal(std::string_view why) { return api_error(ApiErrc::kPedantic, why); }

std::string nested_text(const ApiError& error) {
  return error.description + " (" + decimal(static_cast<int64_t>(error.err_code)) + ")";
}

void write(JsonWriter& json, const ApiError& error) {
  json.begin_object();
  json.field("code", static_cast<uint64_t>(error.code));
  json.field("err_code", static_cast<uint64_t>(error.err_code));
  json.field("description", error.description);
  json.end_object();
}

}  // namespace myelin
