// ApiError: why a JetStream request or publish is refused, as {"code", "err_code", "description"}.
// ApiErrc lists those that a standalone server raises; its values are the err_codes that client
// libraries branch on. Codes and texts are nats-server's; a {word} in a text is filled in by the
// caller of api_error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/json.h"

namespace myelin {

enum class ApiErrc : uint16_t {
  kAccountResourcesExceeded = 10002,
  kBadRequest = 10003,
  kClusterRequired = 10010,
  kConsumerCreate = 10012,  // {err}
  kConsumerNameExist = 10013,
  kConsumerNotFound = 10014,
  kSnapshotDeliverSubjectInvalid = 10015,
  kConsumerDurableNameNotInSubject = 10016,
  kConsumerDurableNameNotMatchSubject = 10017,
  kConsumerDurableNameNotSet = 10018,
  kConsumerEphemeralWithDurableName = 10020,
  kInsufficientResources = 10023,
  kInvalidJson = 10025,  // {err}
  kMaximumConsumersLimit = 10026,
  kMaximumStreamsLimit = 10027,
  kMemoryResourcesExceeded = 10028,
  kNoMessageFound = 10037,
  kNotEmptyRequest = 10038,
  kNotEnabledForAccount = 10039,
  kSequenceNotFound = 10043,  // {seq}
  kStorageResourcesExceeded = 10047,
  kStreamCreate = 10049,         // {err}
  kStreamDelete = 10050,         // {err}
  kStreamGeneral = 10051,        // {err}
  kStreamInvalidConfig = 10052,  // {err}
  kStreamMessageExceedsMaximum = 10054,
  kStreamMirrorNotUpdatable = 10055,
  kStreamMismatch = 10056,
  kStreamMsgDeleteFailed = 10057,  // {err}
  kStreamNameExist = 10058,
  kStreamNotFound = 10059,
  kStreamNotMatch = 10060,
  kStreamRestore = 10062,   // {err}
  kStreamSnapshot = 10064,  // {err}
  kStreamSubjectOverlap = 10065,
  kStreamUpdate = 10069,             // {err}
  kStreamWrongLastMsgId = 10070,     // {id}
  kStreamWrongLastSequence = 10071,  // {seq}
  kStreamReplicasNotSupported = 10074,
  kNotEnabled = 10076,
  kStreamStoreFailed = 10077,  // {err}
  kConsumerDeliverToWildcards = 10079,
  kConsumerPushMaxWaiting = 10080,
  kConsumerDeliverCycle = 10081,
  kConsumerMaxPendingAckPolicyRequired = 10082,
  kConsumerSmallHeartbeat = 10083,
  kConsumerPullRequiresAck = 10084,
  kConsumerPullWithRateLimit = 10086,
  kConsumerHeartbeatRequiresPush = 10088,
  kConsumerFlowControlRequiresPush = 10089,
  kConsumerDirectRequiresPush = 10090,
  kConsumerDirectRequiresEphemeral = 10091,
  kConsumerInvalidPolicy = 10094,    // {err}
  kConsumerInvalidSampling = 10095,  // {err}
  kStreamInvalid = 10096,
  kStreamHeaderExceedsMaximum = 10097,
  kConsumerWorkQueueRequiresExplicitAck = 10098,
  kConsumerWorkQueueMultipleUnfiltered = 10099,
  kConsumerWorkQueueConsumerNotUnique = 10100,
  kConsumerWorkQueueConsumerNotDeliverAll = 10101,
  kConsumerNameTooLong = 10102,  // {max}
  kConsumerBadDurableName = 10103,
  kConsumerStoreFailed = 10104,  // {err}
  kConsumerExistingActive = 10105,
  kConsumerReplacementWithDifferentName = 10106,
  kConsumerDescriptionTooLong = 10107,  // {max}
  kConsumerWithFlowControlNeedsHeartbeats = 10108,
  kStreamSealed = 10109,
  kStreamPurgeFailed = 10110,   // {err}
  kStreamRollupFailed = 10111,  // {err}
  kConsumerInvalidDeliverSubject = 10112,
  kStreamMaxBytesRequired = 10113,
  kConsumerMaxRequestExpiresTooSmall = 10115,
  kConsumerMaxDeliverBackoff = 10116,
  kNoLimits = 10120,
  kConsumerMaxPendingAckExcess = 10121,  // {limit}
  kStreamMaxStreamBytesExceeded = 10122,
  kConsumerMaxRequestBatchExceeded = 10125,  // {limit}
  kConsumerReplicasExceedsStream = 10126,
  kConsumerNameContainsPathSeparators = 10127,
  kStreamNameContainsPathSeparators = 10128,
  kStreamNameExistRestoreFailed = 10130,
  kConsumerCreateFilterSubjectMismatch = 10131,
  kConsumerCreateDurableAndNameMismatch = 10132,
  kReplicasCountCannotBeNegative = 10133,
  kConsumerReplicasShouldMatchStream = 10134,
  kConsumerMetadataLength = 10135,  // {limit}
  kConsumerDuplicateFilterSubjects = 10136,
  kConsumerMultipleFiltersNotAllowed = 10137,
  kConsumerOverlappingSubjectFilters = 10138,
  kConsumerEmptyFilter = 10139,
  kConsumerAlreadyExists = 10148,
  kConsumerDoesNotExist = 10149,
  kConsumerInactiveThresholdExcess = 10153,  // {limit}
  kPedantic = 10157,                         // {err}
  kConsumerPriorityPolicyWithoutGroup = 10159,
  kConsumerInvalidPriorityGroup = 10160,
  kConsumerEmptyGroupName = 10161,
  kConsumerInvalidGroupName = 10162,
  kMessageTtlInvalid = 10165,
  kMessageTtlDisabled = 10166,
  kStreamTooManyRequests = 10167,
  kMessageIncrDisabled = 10168,
  kAtomicPublishDisabled = 10174,
  kConsumerPushWithPriorityGroup = 10178,
  kConsumerAckWaitNegative = 10183,
  kConsumerBackoffNegative = 10184,
  kRequiredApiLevel = 10185,
  kMessageSchedulesDisabled = 10188,
  kStreamExpectedLastSeqPerSubjectInvalid = 10193,
  kStreamOffline = 10194,    // {err}
  kConsumerOffline = 10195,  // {err}
  kConsumerPriorityGroupWithPolicyNone = 10196,
  kConsumerPinnedTtlWithoutPriorityPolicy = 10197,
  kConsumerInvalidReset = 10204,  // {err}
  kBatchPublishDisabled = 10205,
  kConsumerAckFlowControlRequiresPush = 10218,
  kConsumerAckFlowControlRequiresFlowControl = 10219,
  kConsumerAckFlowControlRequiresMaxAckPending = 10220,
  kConsumerAckFlowControlRequiresNoAckWait = 10221,
  kConsumerAckFlowControlRequiresNoMaxDeliver = 10222,
};

struct ApiError {
  uint16_t code = 0;  // of the kinds HTTP has
  ApiErrc err_code = ApiErrc::kBadRequest;
  std::string description;

  friend bool operator==(const ApiError&, const ApiError&) = default;
};

ApiError api_error(ApiErrc err_code);
// For a text with a {word}: no text has two.
ApiError api_error(ApiErrc err_code, std::string_view value);
ApiError invalid_config(std::string_view why);
ApiError pedantic_refusal(std::string_view why);

// The error as part of another one's text: "stream not found (10059)".
std::string nested_text(const ApiError& error);

// {"code":404,"err_code":10059,"description":"stream not found"}
void write(JsonWriter& json, const ApiError& error);

}  // namespace myelin
