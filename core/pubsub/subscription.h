// Subscription: one interest of one client, in one allocation with its texts behind it.
// SubscriptionTable: a client's subscriptions by sid.
//
//     | client | delivered | max | index | sizes | subject queue sid |
//
// A sid is any token the client chose; the table compares bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/subject/hash.h"

namespace myelin {

class Client;

class Subscription {
 public:
  struct Delete {
    void operator()(Subscription* subscription) const;
  };
  using Owner = std::unique_ptr<Subscription, Delete>;

  // Copies the three texts.
  static Owner create(Client& client, std::string_view subject, std::string_view queue,
                      std::string_view sid);
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  Client& client() const { return *client_; }
  std::string_view subject() const { return {text(), subject_size_}; }
  std::string_view queue() const { return {text() + subject_size_, queue_size_}; }
  std::string_view sid() const { return {text() + subject_size_ + queue_size_, sid_size_}; }
  // How many members of a queue group it stands for; more than one only behind a server link.
  uint32_t weight() const { return 1; }

  uint32_t& sublist_index() { return sublist_index_; }

  uint64_t delivered = 0;
  uint64_t max = 0;  // deliveries in all after which it ends; 0: no limit
  // Wider than what its client may see, so each delivery is checked.
  bool is_filtered = false;

 private:
  Subscription(Client& client, std::string_view subject, std::string_view queue,
               std::string_view sid);
  const char* text() const { return reinterpret_cast<const char*>(this + 1); }

  Client* client_;
  uint32_t sublist_index_ = 0;
  uint32_t subject_size_;
  uint32_t queue_size_;
  uint32_t sid_size_;
};

// Open addressing. The order of the slots follows the hash and is never shown: sorted() is.
class SubscriptionTable {
 public:
  // The hash is keyed: sids are chosen by strangers.
  explicit SubscriptionTable(const SubjectHash& hash) : hash_(hash) {}
  ~SubscriptionTable();
  SubscriptionTable(const SubscriptionTable&) = delete;
  SubscriptionTable& operator=(const SubscriptionTable&) = delete;

  Subscription* find(std::string_view sid) const;
  // The sid must not be in the table.
  void insert(Subscription::Owner subscription);
  Subscription::Owner remove(Subscription& subscription);
  uint32_t size() const { return size_; }
  // All of them, by sid.
  std::vector<Subscription*> sorted() const;

 private:
  uint32_t home_of(std::string_view sid) const {
    return static_cast<uint32_t>(hash_.of(sid)) & (capacity_ - 1);
  }
  uint32_t slot_of(std::string_view sid) const;
  void grow();

  const SubjectHash& hash_;
  std::unique_ptr<Subscription*[]> slots_;
  uint32_t capacity_ = 0;  // a power of two, or 0
  uint32_t size_ = 0;
};

}  // namespace myelin
