// Callouts: where the services are that decide who may come in (ADR-26), and whom they are being
// asked about. The configuration names one; in operator mode an account's claims do.
//
//     Client --ask: a request, signed by the server--> $SYS.REQ.USER.AUTH of the service's account
//     Client <--take: what it answered------------------------------- the request's own inbox
//
// Whether an answer is to be believed, the Client judges. An inbox is good for one answer, in the
// account that was asked; whoever has no patience left, or is gone, gives it up, and what comes
// later is for nobody.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/pubsub/mailbox.h"

namespace myelin {

class Account;
struct ClaimedAccount;
struct Context;

// On whose behalf a service judges, and how it is spoken to: good until the end of the turn.
struct CalloutTerms {
  Account* account = nullptr;    // where it is; nullptr: it is not there
  std::string_view issuer;       // who is to sign, and whom a request is for
  std::string_view xkey;         // requests are sealed for it; empty: they are not
  const ClaimedAccount* claims;  // operator mode: of the account; else nullptr
};

class Callouts {
 public:
  explicit Callouts(Context& context);
  ~Callouts();
  Callouts(const Callouts&) = delete;
  Callouts& operator=(const Callouts&) = delete;

  // Sends a request about a client to the service in an account; its answer will have this number.
  // The content is headers, then payload.
  uint64_t ask(Account& account, uint64_t client, std::string_view content, size_t header_size);
  void give_up(uint64_t number);
  // Accounts that are no longer configured are not kept for their answers.
  void leave_retired();

  // An answer, and which client waits for it; client 0: nobody.
  struct Answer {
    uint64_t client = 0;
    uint64_t number = 0;
    std::string_view payload;
  };
  Answer take(const Mail& mail);

 private:
  struct Service;

  Service& service_in(Account& account);

  Context& context_;
  // Those that were ever asked. Never walked where the order could be seen.
  std::unordered_map<const Account*, std::unique_ptr<Service>> services_;
  uint64_t last_number_ = 0;
  struct Asked {
    const Service* service = nullptr;
    uint64_t client = 0;
    uint64_t number = 0;
  };
  std::map<std::string, Asked, std::less<>> asked_;  // by the last token of their inbox
  std::map<uint64_t, std::string> tokens_;           // by number
};

}  // namespace myelin
