#include "core/pubsub/exchange_plan.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/limits.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

constexpr std::string_view kInvalidSubject = "sublist: invalid subject";
constexpr std::string_view kInvalidPublishSubject = "invalid publish subject";
constexpr std::string_view kNoSystemAccount = "system account not setup";
constexpr std::string_view kBadSampling = "bad sampling percentage, should be 1-100";
constexpr std::string_view kBadResponseType = "bad service response type";
constexpr std::string_view kStreamNotAuthorized = "stream import not authorized";
constexpr std::string_view kServiceNotAuthorized = "service import not authorized";
constexpr std::string_view kBadPrefix = "stream import prefix can not contain wildcard tokens";
constexpr std::string_view kDuplicateStream = "stream import already exists";
constexpr std::string_view kCycle = "import forms a cycle";
constexpr std::string_view kTooDeep = "search cycle depth exhausted";

std::string text(std::string_view constant) { return std::string(constant); }

std::optional<std::string_view> token_at(std::string_view subject, uint32_t position) {
  Tokens tokens(subject);
  std::optional<std::string_view> token = tokens.next();
  for (uint32_t at = 1; token && at < position; ++at) token = tokens.next();
  return token;
}

bool is_among(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const ExchangePlan::Exports& exports_of(const ExchangePlan::Party& party, bool is_service) {
  return is_service ? party.services : party.streams;
}

}  // namespace

ExchangePlan::ExchangePlan(bool has_system_account, Activated activated)
    : has_system_account_(has_system_account), activated_(std::move(activated)) {}

void ExchangePlan::set(const AccountOptions& options) {
  Party& party = parties_[options.name];
  party.name = options.name;
  party.options = &options;
  unlink(party);
  party.exporters.clear();
  for (const ImportOptions& each : options.imports) {
    if (importers_[each.account].insert(options.name).second) {
      party.exporters.push_back(each.account);
    }
  }
  party.streams.clear();
  party.services.clear();
  party.imports.clear();
  for (const ExportOptions& each : options.exports) {
    if (!each.is_service) add_export(party, each);
  }
  for (const ExportOptions& each : options.exports) {
    if (each.is_service) add_export(party, each);
  }
}

void ExchangePlan::forget(std::string_view account) {
  const auto found = parties_.find(account);
  if (found == parties_.end()) return;
  found->second.name = found->first;
  unlink(found->second);
  parties_.erase(found);
}

void ExchangePlan::unlink(const Party& party) {
  for (const std::string& each : party.exporters) {
    const auto importers = importers_.find(each);
    importers->second.erase(std::string(party.name));
    if (importers->second.empty()) importers_.erase(importers);
  }
}

void ExchangePlan::plan(std::string_view account) {
  const auto found = parties_.find(account);
  if (found == parties_.end()) return;
  Party& party = found->second;
  party.imports.clear();
  for (const ImportOptions& each : party.options->imports) {
    if (!each.is_service) add_import(party, each);
  }
  for (const ImportOptions& each : party.options->imports) {
    if (each.is_service) add_import(party, each);
  }
}

const ExchangePlan::Party* ExchangePlan::find(std::string_view account) const {
  const auto found = parties_.find(account);
  return found == parties_.end() ? nullptr : &found->second;
}

std::vector<std::string> ExchangePlan::importers_of(std::string_view account) const {
  const auto found = importers_.find(account);
  if (found == importers_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

std::vector<ExchangePlan::Fault> ExchangePlan::take_faults() {
  return std::exchange(faults_, std::vector<Fault>());
}

void ExchangePlan::fault(const Party& party, std::string words, std::string reason) {
  faults_.push_back({.account = party.name, .text = words + reason, .reason = std::move(reason)});
}

// Exports -------------------------------------------------------------------------------------

// Where several patterns take the subject, the narrowest decides: nats-server asks any of them.
const ExchangePlan::Export* ExchangePlan::find_export(const Exports& exports,
                                                      std::string_view subject) {
  const auto exact = exports.find(subject);
  if (exact != exports.end()) return &exact->second;
  const Exports::value_type* narrowest = nullptr;
  for (const auto& each : exports) {
    if (!is_subset(subject, each.first)) continue;
    if (narrowest == nullptr || is_subset(each.first, narrowest->first)) narrowest = &each;
  }
  return narrowest == nullptr ? nullptr : &narrowest->second;
}

void ExchangePlan::add_export(Party& party, const ExportOptions& options) {
  const std::string kind = options.is_service ? "service" : "stream";
  const std::string quoted = go_quote(options.subject);
  Exports& exports = options.is_service ? party.services : party.streams;
  Export& to = exports[options.subject];
  to.number = ++last_export_;
  if (std::optional<std::string> reason = grant(to, options)) {
    exports.erase(options.subject);
    return fault(party, "Error adding " + kind + " export " + quoted + ": ", std::move(*reason));
  }
  if (!options.is_service) return;
  if (options.response_type != ResponseType::kSingleton) to.response_type = options.response_type;
  to.response_threshold = options.response_threshold;
  to.allow_trace = to.allow_trace || options.allow_trace;
  if (!options.latency) return;
  const std::string sampling = "Error adding service latency sampling for " + quoted;
  if (!has_system_account_) return fault(party, sampling + ": ", text(kNoSystemAccount));
  if (std::optional<std::string> reason = track(party, to, *options.latency)) {
    fault(party, sampling + " on subject " + go_quote(options.latency->subject) + ": ",
          std::move(*reason));
  }
}

std::optional<std::string> ExchangePlan::grant(Export& to, const ExportOptions& options) const {
  const uint32_t position = options.account_token_position;
  if (position > 0) {
    const std::optional<std::string_view> token = token_at(options.subject, position);
    if (!token || !is_single_wildcard(*token)) return text(kInvalidSubject);
    to.account_token_position = position;
  }
  to.token_required = to.token_required || options.token_required;
  to.accounts.insert(to.accounts.end(), options.accounts.begin(), options.accounts.end());
  for (const auto& each : options.revocations) to.revocations.push_back(&each);
  return std::nullopt;
}

std::optional<std::string> ExchangePlan::track(const Party& party, Export& to,
                                               const LatencyOptions& latency) {
  if (latency.sampling > 100) return text(kBadSampling);
  // What is said of a service must not ask one.
  if (!is_valid_subject(latency.subject) || !is_literal(latency.subject) ||
      find_export(party.services, latency.subject) != nullptr) {
    return text(kInvalidPublishSubject);
  }
  if (to.response_type != ResponseType::kSingleton) return text(kBadResponseType);
  to.latency = &latency;
  return std::nullopt;
}

// Imports -------------------------------------------------------------------------------------

void ExchangePlan::add_import(Party& party, const ImportOptions& options) {
  const std::string kind = options.is_service ? "service" : "stream";
  const Party* exporter = find(options.account);
  if (exporter == nullptr) {
    return fault(party, "",
                 go_quote(options.account) + " account not defined for " + kind + " import");
  }
  std::optional<std::string> reason = options.is_service ? add_service(party, options, *exporter)
                                                         : add_stream(party, options, *exporter);
  if (!reason) return;
  fault(party, "Error adding " + kind + " import " + go_quote(options.subject) + ": ",
        std::move(*reason));
}

bool ExchangePlan::is_authorized(const Party& importer, const ImportOptions& options,
                                 const Party& exporter) const {
  const Exports& exports = exports_of(exporter, options.is_service);
  if (!is_valid_subject(options.subject)) return false;
  const Export* granted = find_export(exports, options.subject);
  if (granted == nullptr) return false;
  if (granted->is_public()) return true;
  if (granted->account_token_position > 0) {
    // Who imports the export's own pattern does not say who he is.
    const bool is_exact = exports.find(options.subject) != exports.end();
    return !is_exact && token_at(options.subject, granted->account_token_position) == importer.name;
  }
  if (granted->token_required) {
    return activated_ && activated_(importer.name, options, exporter.name, *granted);
  }
  return is_among(granted->accounts, importer.name);
}

std::optional<std::string> ExchangePlan::add_stream(Party& party, const ImportOptions& options,
                                                    const Party& exporter) {
  if (!is_authorized(party, options, exporter)) return text(kStreamNotAuthorized);
  const std::string& theirs = options.subject;
  std::string ours = options.to.empty() ? theirs : options.to;
  if (!options.prefix.empty()) {
    if (!is_literal(options.prefix)) return text(kBadPrefix);
    ours = options.prefix + (options.prefix.back() == '.' ? "" : ".") + theirs;
  }
  for (const std::string& subject : {ours, theirs}) {
    Path visited{party.name};
    if (std::optional<std::string> cycle = stream_cycle(exporter, subject, visited)) return cycle;
  }
  Import import{.options = &options};
  if (!is_literal(theirs)) {
    import.keeps_subject = ours == theirs;
    if (!import.keeps_subject) {
      Result<Renaming> names = Renaming::compile(theirs, ours);
      if (!names.ok()) {
        return "failed to create mapping transform for stream import subject from " +
               go_quote(theirs) + " to " + go_quote(ours) + ": " + names.error().context;
      }
      import.names = std::make_unique<const Renaming>(std::move(names.value()));
      ours = Renaming::as_pattern(ours);
    }
  }
  for (const Import& other : party.imports) {
    if (!other.options->is_service && other.options->account == options.account &&
        other.options->subject == theirs) {
      return text(kDuplicateStream);
    }
  }
  import.ours = std::move(ours);
  party.imports.push_back(std::move(import));
  return std::nullopt;
}

std::optional<std::string> ExchangePlan::add_service(Party& party, const ImportOptions& options,
                                                     const Party& exporter) {
  const std::string& theirs = options.subject;
  std::string ours = options.to.empty() ? theirs : options.to;
  if (!is_valid_subject(ours) || !is_valid_subject(theirs)) return text(kInvalidSubject);
  if (!is_authorized(party, options, exporter)) return text(kServiceNotAuthorized);
  Import import{.options = &options};
  std::string pattern = is_literal(theirs) ? ours : Renaming::as_pattern(ours);
  Path visited{party.name};
  if (std::optional<std::string> cycle = service_cycle(exporter, pattern, visited)) return cycle;
  for (const Import& other : party.imports) {
    if (other.options->is_service && other.options->account == options.account &&
        other.ours == pattern) {
      return "duplicate service import subject " + go_quote(ours) +
             ", previously used in import for account " + go_quote(options.account) + ", subject " +
             go_quote(other.options->subject);
    }
  }
  if (!is_literal(theirs)) {
    import.keeps_subject = ours == theirs;
    if (!import.keeps_subject) {
      Result<Renaming> names = Renaming::compile(theirs, ours);
      if (!names.ok()) {
        return "failed to create mapping transform for service import subject from " +
               go_quote(ours) + " to " + go_quote(theirs) + ": " + names.error().context;
      }
      import.names = std::make_unique<const Renaming>(std::move(names.value()));
    }
  }
  import.ours = std::move(pattern);
  party.imports.push_back(std::move(import));
  return std::nullopt;
}

// Cycles --------------------------------------------------------------------------------------

// Whether what `at` exports under `ours` comes, over its own imports, from somebody visited.
std::optional<std::string> ExchangePlan::stream_cycle(const Party& at, std::string_view ours,
                                                      Path& visited) const {
  if (visited.size() >= kImportDepthMax) return text(kTooDeep);
  const bool is_exported =
      std::any_of(at.streams.begin(), at.streams.end(),
                  [ours](const auto& each) { return is_subset(ours, each.first); });
  if (!is_exported) return std::nullopt;
  for (const Import& import : at.imports) {
    if (import.options->is_service || !collide(ours, import.ours)) continue;
    if (is_among(visited, import.options->account)) return text(kCycle);
    if (!is_among(visited, at.name)) visited.push_back(at.name);
    const Party* next = find(import.options->account);
    if (next == nullptr) continue;
    const std::string_view narrow = is_subset(import.ours, ours) ? import.ours : ours;
    if (std::optional<std::string> cycle = stream_cycle(*next, narrow, visited)) return cycle;
  }
  return std::nullopt;
}

// Whether a request that `at` is asked under `ours` would be handed on to somebody visited.
std::optional<std::string> ExchangePlan::service_cycle(const Party& at, std::string_view ours,
                                                       Path& visited) const {
  if (visited.size() >= kImportDepthMax) return text(kTooDeep);
  for (const Import& import : at.imports) {
    if (!import.options->is_service || !collide(ours, import.options->subject)) continue;
    if (is_among(visited, import.options->account)) return text(kCycle);
    if (!is_among(visited, at.name)) visited.push_back(at.name);
    const Party* next = find(import.options->account);
    if (next == nullptr) continue;
    const std::string_view narrow = is_subset(import.ours, ours) ? import.ours : ours;
    if (std::optional<std::string> cycle = service_cycle(*next, narrow, visited)) return cycle;
  }
  return std::nullopt;
}

// Configuration -------------------------------------------------------------------------------

std::vector<std::string> check_exchange(const Options& options) {
  ExchangePlan plan(!options.system_account.empty());
  std::vector<std::string> faults;
  for (const AccountOptions& account : options.accounts) plan.set(account);
  for (const AccountOptions& account : options.accounts) {
    for (const ExportOptions& each : account.exports) {
      for (const std::string& name : each.accounts) {
        if (plan.find(name) != nullptr) continue;
        faults.push_back(go_quote(name) + " account not defined for " +
                         (each.is_service ? "service" : "stream") + " export");
      }
    }
  }
  for (const AccountOptions& account : options.accounts) plan.plan(account.name);
  for (ExchangePlan::Fault& fault : plan.take_faults()) faults.push_back(std::move(fault.text));
  return faults;
}

}  // namespace myelin
