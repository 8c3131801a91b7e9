#include "core/jetstream/advisory.h"

#include "core/base/json.h"
#include "core/base/rfc3339.h"
#include "core/pubsub/client_info.h"

namespace myelin {
namespace {}  // namespace

// One event being written; it is sent when it ends. Without a listener nothing is written.
class Advisories::Event {
 public:
  // `subject`: behind "$JS.EVENT."; `type`: behind "io.nats.jetstream.".
  Event(Advisories& to, std::string subject, std::string_view type)
      : to_(to), subject_("$JS.EVENT." + std::move(subject)) {
    is_wanted_ = to_.account_.has_interest(subject_);
    if (!is_wanted_) return;
    json_.begin_object();
    json_.field("type", "io.nats.jetstream." + std::string(type));
    json_.field("id", to_.context_.random.nuid());
    json_.field("timestamp", rfc3339(to_.context_.now.wall));
  }
  ~Event() {
    if (!is_wanted_) return;
    json_.end_object();
    to_.account_.send(to_.context_, {.to = subject_, .content = text_});
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  template <class T>
  Event& field(std::string_view name, const T& value) {
    if (is_wanted_) json_.field(name, value);
    return *this;
  }
  Event& unless_empty(std::string_view name, std::string_view value) {
    return value.empty() ? *this : field(name, value);
  }
  // A value that is JSON already.
  Event& raw(std::string_view name, std::string_view value) {
    if (!is_wanted_) return *this;
    text_ += ",\"";
    text_ += name;
    text_ += "\":";
    text_ += value;
    return *this;
  }
  // The same for several fields: ",\"name\":value" each.
  Event& raw_fields(std::string_view fields) {
    text_ += fields;
    return *this;
  }
  Event& delivered(const Delivered& what) {
    field("stream", what.stream).field("consumer", what.consumer);
    return field("consumer_seq", what.consumer_sequence).field("stream_seq", what.stream_sequence);
  }
  bool is_wanted() const { return is_wanted_; }

 private:
  Advisories& to_;
  std::string subject_;
  bool is_wanted_ = false;
  std::string text_;
  JsonWriter json_{text_};
};

namespace {

std::string suffix(std::string_view kind, std::string_view stream, std::string_view consumer = {}) {
  std::string text(kind);
  text += '.';
  text += stream;
  if (!consumer.empty()) {
    text += '.';
    text += consumer;
  }
  return text;
}

}  // namespace

void Advisories::stream_action(std::string_view stream, std::string_view action) {
  const std::string_view kind = action == "create"   ? "ADVISORY.STREAM.CREATED"
                                : action == "delete" ? "ADVISORY.STREAM.DELETED"
                                                     : "ADVISORY.STREAM.UPDATED";
  Event(*this, suffix(kind, stream), "advisory.v1.stream_action")
      .field("stream", stream)
      .field("action", action);
}

void Advisories::consumer_action(std::string_view stream, std::string_view consumer,
                                 std::string_view action) {
  const std::string_view kind =
      action == "create" ? "ADVISORY.CONSUMER.CREATED" : "ADVISORY.CONSUMER.DELETED";
  Event(*this, suffix(kind, stream, consumer), "advisory.v1.consumer_action")
      .field("stream", stream)
      .field("consumer", consumer)
      .field("action", action);
}

void Advisories::consumer_pause(std::string_view stream, std::string_view consumer, bool paused,
                                std::optional<WallTime> until) {
  Event(*this, suffix("ADVISORY.CONSUMER.PAUSE", stream, consumer), "advisory.v1.consumer_pause")
      .field("stream", stream)
      .field("consumer", consumer)
      .field("paused", paused)
      .field("pause_until", rfc3339(until.value_or(kZeroTime)));
}

void Advisories::max_deliveries(std::string_view stream, std::string_view consumer,
                                uint64_t sequence, uint64_t deliveries) {
  Event(*this, suffix("ADVISORY.CONSUMER.MAX_DELIVERIES", stream, consumer),
        "advisory.v1.max_deliver")
      .field("stream", stream)
      .field("consumer", consumer)
      .field("stream_seq", sequence)
      .field("deliveries", deliveries);
}

void Advisories::nak(const Delivered& what) {
  Event(*this, suffix("ADVISORY.CONSUMER.MSG_NAKED", what.stream, what.consumer), "advisory.v1.nak")
      .delivered(what)
      .field("deliveries", what.deliveries);
}

void Advisories::terminated(const Delivered& what, std::string_view reason) {
  Event(*this, suffix("ADVISORY.CONSUMER.MSG_TERMINATED", what.stream, what.consumer),
        "advisory.v1.terminated")
      .delivered(what)
      .field("deliveries", what.deliveries)
      .unless_empty("reason", reason);
}

void Advisories::pinned(std::string_view stream, std::string_view consumer, std::string_view group,
                        std::string_view pin) {
  Event(*this, suffix("ADVISORY.CONSUMER.PINNED", stream, consumer),
        "advisory.v1.consumer_group_pinned")
      .field("account", account_.name())
      .field("stream", stream)
      .field("consumer", consumer)
      .field("group", group)
      .field("pinned_id", pin);
}

void Advisories::unpinned(std::string_view stream, std::string_view consumer,
                          std::string_view group, std::string_view reason) {
  Event(*this, suffix("ADVISORY.CONSUMER.UNPINNED", stream, consumer),
        "advisory.v1.consumer_group_unpinned")
      .field("account", account_.name())
      .field("stream", stream)
      .field("consumer", consumer)
      .field("group", group)
      .field("reason", reason);
}

void Advisories::ack_metric(const Delivered& what, Duration ack_time) {
  Event(*this, suffix("METRIC.CONSUMER.ACK", what.stream, what.consumer), "metric.v1.consumer_ack")
      .delivered(what)
      .field("ack_time", static_cast<int64_t>(ack_time.count()))
      .field("deliveries", what.deliveries);
}

void Advisories::api_audit(uint64_t client, std::string_view subject, std::string_view request,
                           std::string_view response) {
  Event event(*this, "ADVISORY.API", "advisory.v1.api_audit");
  if (!event.is_wanted()) return;
  event.field("server", context_.server_name)
      .raw("client", client_info_json(context_, client))
      .field("subject", subject)
      .unless_empty("request", request)
      .field("response", response);
}

void Advisories::snapshot(std::string_view kind, std::string_view type, std::string_view stream,
                          uint64_t client, std::string_view fields) {
  Event event(*this, suffix("ADVISORY.STREAM." + std::string(kind), stream),
              "advisory.v1." + std::string(type));
  if (!event.is_wanted()) return;
  event.field("stream", stream);
  if (!fields.empty()) event.raw_fields(fields);
  event.raw("client", client_info_json(context_, client));
}

}  // namespace myelin
