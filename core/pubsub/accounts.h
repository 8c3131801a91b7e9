// Accounts: every account of the server, by name. The global one, "$G", is where clients are that
// nobody put elsewhere; the system account hears of the server itself.
//
// An account lives until it is no longer configured and no client refers to it. What accounts share
// with one another is not known here.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/options.h"
#include "core/pubsub/account.h"

namespace myelin {

struct Context;

class Accounts {
 public:
  // With the global and the system account, and those of the context's options.
  explicit Accounts(Context& context);
  ~Accounts();
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  Account& global() const { return *global_; }
  Account* system() const { return system_; }  // nullptr: there is none
  Account* find(std::string_view name) const;

  using ByName = std::map<std::string_view, std::unique_ptr<Account>>;
  const ByName& all() const { return accounts_; }

  // As the context's options now want it: accounts are made, changed, and let go.
  void apply();
  // Those that apply() let go: until it is called again, and somebody refers to them.
  const std::vector<std::unique_ptr<Account>>& retired() const { return retired_; }
  // One account, which is made where there is none.
  Account& apply(std::unique_ptr<const AccountOptions> options);

 private:
  Account& account_of(const std::string& name);
  void apply_system();
  void retire_unnamed();
  void bury_retired();

  Context& context_;
  ByName accounts_;  // the names are the accounts' own
  Account* global_ = nullptr;
  Account* system_ = nullptr;
  std::vector<std::unique_ptr<Account>> retired_;
};

}  // namespace myelin
