// StreamImports: what an account takes of other accounts' messages.
//
//     importer                       exporter
//     subscription  "p.orders.*" ----shadow----> "orders.*"
//
// Every subscription in the importing account that overlaps an import has a shadow in the exporting
// one: a Subscription of the same client, group and sid, on the part of the exporter's subjects
// that the two have in common. A message that matches the shadow is delivered to the original,
// under the importer's name. Members of a queue group are so, through their shadows, in the group
// of that name over there.
//
// Differs: what comes by a shadow counts for the original's maximum (UNSUB); nats-server counts it
// for nothing.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/pubsub/exchange_plan.h"
#include "core/pubsub/subscription.h"

namespace myelin {

class Account;

struct StreamImport {
  Account* importer;
  Account* exporter;
  const ExchangePlan::Import* plan;

  // What the importer calls a subject of the exporter's.
  std::string ours(std::string_view theirs) const;
  // The exporter's subjects that `pattern`, which lies within ours, stands for.
  std::string theirs(std::string_view pattern) const;
};

// A subscription's presence in another account.
struct Shadow {
  const StreamImport* import;
  Subscription* original;
  Subscription::Owner subscription;
};

class StreamImports {
 public:
  StreamImports() = default;
  StreamImports(const StreamImports&) = delete;
  StreamImports& operator=(const StreamImports&) = delete;

  bool empty() const { return imports_.empty(); }
  void add(Account& importer, Account& exporter, const ExchangePlan::Import& plan);
  // And every shadow goes: those of clients that left, but have yet to be taken apart, too.
  void clear();

  void shadow(Subscription& original);
  void unshadow(Subscription& original);

 private:
  std::vector<std::unique_ptr<const StreamImport>> imports_;
  // Walked by nobody who does not sort: the order would be that of addresses.
  std::unordered_map<const Subscription*, std::vector<std::unique_ptr<Shadow>>> shadows_;
};

}  // namespace myelin
