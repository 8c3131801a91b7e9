// Advisories: events and metrics on $JS.EVENT.>, as nats-server words them (facts: type, id,
// timestamp, then their own fields). They are published like any message, and only made where
// somebody listens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/pubsub/account.h"
#include "core/pubsub/context.h"

namespace myelin {

class Advisories {
 public:
  Advisories(Context& context, Account& account) : context_(context), account_(account) {}

  // A consumer's message and how it fared.
  struct Delivered {
    std::string_view stream;
    std::string_view consumer;
    uint64_t consumer_sequence = 0;
    uint64_t stream_sequence = 0;
    uint64_t deliveries = 0;
  };

  // action: "create", "delete", "modify".
  void stream_action(std::string_view stream, std::string_view action);
  void consumer_action(std::string_view stream, std::string_view consumer, std::string_view action);
  void consumer_pause(std::string_view stream, std::string_view consumer, bool paused,
                      std::optional<WallTime> until);
  void max_deliveries(std::string_view stream, std::string_view consumer, uint64_t sequence,
                      uint64_t deliveries);
  void nak(const Delivered& what);
  void terminated(const Delivered& what, std::string_view reason);
  void pinned(std::string_view stream, std::string_view consumer, std::string_view group,
              std::string_view pin);
  // reason: "admin", "timeout".
  void unpinned(std::string_view stream, std::string_view consumer, std::string_view group,
                std::string_view reason);
  void ack_metric(const Delivered& what, Duration ack_time);
  // client 0: the server itself.
  void api_audit(uint64_t client, std::string_view subject, std::string_view request,
                 std::string_view response);
  // For the kinds that snapshots and restores need: `fields` is JSON, ",\"name\":value" each.
  void snapshot(std::string_view suffix, std::string_view type, std::string_view stream,
                uint64_t client, std::string_view fields);

 private:
  class Event;
  Context& context_;
  Account& account_;
};

}  // namespace myelin
