// Subscription: one interest of one client, or of a part of the server itself, in one allocation
// with its texts behind it. SubscriptionTable: a client's subscriptions, found by sid, walked in
// the order of their creation.
//
//     | client | neighbours | delivered | max | index | sizes | subject queue sid |
//
// A sid is any token the client chose; the table compares bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/subject/hash.h"
#include "core/subject/slot_table.h"

namespace myelin {

class Client;
struct InternalTaker;
struct Shadow;

class Subscription {
 public:
  struct Delete {
    void operator()(Subscription* subscription) const;
  };
  using Owner = std::unique_ptr<Subscription, Delete>;

  // Copies the three texts.
  static Owner create(Client& client, std::string_view subject, std::string_view queue,
                      std::string_view sid);
  // Of the server itself: no sid, no queue group.
  static Owner create(InternalTaker& taker, std::string_view subject);
  // In another account, for the original: see StreamImports. It is in no table.
  static Owner create_shadow(const Shadow& shadow, std::string_view subject);
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // Exactly one of them is there.
  Client* client() const { return client_; }
  InternalTaker* taker() const { return client_ == nullptr ? taker_of_server_ : nullptr; }
  std::string_view subject() const { return {text(), subject_size_}; }
  std::string_view queue() const { return {text() + subject_size_, queue_size_}; }
  std::string_view sid() const { return {text() + subject_size_ + queue_size_, sid_size_}; }
  // How many members of a queue group it stands for; more than one only behind a server link.
  uint32_t weight() const { return 1; }
  uint32_t& sublist_index() { return sublist_index_; }
  // Of the server's own: its place among them, which its account gave it.
  uint64_t number() const { return number_; }
  void set_number(uint64_t number) { number_ = number; }
  // Of a shadow, else nullptr.
  const Shadow* shadow() const { return is_shadow_ ? shadow_ : nullptr; }

  uint64_t delivered = 0;
  uint64_t max = 0;  // deliveries in all after which it ends; 0: no limit
  // Wider than what its client may see, or a shadow: each delivery is looked at.
  bool is_filtered = false;

 private:
  friend class SubscriptionTable;
  Subscription(std::string_view subject, std::string_view queue, std::string_view sid);
  static Owner allocate(std::string_view subject, std::string_view queue, std::string_view sid);
  const char* text() const { return reinterpret_cast<const char*>(this + 1); }

  bool is_shadow_ = false;
  Client* client_ = nullptr;
  union {  // a client's subscription is in its table, the server's own are not
    Subscription* next_ = nullptr;
    InternalTaker* taker_of_server_;
  };
  union {
    Subscription* previous_ = nullptr;
    uint64_t number_;
    const Shadow* shadow_;
  };
  uint32_t sublist_index_ = 0;
  uint32_t subject_size_;
  uint32_t queue_size_;
  uint32_t sid_size_;
};

class SubscriptionTable {
 public:
  // The hash is keyed: sids are chosen by strangers.
  explicit SubscriptionTable(const SubjectHash& hash) : hash_(hash) {}
  ~SubscriptionTable();
  SubscriptionTable(const SubscriptionTable&) = delete;
  SubscriptionTable& operator=(const SubscriptionTable&) = delete;

  Subscription* find(std::string_view sid);
  // The sid must not be in the table.
  void insert(Subscription::Owner subscription);
  Subscription::Owner remove(Subscription& subscription);
  uint32_t size() const { return slots_.size(); }

  // The oldest, and the next younger; nullptr at the end. Removing one leaves the others' order.
  Subscription* first() const { return first_; }
  static Subscription* next(const Subscription& subscription) { return subscription.next_; }

 private:
  Slot* find_slot(uint64_t hash, std::string_view sid);
  uint64_t hash_of(Slot slot) const;

  const SubjectHash& hash_;
  SlotTable slots_;
  Subscription* first_ = nullptr;
  Subscription* last_ = nullptr;
};

}  // namespace myelin
