// ConsumerConfig: what a client asks a consumer to be, once its JSON is read. Fields are the JSON's
// (ADR-13, ADR-15, ADR-34, ADR-42), letter for letter. apply_defaults() and then check() judge it
// in nats-server's order.
//
// Pure values and functions: other consumers of the stream, who listens on a subject and how many
// consumers there may be are for the stream's owner to ask about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/jetstream/api_error.h"
#include "core/jetstream/stream_config.h"

namespace myelin {

enum class DeliverPolicy : uint8_t {
  kAll,
  kLast,
  kNew,
  kByStartSequence,
  kByStartTime,
  kLastPerSubject
};
enum class AckPolicy : uint8_t { kNone, kAll, kExplicit, kFlowControl };
enum class ReplayPolicy : uint8_t { kInstant, kOriginal };
enum class PriorityPolicy : uint8_t { kNone, kOverflow, kPinnedClient, kPrioritized };

struct ConsumerConfig {
  std::string durable_name;
  std::string name;
  std::string description;
  DeliverPolicy deliver_policy = DeliverPolicy::kAll;
  uint64_t opt_start_seq = 0;
  // Differs: nats-server shows it with the offset it came with.
  std::optional<WallTime> opt_start_time;
  AckPolicy ack_policy = AckPolicy::kNone;
  Duration ack_wait{0};
  int64_t max_deliver = 0;  // -1: no limit
  std::vector<Duration> backoff;
  std::string filter_subject;
  std::vector<std::string> filter_subjects;
  ReplayPolicy replay_policy = ReplayPolicy::kInstant;
  uint64_t rate_limit_bps = 0;  // bits per second; 0: no limit
  std::string sample_freq;      // "30" or "30%"
  int64_t max_waiting = 0;      // pull requests that may wait
  int64_t max_ack_pending = 0;  // -1: no limit
  bool flow_control = false;
  bool headers_only = false;
  // Bounds of one pull request; 0: none.
  int64_t max_batch = 0;
  Duration max_expires{0};
  int64_t max_bytes = 0;
  std::string deliver_subject;  // empty: pull
  std::string deliver_group;
  Duration idle_heartbeat{0};
  Duration inactive_threshold{0};
  int64_t num_replicas = 0;  // 0: the stream's
  bool mem_storage = false;
  bool direct = false;
  bool sourcing = false;
  Metadata metadata;
  std::optional<WallTime> pause_until;
  std::vector<std::string> priority_groups;
  PriorityPolicy priority_policy = PriorityPolicy::kNone;
  Duration priority_timeout{0};

  bool is_push() const { return !deliver_subject.empty(); }
  bool is_durable() const { return !durable_name.empty(); }

  friend bool operator==(const ConsumerConfig&, const ConsumerConfig&) = default;
};

// What the server and the account allow any one consumer; 0 and less are no limit.
struct ConsumerLimits {
  int64_t max_ack_pending = 0;
  int64_t account_max_ack_pending = 0;
  int64_t max_request_batch = 0;
};

// filter_subject or filter_subjects; empty: everything.
std::vector<std::string> filters_of(const ConsumerConfig& config);

// Sets what is left out, and what has no meaning to what it stands for. With `pedantic`, values
// that would have to be changed are an error instead. `_nats.req.level` is set.
std::optional<ApiError> apply_defaults(ConsumerConfig& config, const StreamConfig& stream,
                                       const ConsumerLimits& limits, bool pedantic);

// What is wrong with a config (its defaults applied) on a stream, whoever else is there.
std::optional<ApiError> check(const ConsumerConfig& config, const StreamConfig& stream,
                              const ConsumerLimits& limits);

// What a work-queue stream demands of a new consumer for itself: 10098, 10101. Filters against the
// other consumers': work_queue_conflict.
std::optional<ApiError> check_work_queue(const ConsumerConfig& config);
// What keeps a new consumer, or one with new filters, from sharing a work queue with another: no
// filter (10099; nobody asks that of an update), or filters that meet (10100).
std::optional<ApiError> work_queue_conflict(const ConsumerConfig& added,
                                            const ConsumerConfig& existing);

// Gives an ephemeral consumer an inactive_threshold, if it has none. Not one of the defaults above:
// whether a consumer exists already is judged before (is_same).
void set_inactive_threshold(ConsumerConfig& config);

// Whether there are no more steps of backoff than deliveries.
bool fits_max_deliver(const ConsumerConfig& config);

// Sets _nats.req.level to what the config needs.
void set_required_level(ConsumerConfig& config);

bool is_valid_priority_group(std::string_view name);

// sample_freq in percent; nothing where it is no number.
std::optional<int64_t> sample_percent(std::string_view sample_freq);

}  // namespace myelin
