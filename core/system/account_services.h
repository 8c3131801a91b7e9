// AccountServices: what an account has of the system account without having imported it: its users
// ask who they are, and for the account's own connections and statistics.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/pubsub/account.h"
#include "core/pubsub/mailbox.h"
#include "core/pubsub/subscription.h"

namespace myelin {

class AccountServices {
 public:
  enum class What : uint8_t { kConnections, kStatistics, kUser };
  // What a piece of mail is for; the owner of its taker.
  struct Service {
    AccountServices* services = nullptr;
    What what = What::kUser;
    InternalTaker taker;
    Subscription::Owner subscription;
  };

  // `kind` is that of its takers.
  AccountServices(Account& account, uint8_t kind);
  AccountServices(const AccountServices&) = delete;
  AccountServices& operator=(const AccountServices&) = delete;

  Account& account() const { return account_; }
  // As the account's options now have it: what it imports itself is not added.
  void apply(const Account& system);
  // Before the account is let go.
  void close(Mailbox& mailbox);

 private:
  void set(Service& service, std::string_view subject, bool is_wanted);

  Account& account_;
  std::array<Service, 4> services_;
};

}  // namespace myelin
