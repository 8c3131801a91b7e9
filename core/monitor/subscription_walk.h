// SubscriptionWalk: the subscriptions of one client, in the order of their creation, over as many
// turns as it takes. Those that come meanwhile may be met, those that go are not; if the very one
// it stands at goes, it goes on by count.
#pragma once

#include <cstdint>
#include <string>

#include "core/pubsub/context.h"
#include "core/pubsub/subscription.h"

namespace myelin {

class SubscriptionWalk {
 public:
  explicit SubscriptionWalk(uint64_t client) : client_(client) {}

  uint64_t client() const { return client_; }
  // At a turn's begin and end; between them, next() may be called.
  void resume(const Context& context);
  void suspend();
  // nullptr: that was all, or the client is gone.
  const Subscription* next() {
    const Subscription* const found = at_;
    if (found != nullptr) {
      ++passed_;
      at_ = SubscriptionTable::next(*found);
    }
    return found;
  }

 private:
  uint64_t client_;
  const Subscription* at_ = nullptr;
  uint64_t passed_ = 0;
  bool is_done_ = false;
  std::string sid_;  // between turns: of the next one
};

}  // namespace myelin
