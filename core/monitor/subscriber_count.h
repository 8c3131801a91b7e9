// SubscriberCount: how many subscriptions of an account's clients there are to a subject, in
// slices: to a literal one those that would take it, to a pattern those that lie within it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/monitor/observed.h"
#include "core/monitor/parameters.h"
#include "core/monitor/subscription_walk.h"

namespace myelin {

class SubscriberCount {
 public:
  explicit SubscriberCount(const Parameters& parameters);
  SubscriberCount(const SubscriberCount&) = delete;
  SubscriberCount& operator=(const SubscriberCount&) = delete;

  // Appends the number once it is known, and answers true.
  bool next(const Observed& server, std::string& to);

 private:
  void count_takers(const Observed& server);
  bool count_within(const Observed& server);

  std::string account_;
  std::string subject_;
  std::string queue_;  // empty: any, and none
  uint64_t count_ = 0;
  uint64_t last_client_ = 0;
  std::optional<SubscriptionWalk> walk_;
};

}  // namespace myelin
