#include "core/jetstream/stream_config.h"

#include <algorithm>
#include <set>

#include "core/base/text.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

constexpr std::string_view kNotInAssetNames = " \t\r\n\f.*>\\/";
constexpr Duration kMaxAgeMin = milliseconds(100);
constexpr Duration kDuplicateWindowDefault = minutes(2);
constexpr Duration kDuplicateWindowMin = milliseconds(100);
constexpr Duration kMarkerTtlMin = seconds(1);
constexpr int64_t kReplicasMax = 5;

// Subjects of the server itself: a stream that acknowledges what it takes would answer there too.
struct ReservedSubjects {
  std::string_view pattern;
  std::string_view exception;
  std::string_view complaint;
};
constexpr ReservedSubjects kReserved[] = {
    {"$JS.>", "$JS.EVENT.>", "subjects that overlap with jetstream api require no-ack to be true"},
    {"$JSC.>", "$JS.EVENT.>", "subjects that overlap with jetstream api require no-ack to be true"},
    {"$NRG.>", "$JS.EVENT.>", "subjects that overlap with jetstream api require no-ack to be true"},
    {"$SYS.>", "$SYS.ACCOUNT.>", "subjects that overlap with system api require no-ack to be true"},
};

using Complaint = std::optional<ApiError>;

Complaint check_texts(StreamConfig& config, const StreamLimits&, bool) {
  if (!is_valid_asset_name(config.name)) {
    return invalid_config("stream name is required and can not contain '.', '*', '>', '\\', '/'");
  }
  if (config.name.size() > kAssetNameSizeMax) {
    return invalid_config("stream name is too long, maximum allowed is " +
                          decimal(static_cast<int64_t>(kAssetNameSizeMax)));
  }
  if (config.description.size() > kDescriptionSizeMax) {
    return invalid_config("stream description is too long, maximum allowed is " +
                          decimal(static_cast<int64_t>(kDescriptionSizeMax)));
  }
  if (size_of(config.metadata) > kMetadataSizeMax) {
    return invalid_config("stream metadata exceeds maximum size of " +
                          decimal(static_cast<int64_t>(kMetadataSizeMax)) + " bytes");
  }
  return std::nullopt;
}

Complaint set_replicas(StreamConfig& config, const StreamLimits&, bool) {
  if (config.num_replicas == 0) config.num_replicas = 1;
  if (config.num_replicas > kReplicasMax) {
    return invalid_config("maximum replicas is " + decimal(kReplicasMax));
  }
  if (config.num_replicas < 0) return api_error(ApiErrc::kReplicasCountCannotBeNegative);
  return std::nullopt;
}

// Sets a count that limits nothing to -1.
template <class Count>
Complaint set_count(Count& count, std::string_view name, bool pedantic) {
  if (pedantic && count < -1) {
    return pedantic_refusal(std::string(name) + " must be set to -1");
  }
  if (count == 0 || count < -1) count = -1;
  return std::nullopt;
}

Complaint set_counts(StreamConfig& config, const StreamLimits&, bool pedantic) {
  auto complaint = set_count(config.max_msgs, "max_msgs", pedantic);
  if (!complaint) {
    complaint = set_count(config.max_msgs_per_subject, "max_msgs_per_subject", pedantic);
  }
  if (!complaint) complaint = set_count(config.max_bytes, "max_bytes", pedantic);
  if (!complaint) complaint = set_count(config.max_msg_size, "max_msg_size", pedantic);
  if (!complaint) complaint = set_count(config.max_consumers, "max_consumers", pedantic);
  return complaint;
}

Complaint check_max_age(StreamConfig& config, const StreamLimits&, bool) {
  if (config.max_age < Duration::zero()) return invalid_config("max age can not be negative");
  if (config.max_age != Duration::zero() && config.max_age < kMaxAgeMin) {
    return invalid_config("max age needs to be >= 100ms");
  }
  return std::nullopt;
}

bool is_capped(Duration span, Duration limit) { return limit > Duration::zero() && span > limit; }

Complaint set_duplicate_window(StreamConfig& config, const StreamLimits& limits, bool pedantic) {
  if (config.duplicate_window != Duration::zero()) return std::nullopt;
  Duration window = kDuplicateWindowDefault;
  if (is_capped(window, limits.duplicate_window)) {
    if (pedantic) {
      return pedantic_refusal("duplicate window limits are higher than current limits");
    }
    window = limits.duplicate_window;
  }
  if (is_capped(window, config.max_age)) {
    if (pedantic) return pedantic_refusal("duplicate window cannot be bigger than max age");
    window = config.max_age;
  }
  config.duplicate_window = window;
  return std::nullopt;
}

Complaint check_duplicate_window(StreamConfig& config, const StreamLimits& limits, bool) {
  const Duration window = config.duplicate_window;
  if (window < Duration::zero()) return invalid_config("duplicates window can not be negative");
  if (is_capped(window, config.max_age)) {
    return invalid_config("duplicates window can not be larger then max age");
  }
  if (is_capped(window, limits.duplicate_window)) {
    return invalid_config("duplicates window can not be larger then server limit of " +
                          go_duration(limits.duplicate_window));
  }
  if (window > Duration::zero() && window < kDuplicateWindowMin) {
    return invalid_config("duplicates window needs to be >= 100ms");
  }
  return std::nullopt;
}

Complaint check_discard(StreamConfig& config, const StreamLimits&, bool) {
  if (config.deny_purge && config.allow_rollup_hdrs) {
    return invalid_config("roll-ups require the purge permission");
  }
  if (!config.discard_new_per_subject) return std::nullopt;
  if (config.discard != DiscardPolicy::kNew) {
    return invalid_config("discard new per subject requires discard new policy to be set");
  }
  if (config.max_msgs_per_subject <= 0) {
    return invalid_config("discard new per subject requires max msgs per subject > 0");
  }
  return std::nullopt;
}

// A marker is a message with a TTL that rolls up its subject.
Complaint set_delete_markers(StreamConfig& config, const StreamLimits&, bool pedantic) {
  const Duration ttl = config.subject_delete_marker_ttl;
  if (ttl == Duration::zero()) return std::nullopt;
  if (ttl < Duration::zero())
    return invalid_config("subject delete marker TTL must not be negative");
  if (ttl < kMarkerTtlMin)
    return invalid_config("subject delete marker TTL must be at least 1 second");
  if (pedantic && !config.allow_msg_ttl) {
    return invalid_config("subject delete marker cannot be set if message TTLs are disabled");
  }
  if (pedantic && !config.allow_rollup_hdrs) {
    return invalid_config("subject delete marker cannot be set if roll-ups are disabled");
  }
  config.allow_msg_ttl = true;
  if (!config.allow_rollup_hdrs) config.deny_purge = false;
  config.allow_rollup_hdrs = true;
  return std::nullopt;
}

Complaint check_persist_mode(StreamConfig& config, const StreamLimits&, bool) {
  if (config.persist_mode != PersistMode::kAsync) return std::nullopt;
  if (config.storage != StorageType::kFile) {
    return invalid_config("async persist mode is only supported on file storage");
  }
  if (config.num_replicas > 1) {
    return invalid_config("async persist mode is not supported on replicated streams");
  }
  return std::nullopt;
}

Complaint check_subject(const StreamConfig& config, std::string_view subject) {
  if (!is_valid_subject(subject)) return invalid_config("invalid subject");
  if (is_full_wildcard(subject)) {
    if (!config.no_ack) return invalid_config("capturing all subjects requires no-ack to be true");
    if (config.num_replicas != 1) {
      return invalid_config("capturing all subjects requires replicas of 1");
    }
  }
  if (config.no_ack) return std::nullopt;
  for (const ReservedSubjects& reserved : kReserved) {
    if (!collide(subject, reserved.pattern)) continue;
    if (!is_subset(subject, reserved.exception)) return invalid_config(reserved.complaint);
  }
  return std::nullopt;
}

Complaint set_subjects(StreamConfig& config, const StreamLimits&, bool) {
  if (config.subjects.empty()) config.subjects.push_back(config.name);
  // Differs: nats-server takes any number of subjects, and compares each with each.
  if (config.subjects.size() > kStreamSubjectsMax) return invalid_config("too many subjects");
  for (auto subject = config.subjects.begin(); subject != config.subjects.end(); ++subject) {
    if (auto complaint = check_subject(config, *subject)) return complaint;
    const auto other = std::find_if(subject + 1, config.subjects.end(),
                                    [&](const auto& later) { return collide(later, *subject); });
    if (other == config.subjects.end()) continue;
    return invalid_config("subject " + go_quote(*subject) + " overlaps with " + go_quote(*other));
  }
  return std::nullopt;
}

Complaint check_account_limits(StreamConfig& config, const StreamLimits& limits, bool) {
  if (limits.max_bytes_required && config.max_bytes <= 0) {
    return api_error(ApiErrc::kStreamMaxBytesRequired);
  }
  const int64_t max_bytes = config.storage == StorageType::kFile ? limits.storage_max_stream_bytes
                                                                 : limits.memory_max_stream_bytes;
  if (max_bytes > 0 && config.max_bytes > max_bytes) {
    return api_error(ApiErrc::kStreamMaxStreamBytesExceeded);
  }
  return std::nullopt;
}

Complaint set_placement(StreamConfig& config, const StreamLimits&, bool) {
  if (config.placement == Placement{}) config.placement.reset();
  if (config.placement && !config.placement->preferred.empty()) {
    return invalid_config("preferred server not permitted in placement");
  }
  return std::nullopt;
}

// In nats-server's order: of several faults the first one found is the one that is told.
constexpr Complaint (*kSteps[])(StreamConfig&, const StreamLimits&, bool) = {
    check_texts,          set_replicas,           set_counts,           check_max_age,
    set_duplicate_window, check_duplicate_window, check_discard,        set_delete_markers,
    check_persist_mode,   set_subjects,           check_account_limits, set_placement,
};

int required_level(const StreamConfig& config) {
  if (config.persist_mode == PersistMode::kAsync) return 2;
  if (config.allow_msg_ttl || config.subject_delete_marker_ttl > Duration::zero()) return 1;
  return 0;
}

}  // namespace

bool is_valid_asset_name(std::string_view name) {
  return !name.empty() && name.find_first_of(kNotInAssetNames) == std::string_view::npos;
}

bool has_path_separator(std::string_view name) {
  return name.find_first_of("\\/") != std::string_view::npos;
}

std::optional<ApiError> check_create(const StreamConfig& config) {
  if (config.sealed) return invalid_config("stream configuration for create can not be sealed");
  if (config.mirror_direct) {
    return invalid_config("stream has no mirror but does have mirror direct");
  }
  return std::nullopt;
}

Result<StreamConfig, ApiError> normalize(StreamConfig config, const StreamLimits& limits,
                                         bool pedantic) {
  set_required_level(config.metadata, required_level(config));
  for (const auto step : kSteps) {
    if (auto complaint = step(config, limits, pedantic)) return std::move(*complaint);
  }
  return config;
}

bool subjects_overlap(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& ours) {
    return std::any_of(b.begin(), b.end(),
                       [&](const std::string& theirs) { return collide(ours, theirs); });
  });
}

}  // namespace myelin
