// StreamConfig: what a client asks a stream to be, once its JSON is read and before anything is
// kept. Fields are the JSON's (ADR-8, ADR-31, ADR-43), letter for letter. normalize() puts the
// defaults in and judges the rest, in nats-server's order of checks.
//
// Pure values and functions: subjects of other streams, room on disk and what the account still
// may are for the owner of the streams to ask about. What belongs to later work (mirrors, sources,
// transforms, republish, counters, batches, schedules) has no field: a request that asks for it is
// refused where it is read (stream_config_json.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/jetstream/api_error.h"
#include "core/jetstream/metadata.h"

namespace myelin {

enum class RetentionPolicy : uint8_t { kLimits, kInterest, kWorkQueue };
enum class DiscardPolicy : uint8_t { kOld, kNew };
enum class StorageType : uint8_t { kFile, kMemory };
enum class StoreCompression : uint8_t { kNone, kS2 };
// kAsync: a publish may be acknowledged before the disk has the message.
enum class PersistMode : uint8_t { kDefault, kAsync };

// Means nothing to a server alone, and is kept for the sake of those who read it back.
struct Placement {
  std::string cluster;
  std::vector<std::string> tags;
  std::string preferred;

  friend bool operator==(const Placement&, const Placement&) = default;
};

// What a stream asks of its consumers; 0 is no limit.
struct StreamConsumerLimits {
  Duration inactive_threshold{0};
  int64_t max_ack_pending = 0;

  friend bool operator==(const StreamConsumerLimits&, const StreamConsumerLimits&) = default;
};

// -1 is no limit where a count is meant, 0 where a duration is.
struct StreamConfig {
  std::string name;
  std::string description;
  std::vector<std::string> subjects;
  RetentionPolicy retention = RetentionPolicy::kLimits;
  int64_t max_consumers = 0;
  int64_t max_msgs = 0;
  int64_t max_bytes = 0;
  Duration max_age{0};
  int64_t max_msgs_per_subject = 0;
  int32_t max_msg_size = 0;
  DiscardPolicy discard = DiscardPolicy::kOld;
  StorageType storage = StorageType::kFile;
  int64_t num_replicas = 0;
  bool no_ack = false;
  Duration duplicate_window{0};
  std::optional<Placement> placement;
  StoreCompression compression = StoreCompression::kNone;
  uint64_t first_seq = 0;
  bool allow_direct = false;
  bool mirror_direct = false;
  bool discard_new_per_subject = false;
  bool sealed = false;
  bool deny_delete = false;
  bool deny_purge = false;
  bool allow_rollup_hdrs = false;
  StreamConsumerLimits consumer_limits;
  bool allow_msg_ttl = false;
  Duration subject_delete_marker_ttl{0};
  PersistMode persist_mode = PersistMode::kDefault;
  Metadata metadata;

  friend bool operator==(const StreamConfig&, const StreamConfig&) = default;
};

// What the server and the account allow any one stream; -1 and 0 are no limit.
struct StreamLimits {
  Duration duplicate_window{0};
  bool max_bytes_required = false;
  int64_t memory_max_stream_bytes = -1;
  int64_t storage_max_stream_bytes = -1;
};

// Names of streams and consumers are at most so long, and have no blank, '.', '*', '>', '/', '\'.
// The size is judged apart from the rest.
inline constexpr size_t kAssetNameSizeMax = 255;
inline constexpr size_t kDescriptionSizeMax = 4096;
// Each is compared with each, in one turn.
inline constexpr size_t kStreamSubjectsMax = 10'000;
bool is_valid_asset_name(std::string_view name);
bool has_path_separator(std::string_view name);

// What STREAM.CREATE alone refuses, before everything else about the config.
std::optional<ApiError> check_create(const StreamConfig& config);

// The config as it is kept and shown: defaults put in, limits without a meaning set to -1. With
// `pedantic`, values that would have to be changed are an error instead. `_nats.req.level` is set,
// what else the server manages in the metadata is dropped.
Result<StreamConfig, ApiError> normalize(StreamConfig config, const StreamLimits& limits,
                                         bool pedantic);

// Whether two of the streams' subjects meet in a subject that both take.
bool subjects_overlap(const std::vector<std::string>& a, const std::vector<std::string>& b);

}  // namespace myelin
