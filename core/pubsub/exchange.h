// Exchange: what crosses from one account into another, by their exports and imports.
//
// Streams cross while they are matched: see StreamImports. Services do not, for nobody re-enters:
//
//     match in the importing account --mail--> ask     as a request in the exporting account,
//                                                      with a way back (see Responses)
//     match in the exporting account --mail--> answer  in the account that asked
//
// Whether anybody took a request is known when the mail it made is worked off: conclude() then
// takes back the ways nobody will use, and tells the requestor that nobody is there.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/pubsub/accounts.h"
#include "core/pubsub/context.h"
#include "core/pubsub/exchange_plan.h"
#include "core/pubsub/mailbox.h"
#include "core/pubsub/owner_kind.h"
#include "core/pubsub/responses.h"
#include "core/pubsub/service_latency.h"
#include "core/pubsub/sharing.h"

namespace myelin {

// Whether a timer or a piece of mail is the Exchange's.
inline bool is_of_exchange(uint8_t kind) { return kind >= kExchangeKinds && kind < kIdentityKinds; }

// A request or an answer on its way from one account into another.
struct Passage {
  Passage* previous = nullptr;  // that it came by
  Passage* first = nullptr;     // that it began with; may be itself
  size_t count = 1;             // of the first: all that began with it
  uint64_t exported = 0;        // ExchangePlan::Export::number
  uint64_t client = 0;
  bool share = false;         // the import's
  bool is_detailed = false;   // who asks is told in full
  bool names_server = false;  // and where
  bool was_taken = false;
  Response* response = nullptr;  // opened for it; of an answer: that it came by
  std::string subject;
  std::string shown;  // in its place to who takes it; empty: nothing is
  std::string reply;
  std::string content;
  MessageTrace* trace = nullptr;
};

class Exchange {
 public:
  Exchange(Context& context, Accounts& accounts, ExchangePlan::Activated activated = {});
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // The accounts, or their options, are others than they were.
  void apply();
  // One account's are: its exports and imports, and who imports from it.
  void apply(Account& account);
  // It is about to go.
  void forget(Account& account);

  // A message for a service import, or an answer to one.
  void take(const Mail& mail);
  // The mailbox is empty: what nobody took comes to its end, and what happened while subscriptions
  // ended is told. May make new mail.
  void conclude();
  // Nothing is left to be told.
  bool is_settled() const { return events_.empty(); }
  void on_timer(const Timer& timer);

  // Nobody in `account` listens to `subject`, which may be a pattern, by one subscription fewer.
  void interest_lost(Account& account, std::string_view subject);

 private:
  enum class End { kAnswered, kNotDelivered, kTimeout, kInterestLost, kForgotten };

  void wire(Account& account);
  void unwire(Account& account);
  void end_rewiring();
  void add_service(Account& importer, Account& exporter, const ExchangePlan::Import& plan);
  void log_faults();
  Sharing& sharing_of(Account& account);

  void ask(ServiceImport& import, const Mail& mail);
  void answer(Responses& responses, const Mail& mail);
  Passage* begin(const Mail& mail, uint64_t exported);
  bool trace(Passage& passage, const ServiceImport& import, const Mail& mail);
  void publish(Account& to, Passage& passage, std::string_view content, size_t header_size);
  std::string request_info(const Passage& passage, const ServiceImport& import) const;
  // What a way back is for.
  struct Wanted {
    Account* responder;
    Account* requestor;
    std::string_view reply;
    uint64_t exported;
    ResponseType type;
    Duration threshold;
    bool share;
  };
  Response& open(const Wanted& wanted, std::unique_ptr<Measurement> measurement);
  std::unique_ptr<Measurement> measure(const ServiceImport& import, const Mail& mail) const;
  void touch(Response& response);
  void close(Response& response, End end);
  void publish_latency(Response& response, LatencyStatus status, uint64_t responder = 0);
  void tell_requestor(uint64_t taken_for);
  void tell_events();

  Context& context_;
  Accounts& accounts_;
  ExchangePlan plan_;
  std::deque<Passage> passages_;                 // until the mailbox is empty
  std::vector<std::unique_ptr<Response>> over_;  // closed while passages may name them
  // Of latency: a subscription may end in the middle of a publish, which must not be re-entered.
  struct Event {
    Account* account;
    std::string subject;
    std::string text;
  };
  std::deque<Event> events_;
  // While imports are taken apart and put together again, interest only seems to be lost.
  struct Loss {
    Account* account;
    std::string subject;
  };
  bool is_rewiring_ = false;
  std::vector<Loss> losses_;
  size_t held_ = 0;         // bytes of the passages' contents that mail is waiting for
  uint64_t taken_for_ = 0;  // the client one of whose messages was taken
  uint64_t last_response_ = 0;
  std::string tracking_suffix_;
};

}  // namespace myelin
