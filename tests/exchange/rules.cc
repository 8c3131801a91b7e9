#include "tests/exchange/rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "core/pubsub/exchange_plan.h"
#include "hosts/sim/broken_promise.h"
#include "tests/exchange/tokens.h"

namespace myelin::exchange {
namespace {

const AccountOptions* find(const std::vector<AccountOptions>& accounts, const std::string& name) {
  const auto found = std::find_if(accounts.begin(), accounts.end(),
                                  [&](const AccountOptions& each) { return each.name == name; });
  return found == accounts.end() ? nullptr : &*found;
}

bool may_import(const AccountOptions& exporter, const std::string& importer,
                const ImportOptions& import) {
  const ExportOptions* narrowest = nullptr;
  for (const ExportOptions& each : exporter.exports) {
    if (each.is_service != import.is_service || !contains(each.subject, import.subject)) continue;
    if (narrowest == nullptr || contains(narrowest->subject, each.subject)) narrowest = &each;
  }
  if (narrowest == nullptr) return false;
  if (narrowest->account_token_position > 0) {
    const TokenList tokens = split(import.subject);
    const size_t at = narrowest->account_token_position - 1;
    return narrowest->subject != import.subject && at < tokens.size() && tokens[at] == importer;
  }
  const std::vector<std::string>& named = narrowest->accounts;
  return named.empty() || std::find(named.begin(), named.end(), importer) != named.end();
}

// Why an import does not hold, circles apart; "": it does.
std::string refusal(const std::vector<AccountOptions>& accounts, const AccountOptions& importer,
                    const ImportOptions& import, const std::vector<ImportOptions>& before) {
  const AccountOptions* exporter = find(accounts, import.account);
  if (exporter == nullptr) return "not defined";
  if (!may_import(*exporter, importer.name, import)) return "not authorized";
  if (is_pattern(import.prefix)) return "prefix";
  for (const ImportOptions& other : before) {
    if (other.is_service != import.is_service || other.account != import.account) continue;
    if (!import.is_service && other.subject == import.subject) return "already exists";
    if (import.is_service &&
        pattern_of(exchange::own_name(other)) == pattern_of(exchange::own_name(import))) {
      return "duplicate";
    }
  }
  return "";
}

// Whether imports of one kind lead from one account to the other.
bool leads(const std::vector<AccountOptions>& accounts, const std::string& from,
           const std::string& to, bool is_service) {
  std::set<std::string> reached{from};
  for (bool grows = true; grows;) {
    grows = false;
    for (const AccountOptions& each : accounts) {
      if (!reached.contains(each.name)) continue;
      for (const ImportOptions& import : each.imports) {
        if (import.is_service == is_service) grows |= reached.insert(import.account).second;
      }
    }
  }
  return reached.contains(to);
}

// Under one and the same subject: with other names, it is found when a request has gone round.
bool goes_round(const Model::Imports& imports, const std::string& from, const std::string& at,
                const std::string& subject, size_t depth) {
  if (depth > imports.size()) return false;
  const auto found = imports.find(at);
  if (found == imports.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(), [&](const ImportOptions& each) {
    if (!each.is_service || each.account == at) return false;
    if (exchange::own_name(each) != each.subject || !fits(each.subject, subject)) return false;
    return each.account == from || goes_round(imports, from, each.account, subject, depth + 1);
  });
}

[[noreturn]] void broken(const std::string& account, const ImportOptions& import,
                         const std::string& seen) {
  throw sim::BrokenPromise("an import holds or not, by the rules",
                           account + " imports " + import.subject + " of " + import.account +
                               " as " + exchange::own_name(import) + ": " + seen);
}

}  // namespace

Model::Imports check_plan(const std::vector<AccountOptions>& accounts) {
  ExchangePlan plan(true);
  for (const AccountOptions& each : accounts) plan.set(each);
  for (const AccountOptions& each : accounts) plan.plan(each.name);
  std::multimap<std::string, std::string> faults;  // by account and subject
  for (const ExchangePlan::Fault& each : plan.take_faults()) {
    faults.emplace(std::string(each.account), each.text);
  }
  Model::Imports held;
  for (const AccountOptions& account : accounts) {
    std::vector<ImportOptions>& imports = held[account.name];
    for (const bool is_service : {false, true}) {
      for (const ImportOptions& import : account.imports) {
        if (import.is_service != is_service) continue;
        const auto& planned = plan.find(account.name)->imports;
        const bool holds =
            std::any_of(planned.begin(), planned.end(),
                        [&](const ExchangePlan::Import& each) { return each.options == &import; });
        const std::string why = refusal(accounts, account, import, imports);
        if (holds && !why.empty()) broken(account.name, import, "holds, though " + why);
        if (holds) imports.push_back(import);
        if (holds || !why.empty()) continue;
        if (!leads(accounts, import.account, import.account, is_service) &&
            !leads(accounts, import.account, account.name, is_service)) {
          broken(account.name, import, "is refused");
        }
        const auto [begin, end] = faults.equal_range(account.name);
        if (std::none_of(begin, end, [](const auto& each) {
              return each.second.find("import forms a cycle") != std::string::npos;
            })) {
          broken(account.name, import, "is refused, and it is not said why");
        }
      }
    }
  }
  for (const auto& [name, imports] : held) {
    for (const ImportOptions& each : imports) {
      for (const char* subject : {"a", "b", "a.b", "a.b.c", "c.a"}) {
        if (goes_round(held, name, name, subject, 0)) broken(name, each, "goes round");
      }
    }
  }
  return held;
}

}  // namespace myelin::exchange
