// ClosedClients: the connections that ended last, and why, for /connz?state=closed. A ring: the
// oldest is forgotten for the newest (max_closed_clients).
//
// Differs: of a client's subscriptions kClosedSubscriptionsMax are kept, and of all clients' so
// many bytes (kClosedSubscriptionsSizeMax): the oldest clients lose theirs first. Of what a client
// said of itself the beginning is kept (kClosedTextMax).
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/time.h"
#include "core/protocol/errors.h"
#include "core/pubsub/client_facts.h"

namespace myelin {

class Client;

struct ClosedClient {
  struct Subscription {
    std::string subject;
    std::string queue;
    std::string sid;
    uint64_t delivered = 0;
    uint64_t max = 0;
  };

  ClosedClient() = default;
  // Its facts point into it.
  ClosedClient(const ClosedClient&) = delete;
  ClosedClient& operator=(const ClosedClient&) = delete;

  ClientFacts facts;
  TlsFacts tls;  // without certificates
  WallTime stop;
  CloseReason reason = CloseReason::kClientClosed;
  std::vector<Subscription> subscriptions;
  size_t subscriptions_size = 0;  // in bytes
  std::string texts;              // of the facts
};

class ClosedClients {
 public:
  // Before it lets go of its subscriptions.
  void add(Client& client, WallTime now, size_t clients_max);

  // They have numbers, ascending: [oldest, end) are remembered.
  uint64_t oldest() const { return forgotten_; }
  uint64_t end() const { return forgotten_ + clients_.size(); }
  const ClosedClient& at(uint64_t number) const { return clients_[index_of(number)]; }
  // nullptr: it never was, is still there, or is forgotten.
  const ClosedClient* find(uint64_t client) const;

 private:
  size_t index_of(uint64_t number) const { return static_cast<size_t>(number - forgotten_); }
  void keep_subscriptions(Client& client, ClosedClient& to);

  std::deque<ClosedClient> clients_;
  uint64_t forgotten_ = 0;                         // how many were before the first
  std::unordered_map<uint64_t, uint64_t> places_;  // by id: how many were before it
  uint64_t with_subscriptions_from_ = 0;           // those before have lost theirs
  size_t subscriptions_size_ = 0;
};

}  // namespace myelin
