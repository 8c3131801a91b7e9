#include "core/jetstream/consumer_config.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

constexpr int64_t kMaxWaitingDefault = 512;
constexpr int64_t kMaxAckPendingDefault = 1000;
constexpr Duration kAckWaitDefault = seconds(30);
constexpr Duration kPriorityTimeoutDefault = minutes(2);
constexpr Duration kInactiveThresholdDefault = seconds(5);
// Of the ack policy flow_control, which has no other.
constexpr Duration kFlowControlHeartbeat = seconds(1);
constexpr Duration kHeartbeatMin = milliseconds(100);
constexpr Duration kMaxExpiresMin = milliseconds(1);
constexpr size_t kPriorityGroupSizeMax = 16;
constexpr std::string_view kNamePieces = "can not contain '.', '*', '>', '\\', '/'";

using Complaint = std::optional<ApiError>;

// Negative means nothing where zero already says "no bound".
template <class Number>
Complaint set_not_negative(Number& number, std::string_view name, bool pedantic) {
  if (number >= Number{0}) return std::nullopt;
  if (pedantic) return pedantic_refusal(std::string(name) + " must not be negative");
  number = Number{0};
  return std::nullopt;
}

Complaint set_signs(ConsumerConfig& config, bool pedantic) {
  if (pedantic && config.max_deliver < -1) {
    return pedantic_refusal("max_deliver must be set to -1");
  }
  if (config.max_deliver == 0 || config.max_deliver < -1) config.max_deliver = -1;
  auto complaint = set_not_negative(config.max_waiting, "max_waiting", pedantic);
  if (complaint) return complaint;
  if (pedantic && config.max_ack_pending < -1) {
    return pedantic_refusal("max_ack_pending must be set to -1");
  }
  config.max_ack_pending = std::max<int64_t>(config.max_ack_pending, -1);
  complaint = set_not_negative(config.max_batch, "max_batch", pedantic);
  if (!complaint) complaint = set_not_negative(config.max_expires, "max_expires", pedantic);
  if (!complaint) complaint = set_not_negative(config.max_bytes, "max_bytes", pedantic);
  if (!complaint) complaint = set_not_negative(config.idle_heartbeat, "idle_heartbeat", pedantic);
  if (!complaint) {
    complaint = set_not_negative(config.inactive_threshold, "inactive_threshold", pedantic);
  }
  if (!complaint) {
    complaint = set_not_negative(config.priority_timeout, "priority_timeout", pedantic);
  }
  return complaint;
}

Complaint set_acks(ConsumerConfig& config, bool pedantic) {
  if (!config.is_push() && config.max_waiting == 0) config.max_waiting = kMaxWaitingDefault;
  const bool waits_for_acks =
      config.ack_policy == AckPolicy::kExplicit || config.ack_policy == AckPolicy::kAll;
  if (waits_for_acks && config.ack_wait == Duration::zero()) config.ack_wait = kAckWaitDefault;
  if (config.backoff.empty()) return std::nullopt;
  if (pedantic && config.ack_wait != config.backoff.front()) {
    return pedantic_refusal("first backoff value has to equal batch AckWait");
  }
  config.ack_wait = config.backoff.front();
  return std::nullopt;
}

// What the stream sets for its consumers.
Complaint set_stream_limits(ConsumerConfig& config, const StreamConsumerLimits& limits,
                            bool pedantic) {
  if (config.max_ack_pending == 0) {
    if (pedantic && limits.max_ack_pending > 0) {
      return pedantic_refusal("max_ack_pending must be set if it's configured in stream limits");
    }
    config.max_ack_pending = limits.max_ack_pending;
  }
  if (config.inactive_threshold == Duration::zero()) {
    if (pedantic && limits.inactive_threshold > Duration::zero()) {
      return pedantic_refusal("inactive_threshold must be set if it's configured in stream limits");
    }
    config.inactive_threshold = limits.inactive_threshold;
  }
  return std::nullopt;
}

Complaint set_server_limits(ConsumerConfig& config, const ConsumerLimits& limits, bool pedantic) {
  if (config.max_ack_pending == 0 && config.ack_policy != AckPolicy::kNone) {
    config.max_ack_pending = kMaxAckPendingDefault;
    for (const int64_t limit : {limits.max_ack_pending, limits.account_max_ack_pending}) {
      if (limit > 0) config.max_ack_pending = std::min(config.max_ack_pending, limit);
    }
  }
  if (!config.is_push() && config.max_batch == 0 && limits.max_request_batch > 0) {
    if (pedantic) {
      return pedantic_refusal("max_request_batch must be set if it's JetStream limits are set");
    }
    config.max_batch = limits.max_request_batch;
  }
  return std::nullopt;
}

Complaint check_names(const ConsumerConfig& config, const StreamConfig& stream,
                      const ConsumerLimits&) {
  if (!config.name.empty() && !is_valid_asset_name(config.name)) {
    return invalid_config("consumer name " + std::string(kNamePieces));
  }
  if (config.is_durable() && !is_valid_asset_name(config.durable_name)) {
    return invalid_config("consumer durable name " + std::string(kNamePieces));
  }
  // A durable one's is judged last (Consumers).
  if (!config.is_durable() && config.name.size() > kAssetNameSizeMax) {
    return api_error(ApiErrc::kConsumerNameTooLong, "255");
  }
  if (config.num_replicas > 0 && config.num_replicas > stream.num_replicas) {
    return api_error(ApiErrc::kConsumerReplicasExceedsStream);
  }
  if (config.num_replicas < 0) return api_error(ApiErrc::kReplicasCountCannotBeNegative);
  const bool must_match = stream.retention != RetentionPolicy::kLimits;
  if (must_match && config.num_replicas != 0 && config.num_replicas != stream.num_replicas) {
    return api_error(ApiErrc::kConsumerReplicasShouldMatchStream);
  }
  return std::nullopt;
}

Complaint check_waits(const ConsumerConfig& config, const StreamConfig&, const ConsumerLimits&) {
  for (const Duration wait : config.backoff) {
    if (wait < Duration::zero()) return api_error(ApiErrc::kConsumerBackoffNegative);
  }
  if (config.ack_wait < Duration::zero()) return api_error(ApiErrc::kConsumerAckWaitNegative);
  return std::nullopt;
}

Complaint check_flow_control_acks(const ConsumerConfig& config, const StreamConfig&,
                                  const ConsumerLimits&) {
  using enum ApiErrc;
  if (config.ack_policy != AckPolicy::kFlowControl) return std::nullopt;
  if (!config.is_push()) return api_error(kConsumerAckFlowControlRequiresPush);
  if (!config.flow_control) return api_error(kConsumerAckFlowControlRequiresFlowControl);
  if (config.idle_heartbeat != kFlowControlHeartbeat) {
    return invalid_config("flow control ack policy heartbeat needs to be 1s");
  }
  if (config.max_ack_pending <= 0) return api_error(kConsumerAckFlowControlRequiresMaxAckPending);
  if (config.ack_wait != Duration::zero() || !config.backoff.empty()) {
    return api_error(kConsumerAckFlowControlRequiresNoAckWait);
  }
  if (config.max_deliver > 0) return api_error(kConsumerAckFlowControlRequiresNoMaxDeliver);
  return std::nullopt;
}

Complaint check_sizes(const ConsumerConfig& config, const StreamConfig&, const ConsumerLimits&) {
  if (!fits_max_deliver(config)) return api_error(ApiErrc::kConsumerMaxDeliverBackoff);
  if (config.description.size() > kDescriptionSizeMax) {
    return api_error(ApiErrc::kConsumerDescriptionTooLong,
                     decimal(static_cast<int64_t>(kDescriptionSizeMax)));
  }
  return std::nullopt;
}

Complaint check_push(const ConsumerConfig& config, const StreamConfig& stream,
                     const ConsumerLimits&) {
  using enum ApiErrc;
  if (!config.is_push()) return std::nullopt;
  if (!is_literal(config.deliver_subject)) return api_error(kConsumerDeliverToWildcards);
  if (!is_valid_subject(config.deliver_subject)) return api_error(kConsumerInvalidDeliverSubject);
  if (subjects_overlap({config.deliver_subject}, stream.subjects)) {
    return api_error(kConsumerDeliverCycle);
  }
  if (config.max_waiting != 0) return api_error(kConsumerPushMaxWaiting);
  if (config.max_ack_pending > 0 && config.ack_policy == AckPolicy::kNone) {
    return api_error(kConsumerMaxPendingAckPolicyRequired);
  }
  if (config.idle_heartbeat > Duration::zero() && config.idle_heartbeat < kHeartbeatMin) {
    return api_error(kConsumerSmallHeartbeat);
  }
  return std::nullopt;
}

Complaint check_pull(const ConsumerConfig& config, const StreamConfig& stream,
                     const ConsumerLimits& limits) {
  using enum ApiErrc;
  if (config.is_push()) return std::nullopt;
  if (config.ack_policy == AckPolicy::kNone && stream.retention == RetentionPolicy::kWorkQueue) {
    return api_error(kConsumerPullRequiresAck);
  }
  if (config.rate_limit_bps > 0) return api_error(kConsumerPullWithRateLimit);
  if (config.idle_heartbeat > Duration::zero()) return api_error(kConsumerHeartbeatRequiresPush);
  if (config.flow_control) return api_error(kConsumerFlowControlRequiresPush);
  if (config.max_expires != Duration::zero() && config.max_expires < kMaxExpiresMin) {
    return api_error(kConsumerMaxRequestExpiresTooSmall);
  }
  if (limits.max_request_batch > 0 && config.max_batch > limits.max_request_batch) {
    return api_error(kConsumerMaxRequestBatchExceeded, decimal(limits.max_request_batch));
  }
  return std::nullopt;
}

Complaint check_limits(const ConsumerConfig& config, const StreamConfig& stream,
                       const ConsumerLimits& limits) {
  for (const int64_t limit : {limits.max_ack_pending, limits.account_max_ack_pending,
                              stream.consumer_limits.max_ack_pending}) {
    if (limit > 0 && config.max_ack_pending > limit) {
      return api_error(ApiErrc::kConsumerMaxPendingAckExcess, decimal(limit));
    }
  }
  const Duration threshold = stream.consumer_limits.inactive_threshold;
  if (threshold > Duration::zero() && config.inactive_threshold > threshold) {
    return api_error(ApiErrc::kConsumerInactiveThresholdExcess, go_duration(threshold));
  }
  return std::nullopt;
}

Complaint check_direct(const ConsumerConfig& config, const StreamConfig&, const ConsumerLimits&) {
  if (!config.direct) return std::nullopt;
  if (!config.is_push()) return api_error(ApiErrc::kConsumerDirectRequiresPush);
  if (config.is_durable()) return api_error(ApiErrc::kConsumerDirectRequiresEphemeral);
  return std::nullopt;
}

Complaint check_filters(const ConsumerConfig& config, const StreamConfig&, const ConsumerLimits&) {
  if (!config.filter_subject.empty() && !config.filter_subjects.empty()) {
    return api_error(ApiErrc::kConsumerDuplicateFilterSubjects);
  }
  // Differs: nats-server takes any number of filters, and compares each with each.
  if (config.filter_subjects.size() > kStreamSubjectsMax) return invalid_config("too many filters");
  const std::vector<std::string> filters = filters_of(config);
  for (const std::string& filter : filters) {
    if (filter.empty()) return api_error(ApiErrc::kConsumerEmptyFilter);
  }
  for (const std::string& filter : filters) {
    if (!is_valid_subject(filter)) return invalid_config("invalid subject");
    for (const std::string& other : filters) {
      if (&filter != &other && is_subset(filter, other)) {
        return api_error(ApiErrc::kConsumerOverlappingSubjectFilters);
      }
    }
  }
  return std::nullopt;
}

// What each deliver policy is called in complaints, and which start belongs to it.
struct DeliverPolicyRow {
  std::string_view name;
  bool has_sequence = false;
  bool has_time = false;
};

constexpr DeliverPolicyRow row_of(DeliverPolicy policy) {
  switch (policy) {
    case DeliverPolicy::kAll:
      return {"all"};
    case DeliverPolicy::kLast:
      return {"last"};
    case DeliverPolicy::kNew:
      return {"new"};
    case DeliverPolicy::kByStartSequence:
      return {.name = "by start sequence", .has_sequence = true};
    case DeliverPolicy::kByStartTime:
      return {.name = "by start time", .has_time = true};
    case DeliverPolicy::kLastPerSubject:
      return {"last per subject"};
  }
  return {};
}

Complaint check_start(const ConsumerConfig& config, const StreamConfig&, const ConsumerLimits&) {
  const DeliverPolicyRow row = row_of(config.deliver_policy);
  const auto complain = [&](std::string_view start, std::string_view is) {
    return api_error(ApiErrc::kConsumerInvalidPolicy,
                     "consumer delivery policy is deliver " + std::string(row.name) +
                         ", but optional " + std::string(start) + std::string(is));
  };
  constexpr std::string_view kIsSet = " is also set";
  constexpr std::string_view kIsNotSet = " is not set";
  const bool has_sequence = config.opt_start_seq != 0;
  const bool has_time = config.opt_start_time.has_value();
  if (row.has_sequence && !has_sequence) return complain("start sequence", kIsNotSet);
  if (row.has_time && !has_time) return complain("start time", kIsNotSet);
  if (row.has_time && has_sequence) return complain("start start sequence", kIsSet);
  if (!row.has_sequence && has_sequence) return complain("start sequence", kIsSet);
  if (!row.has_time && has_time) return complain("start time", kIsSet);
  const bool needs_filter = config.deliver_policy == DeliverPolicy::kLastPerSubject;
  if (needs_filter && filters_of(config).empty()) return complain("filter subject", kIsNotSet);
  return std::nullopt;
}

// What Go's Atoi makes of a text: an integer, or a complaint about it.
struct Atoi {
  int64_t number = 0;
  std::string complaint;
};

Atoi atoi_as_go(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  Atoi result;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, result.number);
  const bool has_two_signs = digits.size() < text.size() && digits.starts_with('-');
  const std::string prefix = "strconv.Atoi: parsing " + go_quote(text) + ": ";
  if (parsed.ec == std::errc::invalid_argument || parsed.ptr != end || has_two_signs) {
    result.complaint = prefix + "invalid syntax";
  } else if (parsed.ec == std::errc::result_out_of_range) {
    result.complaint = prefix + "value out of range";
  }
  return result;
}

std::string_view without_percent(std::string_view sample_freq) {
  if (sample_freq.ends_with('%')) sample_freq.remove_suffix(1);
  return sample_freq;
}

Complaint check_sampling(const ConsumerConfig& config, const StreamConfig&, const ConsumerLimits&) {
  if (!config.sample_freq.empty()) {
    const Atoi percent = atoi_as_go(without_percent(config.sample_freq));
    const bool is_negative = percent.number < 0;
    if (!percent.complaint.empty() || is_negative) {
      // "<nil>": the number could be read, and nats-server shows that there is no error.
      return api_error(ApiErrc::kConsumerInvalidSampling,
                       percent.complaint.empty() ? "<nil>" : percent.complaint);
    }
  }
  if (config.flow_control && config.idle_heartbeat == Duration::zero()) {
    return api_error(ApiErrc::kConsumerWithFlowControlNeedsHeartbeats);
  }
  if (config.is_durable() && !config.name.empty() && config.name != config.durable_name) {
    return api_error(ApiErrc::kConsumerCreateDurableAndNameMismatch);
  }
  if (size_of(config.metadata) > kMetadataSizeMax) {
    return api_error(ApiErrc::kConsumerMetadataLength, "128KB");
  }
  return std::nullopt;
}

Complaint check_priorities(const ConsumerConfig& config, const StreamConfig&,
                           const ConsumerLimits&) {
  using enum ApiErrc;
  if (config.priority_policy == PriorityPolicy::kNone) {
    if (!config.priority_groups.empty()) return api_error(kConsumerPriorityGroupWithPolicyNone);
    if (config.priority_timeout > Duration::zero()) {
      return api_error(kConsumerPinnedTtlWithoutPriorityPolicy);
    }
    return std::nullopt;
  }
  if (config.is_push()) return api_error(kConsumerPushWithPriorityGroup);
  if (config.priority_groups.empty()) return api_error(kConsumerPriorityPolicyWithoutGroup);
  for (const std::string& group : config.priority_groups) {
    if (group.empty()) return api_error(kConsumerEmptyGroupName);
    if (!is_valid_priority_group(group)) return api_error(kConsumerInvalidGroupName);
  }
  return std::nullopt;
}

// In nats-server's order: of several faults the first one found is the one that is told.
constexpr Complaint (*kChecks[])(const ConsumerConfig&, const StreamConfig&,
                                 const ConsumerLimits&) = {
    check_names,  check_waits,    check_flow_control_acks,
    check_sizes,  check_push,     check_pull,
    check_limits, check_direct,   check_filters,
    check_start,  check_sampling, check_priorities,
};

int required_level(const ConsumerConfig& config) {
  if (config.ack_policy == AckPolicy::kFlowControl) return 4;
  const bool is_paused = config.pause_until && *config.pause_until != kZeroTime;
  const bool has_priorities = config.priority_policy != PriorityPolicy::kNone ||
                              config.priority_timeout != Duration::zero() ||
                              !config.priority_groups.empty();
  return is_paused || has_priorities ? 1 : 0;
}

}  // namespace

std::vector<std::string> filters_of(const ConsumerConfig& config) {
  if (config.filter_subject.empty()) return config.filter_subjects;
  return {config.filter_subject};
}

std::optional<ApiError> apply_defaults(ConsumerConfig& config, const StreamConfig& stream,
                                       const ConsumerLimits& limits, bool pedantic) {
  set_required_level(config);
  if (auto complaint = set_signs(config, pedantic)) return complaint;
  if (auto complaint = set_acks(config, pedantic)) return complaint;
  if (auto complaint = set_stream_limits(config, stream.consumer_limits, pedantic)) {
    return complaint;
  }
  if (auto complaint = set_server_limits(config, limits, pedantic)) return complaint;
  const bool is_pinned = config.priority_policy == PriorityPolicy::kPinnedClient;
  if (is_pinned && config.priority_timeout == Duration::zero()) {
    config.priority_timeout = kPriorityTimeoutDefault;
  }
  if (config.ack_policy == AckPolicy::kFlowControl && !pedantic) {
    config.flow_control = true;
    config.idle_heartbeat = kFlowControlHeartbeat;
  }
  return std::nullopt;
}

void set_inactive_threshold(ConsumerConfig& config) {
  const bool is_set = config.inactive_threshold != Duration::zero();
  if (!config.is_durable() && !is_set) config.inactive_threshold = kInactiveThresholdDefault;
}

void set_required_level(ConsumerConfig& config) {
  set_required_level(config.metadata, required_level(config));
}

std::optional<ApiError> check(const ConsumerConfig& config, const StreamConfig& stream,
                              const ConsumerLimits& limits) {
  for (const auto step : kChecks) {
    if (auto complaint = step(config, stream, limits)) return complaint;
  }
  return std::nullopt;
}

std::optional<ApiError> check_work_queue(const ConsumerConfig& config) {
  const AckPolicy acks = config.ack_policy;
  if (acks != AckPolicy::kExplicit && acks != AckPolicy::kFlowControl) {
    return api_error(ApiErrc::kConsumerWorkQueueRequiresExplicitAck);
  }
  if (config.deliver_policy != DeliverPolicy::kAll) {
    return api_error(ApiErrc::kConsumerWorkQueueConsumerNotDeliverAll);
  }
  return std::nullopt;
}

std::optional<ApiError> work_queue_conflict(const ConsumerConfig& added,
                                            const ConsumerConfig& existing) {
  const std::vector<std::string> filters = filters_of(added);
  const std::vector<std::string> taken = filters_of(existing);
  if (filters.empty()) return api_error(ApiErrc::kConsumerWorkQueueMultipleUnfiltered);
  if (taken.empty() || subjects_overlap(filters, taken)) {
    return api_error(ApiErrc::kConsumerWorkQueueConsumerNotUnique);
  }
  return std::nullopt;
}

bool fits_max_deliver(const ConsumerConfig& config) {
  return config.max_deliver == -1 || std::cmp_less_equal(config.backoff.size(), config.max_deliver);
}

bool is_valid_priority_group(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("/_=-").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= kPriorityGroupSizeMax &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

std::optional<int64_t> sample_percent(std::string_view sample_freq) {
  const Atoi percent = atoi_as_go(without_percent(sample_freq));
  if (!percent.complaint.empty() || percent.number < 0) return std::nullopt;
  return percent.number;
}

}  // namespace myelin
