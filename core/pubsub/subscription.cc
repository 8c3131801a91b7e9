#include "core/pubsub/subscription.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "core/base/check.h"

namespace myelin {

Subscription::Subscription(Client& client, std::string_view subject, std::string_view queue,
                           std::string_view sid)
    : client_(&client),
      subject_size_(static_cast<uint32_t>(subject.size())),
      queue_size_(static_cast<uint32_t>(queue.size())),
      sid_size_(static_cast<uint32_t>(sid.size())) {
  char* to = reinterpret_cast<char*>(this + 1);
  for (const std::string_view part : {subject, queue, sid}) {
    to += part.copy(to, part.size());
  }
}

Subscription::Owner Subscription::create(Client& client, std::string_view subject,
                                         std::string_view queue, std::string_view sid) {
  void* memory = std::malloc(sizeof(Subscription) + subject.size() + queue.size() + sid.size());
  INVARIANT(memory != nullptr);
  return Owner(new (memory) Subscription(client, subject, queue, sid));
}

void Subscription::Delete::operator()(Subscription* subscription) const {
  subscription->~Subscription();
  std::free(subscription);
}

SubscriptionTable::~SubscriptionTable() {
  for (uint32_t index = 0; index < capacity_; ++index) Subscription::Owner owner(slots_[index]);
}

// Where the sid stands, or the free slot where it would.
uint32_t SubscriptionTable::slot_of(std::string_view sid) const {
  uint32_t slot = home_of(sid);
  while (slots_[slot] != nullptr && slots_[slot]->sid() != sid) slot = (slot + 1) & (capacity_ - 1);
  return slot;
}

Subscription* SubscriptionTable::find(std::string_view sid) const {
  return capacity_ == 0 ? nullptr : slots_[slot_of(sid)];
}

void SubscriptionTable::insert(Subscription::Owner subscription) {
  if ((size_ + 1) * 8 > capacity_ * 7) grow();
  const uint32_t slot = slot_of(subscription->sid());
  INVARIANT(slots_[slot] == nullptr);
  slots_[slot] = subscription.release();
  ++size_;
}

void SubscriptionTable::grow() {
  const uint32_t old_capacity = capacity_;
  const std::unique_ptr<Subscription*[]> old = std::move(slots_);
  capacity_ = old_capacity == 0 ? 2 : old_capacity * 2;
  slots_ = std::make_unique<Subscription*[]>(capacity_);
  for (uint32_t index = 0; index < old_capacity; ++index) {
    if (old[index] != nullptr) slots_[slot_of(old[index]->sid())] = old[index];
  }
}

// Closes the gap behind it, so that no mark of the dead lengthens later searches.
Subscription::Owner SubscriptionTable::remove(Subscription& subscription) {
  const uint32_t mask = capacity_ - 1;
  uint32_t gap = slot_of(subscription.sid());
  INVARIANT(slots_[gap] == &subscription);
  Subscription::Owner owner(slots_[gap]);
  --size_;
  for (uint32_t slot = (gap + 1) & mask; slots_[slot] != nullptr; slot = (slot + 1) & mask) {
    const uint32_t home = home_of(slots_[slot]->sid());
    if (((slot - home) & mask) >= ((slot - gap) & mask)) {
      slots_[gap] = slots_[slot];
      gap = slot;
    }
  }
  slots_[gap] = nullptr;
  return owner;
}

std::vector<Subscription*> SubscriptionTable::sorted() const {
  std::vector<Subscription*> all;
  all.reserve(size_);
  for (uint32_t index = 0; index < capacity_; ++index) {
    if (slots_[index] != nullptr) all.push_back(slots_[index]);
  }
  std::sort(all.begin(), all.end(),
            [](const Subscription* a, const Subscription* b) { return a->sid() < b->sid(); });
  return all;
}

}  // namespace myelin
