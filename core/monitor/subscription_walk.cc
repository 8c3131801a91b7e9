#include "core/monitor/subscription_walk.h"

#include "core/pubsub/client.h"

namespace myelin {

void SubscriptionWalk::resume(const Context& context) {
  at_ = nullptr;
  Client* client = is_done_ ? nullptr : context.find(client_);
  if (client == nullptr || client->is_closing()) return;
  SubscriptionTable& table = client->subscriptions();
  if (passed_ > 0) at_ = table.find(sid_);
  if (at_ != nullptr) return;
  at_ = table.first();
  for (uint64_t count = 0; count < passed_ && at_ != nullptr; ++count) {
    at_ = SubscriptionTable::next(*at_);
  }
}

void SubscriptionWalk::suspend() {
  is_done_ = at_ == nullptr;
  if (at_ != nullptr) sid_ = at_->sid();
  at_ = nullptr;
}

}  // namespace myelin
