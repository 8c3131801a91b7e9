#include "core/jetstream/consumer_update.h"

#include <initializer_list>
#include <string_view>

namespace myelin {
namespace {

struct Fixed {
  bool is_changed;
  std::string_view complaint;
};

std::optional<ApiError> first_changed(std::initializer_list<Fixed> fields) {
  for (const Fixed& field : fields) {
    if (field.is_changed) return api_error(ApiErrc::kConsumerCreate, field.complaint);
  }
  return std::nullopt;
}

std::optional<ApiError> check_deliver_subject(const ConsumerConfig& old,
                                              const ConsumerConfig& updated, bool is_delivering) {
  if (old.deliver_subject == updated.deliver_subject) return std::nullopt;
  if (auto complaint = first_changed({
          {!old.is_push(), "can not update pull consumer to push based"},
          {!updated.is_push(), "can not update push consumer to pull based"},
      })) {
    return complaint;
  }
  if (is_delivering) return api_error(ApiErrc::kConsumerNameExist);
  return std::nullopt;
}

}  // namespace

std::optional<ApiError> check_update(const ConsumerConfig& old, ConsumerConfig& updated,
                                     bool is_delivering) {
  updated.pause_until = old.pause_until;
  set_required_level(updated);
  set_inactive_threshold(updated);
  if (auto complaint = first_changed({
          {old.deliver_policy != updated.deliver_policy, "deliver policy can not be updated"},
          {old.mem_storage != updated.mem_storage, "storage type can not be updated"},
          {old.opt_start_seq != updated.opt_start_seq, "start sequence can not be updated"},
          {old.opt_start_time != updated.opt_start_time, "start time can not be updated"},
          {old.ack_policy != updated.ack_policy, "ack policy can not be updated"},
          {old.replay_policy != updated.replay_policy, "replay policy can not be updated"},
          {old.idle_heartbeat != updated.idle_heartbeat, "heart beats can not be updated"},
          {old.flow_control != updated.flow_control, "flow control can not be updated"},
      })) {
    return complaint;
  }
  if (auto complaint = check_deliver_subject(old, updated, is_delivering)) return complaint;
  if (old.max_waiting != updated.max_waiting) {
    return api_error(ApiErrc::kConsumerCreate, "max waiting can not be updated");
  }
  if (!fits_max_deliver(updated)) return api_error(ApiErrc::kConsumerMaxDeliverBackoff);
  return std::nullopt;
}

bool is_same(const ConsumerConfig& asked, const ConsumerConfig& existing) {
  if (!is_same_but_level(asked.metadata, existing.metadata)) return false;
  ConsumerConfig like_existing = asked;
  like_existing.metadata = existing.metadata;
  like_existing.pause_until = existing.pause_until;
  return like_existing == existing;
}

}  // namespace myelin
