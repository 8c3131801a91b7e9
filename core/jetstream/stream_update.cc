#include "core/jetstream/stream_update.h"

namespace myelin {
namespace {

bool is_work_queue(const StreamConfig& config) {
  return config.retention == RetentionPolicy::kWorkQueue;
}

// What was promised when a message was stored cannot be taken back.
std::optional<ApiError> check_promises(const StreamConfig& old, const StreamConfig& updated) {
  if (old.sealed && !updated.sealed) {
    return invalid_config("stream configuration update can not unseal a sealed stream");
  }
  if (old.deny_delete && !updated.deny_delete) {
    return invalid_config("stream configuration update can not cancel deny message deletes");
  }
  if (old.deny_purge && !updated.deny_purge) {
    return invalid_config("stream configuration update can not cancel deny purge");
  }
  if (old.allow_msg_ttl && !updated.allow_msg_ttl) {
    return invalid_config("message TTL status can not be disabled");
  }
  return std::nullopt;
}

// What follows from being sealed: nothing comes, nothing goes.
void apply_seal(StreamConfig& config) {
  config.max_age = Duration::zero();
  config.discard = DiscardPolicy::kNew;
  config.deny_delete = true;
  config.deny_purge = true;
  config.allow_rollup_hdrs = false;
}

}  // namespace

std::optional<ApiError> check_update(const StreamConfig& old, StreamConfig& updated) {
  if (updated.name != old.name) {
    return invalid_config("stream configuration name must match original");
  }
  if (updated.storage != old.storage) {
    return invalid_config("stream configuration update can not change storage type");
  }
  if (is_work_queue(old) != is_work_queue(updated)) {
    return invalid_config(
        "stream configuration update can not change retention policy to/from workqueue");
  }
  if (auto complaint = check_promises(old, updated)) return complaint;
  if (updated.persist_mode != old.persist_mode) {
    return invalid_config("stream configuration update can not change persist mode");
  }
  if (updated.sealed) apply_seal(updated);
  return std::nullopt;
}

bool is_same(const StreamConfig& a, const StreamConfig& b) {
  if (!is_same_but_level(a.metadata, b.metadata)) return false;
  StreamConfig like_b = a;
  like_b.metadata = b.metadata;
  return like_b == b;
}

}  // namespace myelin
