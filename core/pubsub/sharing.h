// Sharing: one account's part in the Exchange: what it takes of others, and the ways back to and
// from it. Only accounts that import, or were asked by another, have one.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/pubsub/exchange_plan.h"
#include "core/pubsub/mailbox.h"
#include "core/pubsub/owner_kind.h"
#include "core/pubsub/responses.h"
#include "core/pubsub/stream_imports.h"
#include "core/pubsub/subscription.h"

namespace myelin {

class Account;
class Exchange;

// The kind of mail that is a message for a stream.
inline constexpr uint8_t kStreamKind = kJetStreamKinds + 6;

// A subscription in the importing account: what it takes is asked of the exporting one.
struct ServiceImport {
  InternalTaker taker;
  Subscription::Owner subscription;
  Account* importer = nullptr;
  Account* exporter = nullptr;
  const ExchangePlan::Import* plan = nullptr;
  const ExchangePlan::Export* granted = nullptr;

  // What the exporter calls a subject of the importer's.
  std::string theirs(std::string_view ours) const;
};

class Sharing {
 public:
  Sharing(Exchange& exchange, Account& account) : exchange_(exchange), account_(account) {}
  Sharing(const Sharing&) = delete;
  Sharing& operator=(const Sharing&) = delete;

  // A subscription came, or is about to go.
  void subscribed(Subscription& subscription);
  void unsubscribed(Subscription& subscription);

  StreamImports streams;
  std::vector<std::unique_ptr<ServiceImport>> services;
  std::unique_ptr<Responses> responses;  // of this account's answers
  Awaited awaited;                       // answers to this account's requests

 private:
  Exchange& exchange_;
  Account& account_;
};

}  // namespace myelin
