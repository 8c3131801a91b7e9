// Callouts: where the service is that decides who may come in (ADR-26), and whom it is being asked
// about.
//
//     Client --ask: a request, signed by the server--> $SYS.REQ.USER.AUTH of the service's account
//     Client <--take: what it answered------------------------------- the request's own inbox
//
// Whether an answer is to be believed, the Client judges. An inbox is good for one answer; whoever
// has no patience left, or is gone, gives it up, and what comes later is for nobody.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/pubsub/mailbox.h"
#include "core/pubsub/subscription.h"

namespace myelin {

class Account;
struct Context;

class Callouts {
 public:
  explicit Callouts(Context& context);
  ~Callouts();
  Callouts(const Callouts&) = delete;
  Callouts& operator=(const Callouts&) = delete;

  // The service's account, or nullptr.
  Account* account() const;
  // Sends a request about a client; its answer will have this number. The content is headers, then
  // payload. Nothing to be had without an account.
  uint64_t ask(uint64_t client, std::string_view content, size_t header_size);
  void give_up(uint64_t number);

  // An answer, and which client waits for it; client 0: nobody.
  struct Answer {
    uint64_t client = 0;
    uint64_t number = 0;
    std::string_view payload;
  };
  Answer take(const Mail& mail);

 private:
  void enter(Account& account);
  void leave();

  Context& context_;
  InternalTaker taker_;
  std::string inbox_;  // with a dot behind it
  Account* account_ = nullptr;
  Subscription::Owner subscription_;
  uint64_t last_number_ = 0;
  struct Asked {
    uint64_t client = 0;
    uint64_t number = 0;
  };
  std::map<std::string, Asked, std::less<>> asked_;  // by the last token of their inbox
  std::map<uint64_t, std::string> tokens_;           // by number
};

}  // namespace myelin
