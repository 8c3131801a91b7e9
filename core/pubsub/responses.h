// Responses: the ways back for answers to requests that came from other accounts. One for each
// account that answers.
//
//     requestor's account   PUB help inbox
//     responder's account   MSG help _R_.sLr4Fp.q3b0Zx       the way is opened
//                           PUB _R_.sLr4Fp.q3b0Zx
//     requestor's account   MSG inbox                        and closed, if there is one answer
//
// A single subscription to `_R_.sLr4Fp.>` finds them all. A way ends after its one answer, or after
// an empty one where there may be several; when nobody listens for it any more; when nothing came
// for the export's threshold; and the oldest, when there are too many.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/base/random.h"
#include "core/base/timers.h"
#include "core/options.h"
#include "core/pubsub/mailbox.h"
#include "core/pubsub/service_latency.h"
#include "core/pubsub/subscription.h"

namespace myelin {

class Account;
class Responses;

struct Response {
  explicit Response(uint8_t timer_kind) : timer(timer_kind, this) {}

  std::string subject;  // what the responder answers to
  std::string to;       // what the requestor listens to
  Account* responder = nullptr;
  Account* requestor = nullptr;
  uint64_t exported = 0;  // which export's: ExchangePlan::Export::number
  uint64_t number = 0;    // of all of a server: a total order
  ResponseType type = ResponseType::kSingleton;
  Duration threshold{};
  bool share = false;
  bool is_over = false;
  std::unique_ptr<Measurement> measurement;  // of the latency, until it is published
  Timer timer;
  Response* older = nullptr;
  Response* younger = nullptr;
};

// The ways back to an account, by the subject it listens to.
struct ByListener {
  using is_transparent = void;
  bool operator()(const Response* a, const Response* b) const {
    return std::pair(std::string_view(a->to), a->number) <
           std::pair(std::string_view(b->to), b->number);
  }
  bool operator()(const Response* a, std::string_view to) const { return a->to < to; }
  bool operator()(std::string_view to, const Response* b) const { return to < b->to; }
};
using Awaited = std::set<Response*, ByListener>;

class Responses {
 public:
  // Listens in `account`; what comes is put into the mailbox for `kind`.
  Responses(Account& account, uint8_t kind, Random& random);
  ~Responses();
  Responses(const Responses&) = delete;
  Responses& operator=(const Responses&) = delete;

  Account& account() const { return account_; }
  size_t size() const { return by_subject_.size(); }
  Response* find(std::string_view subject);
  Response* oldest() const { return oldest_; }
  // Takes it over, under a subject that it gives.
  Response& add(std::unique_ptr<Response> response, Random& random, std::string_view suffix);
  std::unique_ptr<Response> remove(Response& response);

 private:
  Account& account_;
  std::string prefix_;
  InternalTaker taker_;
  Subscription::Owner subscription_;
  std::unordered_map<std::string_view, std::unique_ptr<Response>> by_subject_;
  Response* oldest_ = nullptr;
  Response* youngest_ = nullptr;
};

}  // namespace myelin
