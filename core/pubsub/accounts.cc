#include "core/pubsub/accounts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/limits.h"
#include "core/pubsub/client.h"
#include "core/pubsub/context.h"

namespace myelin {
namespace {

// Where there is no other account but the system's, JetStream is the global account's.
std::unique_ptr<const AccountOptions> global_options(const Options& options) {
  auto global = std::make_unique<AccountOptions>();
  global->name = kGlobalAccount;
  global->mappings = options.mappings;
  const bool is_alone =
      !options.operators && std::all_of(options.accounts.begin(), options.accounts.end(),
                                        [&options](const AccountOptions& account) {
                                          return account.name == options.system_account;
                                        });
  if (options.jetstream && is_alone) global->jetstream.emplace();
  return global;
}

}  // namespace

Accounts::Accounts(Context& context) : context_(context) { apply(); }
Accounts::~Accounts() = default;

Account* Accounts::find(std::string_view name) const {
  const auto found = accounts_.find(name);
  return found == accounts_.end() ? nullptr : found->second.get();
}

void Accounts::apply() {
  const Options& options = context_.options;
  global_ = &apply(global_options(options));
  for (const AccountOptions& account : options.accounts) account_of(account.name).apply(account);
  apply_system();
  // Those who look after accounts have let go of what was retired the last time.
  bury_retired();
  retire_unnamed();
}

// One that is not listed has options of its own, and may have borrowed others before; an operator's
// are claimed.
void Accounts::apply_system() {
  const Options& options = context_.options;
  const std::string& name = options.system_account;
  system_ = name.empty() ? nullptr : find(name);
  if (name.empty() || (system_ != nullptr && options.operators)) return;
  const bool is_listed =
      std::any_of(options.accounts.begin(), options.accounts.end(),
                  [&name](const AccountOptions& account) { return account.name == name; });
  if (is_listed) return;
  system_ = &apply(std::make_unique<const AccountOptions>(AccountOptions{.name = name}));
}

Account& Accounts::apply(std::unique_ptr<const AccountOptions> options) {
  Account& account = account_of(options->name);
  account.apply(std::move(options));
  return account;
}

Account& Accounts::account_of(const std::string& name) {
  if (Account* const known = find(name)) return *known;
  auto made = std::make_unique<Account>(context_, name);
  Account& account = *made;
  accounts_.emplace(account.name(), std::move(made));
  return account;
}

// Those that operators vouch for are not in the configuration.
void Accounts::retire_unnamed() {
  const Options& options = context_.options;
  if (options.operators) return;
  std::set<std::string_view> named{kGlobalAccount, options.system_account};
  for (const AccountOptions& account : options.accounts) named.insert(account.name);
  for (auto each = accounts_.begin(); each != accounts_.end();) {
    if (named.count(each->first) > 0) {
      ++each;
    } else {
      each->second->retire();
      retired_.push_back(std::move(each->second));
      each = accounts_.erase(each);
    }
  }
}

// Whoever closed may still be on its way out.
void Accounts::bury_retired() {
  if (retired_.empty()) return;
  std::set<const Account*> held;
  for (const auto& [id, client] : context_.clients) held.insert(&client->account());
  std::erase_if(retired_, [&held](const std::unique_ptr<Account>& account) {
    return held.count(account.get()) == 0 && account->internals().empty();
  });
}

}  // namespace myelin
