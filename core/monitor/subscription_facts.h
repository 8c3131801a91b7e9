// SubscriptionFacts: one subscription as /subsz and /connz show it in detail.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/json.h"
#include "core/pubsub/subscription.h"

namespace myelin {

struct SubscriptionFacts {
  std::string_view account;  // empty: not shown
  std::string_view account_tag = account;
  std::string_view subject;
  std::string_view queue;
  std::string_view sid;
  uint64_t delivered = 0;
  uint64_t max = 0;
  uint64_t client = 0;  // 0: the server itself
};

inline SubscriptionFacts subscription_facts(const Subscription& subscription, uint64_t client,
                                            std::string_view account) {
  return {.account = account,
          .subject = subscription.subject(),
          .queue = subscription.queue(),
          .sid = subscription.sid(),
          .delivered = subscription.delivered,
          .max = subscription.max,
          .client = client};
}

inline void write_subscription(JsonWriter& json, const SubscriptionFacts& facts) {
  json.begin_object();
  if (!facts.account.empty()) {
    json.field("account", facts.account);
    json.field("account_tag", facts.account_tag);
  }
  json.field("subject", facts.subject);
  if (!facts.queue.empty()) json.field("qgroup", facts.queue);
  json.field("sid", facts.sid);
  json.field("msgs", facts.delivered);
  if (facts.max > 0) json.field("max", facts.max);
  json.field("cid", facts.client);
  json.end_object();
}

}  // namespace myelin
