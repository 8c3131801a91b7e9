#include "core/pubsub/subscription.h"

#include <cstdlib>
#include <new>

#include "core/base/check.h"
#include "core/pubsub/stream_imports.h"

namespace myelin {

Subscription::Subscription(std::string_view subject, std::string_view queue, std::string_view sid)
    : subject_size_(static_cast<uint32_t>(subject.size())),
      queue_size_(static_cast<uint32_t>(queue.size())),
      sid_size_(static_cast<uint32_t>(sid.size())) {
  char* to = reinterpret_cast<char*>(this + 1);
  for (const std::string_view part : {subject, queue, sid}) {
    to += part.copy(to, part.size());
  }
}

Subscription::Owner Subscription::allocate(std::string_view subject, std::string_view queue,
                                           std::string_view sid) {
  void* memory = std::malloc(sizeof(Subscription) + subject.size() + queue.size() + sid.size());
  INVARIANT(memory != nullptr);
  return Owner(new (memory) Subscription(subject, queue, sid));
}

Subscription::Owner Subscription::create(Client& client, std::string_view subject,
                                         std::string_view queue, std::string_view sid) {
  Owner owner = allocate(subject, queue, sid);
  owner->client_ = &client;
  return owner;
}

Subscription::Owner Subscription::create(InternalTaker& taker, std::string_view subject) {
  Owner owner = allocate(subject, {}, {});
  owner->taker_of_server_ = &taker;
  return owner;
}

Subscription::Owner Subscription::create_shadow(const Shadow& shadow, std::string_view subject) {
  const Subscription& original = *shadow.original;
  Owner owner = allocate(subject, original.queue(), original.sid());
  owner->client_ = original.client_;
  if (original.client_ == nullptr) owner->taker_of_server_ = original.taker_of_server_;
  owner->shadow_ = &shadow;
  owner->is_shadow_ = owner->is_filtered = true;
  return owner;
}

void Subscription::Delete::operator()(Subscription* subscription) const {
  subscription->~Subscription();
  std::free(subscription);
}

SubscriptionTable::~SubscriptionTable() {
  for (Subscription* subscription = first_; subscription != nullptr;) {
    const Subscription::Owner owner(subscription);
    subscription = subscription->next_;
  }
}

namespace {

Subscription& subscription_of(Slot slot) { return *static_cast<Subscription*>(slot.pointer()); }

}  // namespace

uint64_t SubscriptionTable::hash_of(Slot slot) const {
  return hash_.of(subscription_of(slot).sid());
}

Slot* SubscriptionTable::find_slot(uint64_t hash, std::string_view sid) {
  return slots_.find(hash, [sid](Slot slot) { return subscription_of(slot).sid() == sid; });
}

Subscription* SubscriptionTable::find(std::string_view sid) {
  const Slot* slot = find_slot(hash_.of(sid), sid);
  return slot == nullptr ? nullptr : &subscription_of(*slot);
}

void SubscriptionTable::insert(Subscription::Owner subscription) {
  Subscription* added = subscription.release();
  slots_.insert(hash_.of(added->sid()), Slot(added, Slot::Kind::kOne),
                [this](Slot slot) { return hash_of(slot); });
  added->previous_ = last_;
  (last_ == nullptr ? first_ : last_->next_) = added;
  last_ = added;
}

Subscription::Owner SubscriptionTable::remove(Subscription& subscription) {
  const uint64_t hash = hash_.of(subscription.sid());
  Slot* slot = find_slot(hash, subscription.sid());
  INVARIANT(slot != nullptr);
  slots_.erase(hash, slot, [this](Slot other) { return hash_of(other); });
  (subscription.previous_ == nullptr ? first_ : subscription.previous_->next_) = subscription.next_;
  (subscription.next_ == nullptr ? last_ : subscription.next_->previous_) = subscription.previous_;
  return Subscription::Owner(&subscription);
}

}  // namespace myelin
