// What a Consumer tells about itself: ConsumerInfo.
#include "core/base/rfc3339.h"
#include "core/jetstream/consumer.h"
#include "core/jetstream/consumer_config_json.h"
#include "core/jetstream/services.h"
#include "core/jetstream/stream.h"

namespace myelin {
namespace {

void write_position(JsonWriter& json, std::string_view name,
                    const ConsumerState::Position& position,
                    const std::optional<WallTime>& last_active) {
  json.name(name).begin_object();
  json.field("consumer_seq", position.consumer);
  json.field("stream_seq", position.stream);
  if (last_active) json.field("last_active", rfc3339(*last_active));
  json.end_object();
}

}  // namespace

void Consumer::write_info(JsonWriter& json, const InfoWish& wish) {
  const ConsumerState& state = positions_.state;
  const WallTime at = now().wall;
  if (!is_push()) visit_waiting(false);
  json.field("stream_name", stream_.name());
  json.field("name", name_);
  json.field("created", rfc3339(created_));
  if (wish.config) {
    json.name("config");
    write(json, config_, wish.metadata);
  }
  write_position(json, "delivered", state.delivered(), last_delivered_);
  write_position(json, "ack_floor", state.floor(), last_acked_);
  json.field("num_ack_pending", state.pending_count());
  // With one delivery each, nothing is ever delivered again.
  json.field("num_redelivered", config_.max_deliver == 1 ? 0 : state.redelivered_count());
  json.field("num_waiting", static_cast<uint64_t>(pulls_.size()));
  json.field("num_pending", count_pending());
  if (is_push_active()) json.field("push_bound", true);
  if (is_paused()) {
    json.field("paused", true);
    json.field("pause_remaining", config_.pause_until->unix_ns - at.unix_ns);
  }
  json.field("ts", rfc3339(at));
  if (config_.priority_groups.empty()) return;
  json.name("priority_groups").begin_array();
  json.begin_object();
  json.field("group", config_.priority_groups.front());
  if (pin_ != nullptr) json.field("pinned_client_id", pin_->id);
  json.field("pinned_ts", rfc3339(pin_ != nullptr ? pin_->since : kZeroTime));
  json.end_object();
  json.end_array();
}

}  // namespace myelin
