#include "core/pubsub/resolver.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/identity/claims_check.h"
#include "core/identity/nkey.h"
#include "core/limits.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/client.h"
#include "core/pubsub/context.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

Error failure(std::string text) { return {Errc::kInvalid, std::move(text)}; }

bool keeps_files(ResolverKind kind) {
  return kind == ResolverKind::kFull || kind == ResolverKind::kCache;
}

}  // namespace

struct Resolver::Entry {
  Entry(std::string with_name, Resolver& of)
      : name(std::move(with_name)), resolver(of), expiry(kExpiryTimer, this) {}

  std::string name;
  Resolver& resolver;
  std::optional<ClaimedAccount> claimed;
  bool is_fetching = false;
  bool is_imported_from = false;  // its absence is remembered
  std::vector<Entry*> exporters;  // that its claims name
  std::vector<Entry*> importers;  // whose claims name it
  std::set<uint64_t> waiting;     // clients
  Timer expiry;
};

Resolver::Resolver(Context& context, const KeyCodecs& codecs)
    : context_(context), codecs_(codecs), fetch_timer_(kFetchTimer, this) {}
Resolver::~Resolver() = default;

// Options ---------------------------------------------------------------------------------------

void Resolver::apply() {
  const std::optional<OperatorOptions>& options = context_.options.operators;
  if (!options) return;
  kind_ = options->resolver;
  operators_ = Operators(*options, codecs_);
  kept_.clear();
  removed_.clear();
  if (kind_ == ResolverKind::kMemory) {
    renew_from_memory();
  } else if (keeps_files(kind_)) {
    renew_from_files();
  }
  make_system_account();
}

const std::string* Resolver::find_preloaded(std::string_view account) const {
  const std::optional<OperatorOptions>& options = context_.options.operators;
  if (!options || removed_.find(account) != removed_.end()) return nullptr;
  const auto& all = options->preload;
  const auto found =
      std::lower_bound(all.begin(), all.end(), account,
                       [](const auto& each, std::string_view than) { return each.first < than; });
  return found == all.end() || found->first != account ? nullptr : &found->second;
}

const std::string* Resolver::find_kept(std::string_view account) const {
  const auto found = kept_.find(account);
  return found == kept_.end() ? find_preloaded(account) : &found->second;
}

// What was kept since the start is forgotten.
void Resolver::renew_from_memory() {
  std::vector<std::string> gone;
  for (const auto& [name, entry] : entries_) {
    if (!entry->claimed) continue;
    const std::string* const kept = find_kept(name);
    if (kept == nullptr) {
      gone.push_back(name);
    } else {
      warn_of(*entry, take(*entry, *kept));
    }
  }
  for (const std::string& name : gone) remove(name);
}

// Somebody may have put others there; of those that are preloaded, the younger are used.
void Resolver::renew_from_files() {
  for (const auto& [name, entry] : entries_) to_renew_.insert(name);
  for (const auto& [name, jwt] : context_.options.operators->preload) to_renew_.insert(name);
  while (!to_renew_.empty() && renewing_ < kAccountRenewalsMax) renew_next();
}

// One after the other, each in a turn of its own: there may be very many.
void Resolver::renew_next() {
  const std::string name = std::move(to_renew_.extract(to_renew_.begin()).value());
  ++renewing_;
  ask({.kind = ResolverRequest::Kind::kFetch, .account = name}, [this, name](const Answer& answer) {
    --renewing_;
    const std::string jwt = prefer_preloaded(name, answer);
    Entry* const entry = find_entry(name);
    if (!jwt.empty() && entry != nullptr && entry->claimed) warn_of(*entry, take(*entry, jwt));
    if (!to_renew_.empty()) return renew_next();
    if (renewing_ == 0) release_lists();
  });
}

// What is to be used: the preloaded claims, unless those that are kept are younger. Whoever keeps
// them is told.
std::string Resolver::prefer_preloaded(const std::string& account, const Answer& answer) {
  const std::string kept = answer.ok() ? answer.value() : std::string();
  const std::string* const preloaded = find_preloaded(account);
  if (preloaded == nullptr || kept == *preloaded) return kept;
  if (!keeps_files(kind_)) return kept.empty() ? *preloaded : kept;
  const auto ours = read_generic_claims(codecs_, *preloaded);
  const auto theirs = read_generic_claims(codecs_, kept);
  const bool is_theirs_good = ours.ok() && theirs.ok() && theirs.value().sub == account;
  if (is_theirs_good &&
      (theirs.value().jti == ours.value().jti || theirs.value().iat > ours.value().iat)) {
    return kept;
  }
  ask({.kind = ResolverRequest::Kind::kStore, .account = account, .jwt = *preloaded},
      [this](const Answer& stored) {
        if (stored.ok()) return;
        context_.log.write(LogLevel::kError,
                           "Preloaded account not kept: " + stored.error().context);
      });
  return *preloaded;
}

// Where its claims cannot be had at the start, an operator's system account is there all the same,
// so that they can be brought (nats-server): what its own key signs lets in.
void Resolver::make_system_account() {
  Account* const system = context_.accounts->system();
  if (system == nullptr || !is_nkey(system->name(), NkeyKind::kAccount)) return;
  Entry& entry = entry_of(system->name());
  if (entry.claimed) return;
  const std::string& known = context_.options.operators->system_account_jwt;
  const std::string* const preloaded = find_preloaded(system->name());
  if (!known.empty()) {
    warn_of(entry, take(entry, known));
  } else if (preloaded != nullptr) {
    warn_of(entry, take(entry, *preloaded));
  }
  if (entry.claimed || operators_.claims().size() != 1 || kind_ == ResolverKind::kMemory) return;
  AccountClaims claims;
  claims.sub = entry.name;
  claims.iss = operators_.claims()[0].iss;
  claims.limits.subs = claims.limits.payload = claims.limits.conn = claims.limits.leaf = kNoLimit;
  entry.claimed = ClaimedAccount{.claims = std::move(claims), .updated = context_.now.wall};
  make_account(entry);
}

// Looking up ------------------------------------------------------------------------------------

Resolver::Entry* Resolver::find_entry(std::string_view account) const {
  const auto found = entries_.find(account);
  return found == entries_.end() ? nullptr : found->second.get();
}

Resolver::Entry& Resolver::entry_of(std::string_view account) {
  if (Entry* const known = find_entry(account)) return *known;
  auto made = std::make_unique<Entry>(std::string(account), *this);
  Entry& entry = *made;
  entries_.emplace(entry.name, std::move(made));
  return entry;
}

const ClaimedAccount* Resolver::find(std::string_view account) const {
  const Entry* const entry = find_entry(account);
  return entry != nullptr && entry->claimed ? &*entry->claimed : nullptr;
}

bool Resolver::is_settled_for(std::string_view account, uint64_t client) {
  if (!is_nkey(account, NkeyKind::kAccount)) return true;
  Entry& entry = entry_of(account);
  entry.waiting.insert(client);
  const bool is_current = entry.claimed && !entry.claimed->is_expired(context_.now.wall);
  const bool has_room = wanted_.size() < kAccountsWantedMax;
  if (!is_current && !entry.is_fetching && has_room) want(entry);
  fetch_wanted();
  Entry* const still = find_entry(account);
  if (still != nullptr && !is_settled(*still)) return false;
  // It is told at once, not by take_settled().
  std::erase(settled_, client);
  if (still != nullptr) {
    still->waiting.erase(client);
    forget_if_idle(*still);
  }
  return true;
}

std::vector<uint64_t> Resolver::take_settled() { return std::exchange(settled_, {}); }

// The account, and those it imports from, and so on. Claims say who that is: they may name very
// many, one behind the other.
bool Resolver::is_settled(const Entry& entry) const {
  if (unknown_.empty()) return true;
  Group seen{&entry};
  std::vector<const Entry*> left{&entry};
  while (!left.empty()) {
    const Entry* const next = left.back();
    left.pop_back();
    if (next->is_fetching) return false;
    for (const Entry* exporter : next->exporters) {
      if (seen.insert(exporter).second) left.push_back(exporter);
    }
  }
  return true;
}

// And whoever imports from them, or from those who do, and so on.
Resolver::Group Resolver::with_importers(const Group& group) {
  Group all = group;
  std::vector<const Entry*> left(group.begin(), group.end());
  while (!left.empty()) {
    const Entry* const next = left.back();
    left.pop_back();
    for (const Entry* importer : next->importers) {
      if (all.insert(importer).second) left.push_back(importer);
    }
  }
  return all;
}

void Resolver::want(Entry& entry) {
  entry.is_fetching = true;
  unknown_.insert(&entry);
  wanted_.push_back(entry.name);
}

// What claims that were just taken name is wanted in its turn: not by recursion, for claims come
// from outside.
void Resolver::fetch_wanted() {
  if (std::exchange(is_fetching_wanted_, true)) return;
  size_t fetched_now = 0;
  while (!wanted_.empty() && fetching_ < kAccountFetchesMax) {
    if (kind_ == ResolverKind::kMemory && ++fetched_now > kAccountsTakenMax) {
      context_.timers.set(fetch_timer_, context_.now.mono + Duration(1));  // not in this turn
      break;
    }
    const std::string name = std::move(wanted_.front());
    wanted_.pop_front();
    Entry* const entry = find_entry(name);
    if (entry == nullptr) continue;
    is_awaited(*entry) ? fetch(*entry) : give_up(*entry);
  }
  is_fetching_wanted_ = false;
}

// By a log-in that still waits, or for what others import from it.
bool Resolver::is_awaited(Entry& entry) const {
  std::erase_if(entry.waiting, [this](uint64_t id) {
    const Client* const client = context_.find(id);
    return client == nullptr || client->is_closing();
  });
  return entry.is_imported_from || !entry.waiting.empty();
}

void Resolver::give_up(Entry& entry) {
  entry.is_fetching = false;
  unknown_.erase(&entry);
  forget_if_idle(entry);
}

void Resolver::forget_if_idle(const Entry& entry) {
  const bool is_idle = !entry.claimed && !entry.is_imported_from && !entry.is_fetching;
  if (is_idle && entry.waiting.empty()) entries_.erase(entries_.find(entry.name));
}

void Resolver::fetch(Entry& entry) {
  const std::string name = entry.name;
  if (kind_ == ResolverKind::kMemory) {
    const std::string* const kept = find_kept(name);
    return fetched(name, kept != nullptr ? Answer(*kept) : Answer(failure("account missing")));
  }
  if (kind_ == ResolverKind::kNone) return fetched(name, failure("account missing"));
  ++fetching_;
  ask({.kind = ResolverRequest::Kind::kFetch, .account = name}, [this, name](const Answer& answer) {
    --fetching_;
    fetched(name, answer);
    fetch_wanted();
  });
}

void Resolver::fetched(const std::string& account, const Answer& answer) {
  Entry* const entry = find_entry(account);
  if (entry == nullptr) return;
  entry->is_fetching = false;
  unknown_.erase(entry);
  const std::string jwt = prefer_preloaded(account, answer);
  if (jwt.empty()) {
    context_.log.write(LogLevel::kWarning, "Account fetch failed: " +
                                               (answer.ok() ? std::string("account jwt not found")
                                                            : answer.error().context));
  } else {
    warn_of(*entry, take(*entry, jwt));
  }
  settle(*entry);
  forget_if_idle(*entry);
}

void Resolver::warn_of(const Entry& entry, const Status& taken) {
  if (taken.ok()) return;
  context_.log.write(LogLevel::kWarning,
                     "Account [" + entry.name + "] cannot be used: " + taken.error().context);
}

// More is known of an account: whoever waits for it, or for one that imports from it, may have
// waited for nothing else.
void Resolver::settle(const Entry& entry) {
  std::vector<std::string> waiting;
  for (const Entry* each : with_importers({&entry})) {
    if (!each->waiting.empty()) waiting.push_back(each->name);
  }
  if (waiting.empty()) return;
  if (waiting.size() == 1) {
    if (is_settled(*find_entry(waiting.front()))) release(waiting.front());
    return;
  }
  const Group unsettled = with_importers(unknown_);
  std::sort(waiting.begin(), waiting.end());
  for (const std::string& name : waiting) {
    if (unsettled.count(find_entry(name)) == 0) release(name);
  }
}

void Resolver::release(const std::string& account) {
  Entry& entry = *find_entry(account);
  settled_.insert(settled_.end(), entry.waiting.begin(), entry.waiting.end());
  entry.waiting.clear();
}

// Claims ----------------------------------------------------------------------------------------

Result<AccountClaims> Resolver::verify(std::string_view account, const std::string& jwt) const {
  auto claims = read_claims<AccountClaims>(codecs_, jwt);
  if (!claims.ok()) return claims;
  if (!operators_.trusts(claims.value().iss) || claims.value().sub != account) {
    return failure("account validation failed");
  }
  if (is_blocking(check(claims.value(), codecs_, context_.now.wall), true)) {
    return failure("account validation failed");
  }
  return claims;
}

Status Resolver::take(Entry& entry, const std::string& jwt) {
  if (entry.claimed && entry.claimed->jwt == jwt) return kOk;
  auto claims = verify(entry.name, jwt);
  if (!claims.ok()) return claims.error();
  const bool is_strict = operators_.is_strict(claims.value().iss);
  const std::optional<ClaimedAccount> before = std::move(entry.claimed);
  entry.claimed = ClaimedAccount{.claims = std::move(claims.value()),
                                 .jwt = jwt,
                                 .is_strict = is_strict,
                                 .updated = context_.now.wall};
  set_expiry(entry);
  make_account(entry);
  if (before) judge_clients(entry, *before);
  return kOk;
}

Account& Resolver::apply_claims(const Entry& entry) {
  return context_.accounts->apply(
      std::make_unique<const AccountOptions>(to_account_options(entry.claimed->claims)));
}

void Resolver::make_account(Entry& entry) {
  Account& account = apply_claims(entry);
  set_exporters(entry);
  if (changed_) changed_(account);
  fetch_wanted();
}

// Those that are not known are asked for.
void Resolver::set_exporters(Entry& entry) {
  for (Entry* exporter : std::exchange(entry.exporters, {}))
    std::erase(exporter->importers, &entry);
  for (const ImportClaim& import : entry.claimed->claims.imports) {
    if (!is_nkey(import.account, NkeyKind::kAccount)) continue;
    Entry& exporter = entry_of(import.account);
    exporter.is_imported_from = true;
    if (!exporter.claimed && !exporter.is_fetching) want(exporter);
    const auto& known = entry.exporters;
    if (std::find(known.begin(), known.end(), &exporter) != known.end()) continue;
    entry.exporters.push_back(&exporter);
    exporter.importers.push_back(&entry);
  }
}

Status Resolver::renew(std::string_view account, const std::string& jwt) {
  Entry* const entry = find_entry(account);
  if (entry == nullptr || !entry->claimed) return failure("account missing");
  if (kind_ == ResolverKind::kMemory) {
    const auto claims = verify(account, jwt);
    if (!claims.ok()) return claims.error();
    kept_[entry->name] = jwt;
  }
  return take(*entry, jwt);
}

void Resolver::remove(std::string_view account) {
  kept_.erase(std::string(account));
  if (find_preloaded(account) != nullptr) removed_.emplace(account);
  Entry* const entry = find_entry(account);
  if (entry == nullptr || !entry->claimed) return;
  context_.log.write(LogLevel::kDebug, "Disable account " + entry->name + " due to remove");
  AccountClaims none;
  none.sub = entry->name;
  none.iss = entry->claimed->claims.iss;
  none.exp = 1;
  entry->claimed = ClaimedAccount{.claims = std::move(none), .updated = context_.now.wall};
  entry->expiry.cancel();
  Account& changed = apply_claims(*entry);
  if (changed_) changed_(changed);
  expire(*entry);
}

bool Resolver::activates(std::string_view importer, const ImportOptions& import,
                         std::string_view exporter,
                         const std::vector<const std::pair<std::string, int64_t>*>& revocations) {
  if (import.token.empty()) return false;
  const Result<DecodedJwt> token = activations_.decode(codecs_, import.token);
  const auto* const activation =
      token.ok() ? std::get_if<ActivationClaims>(&token.value().claims) : nullptr;
  if (activation == nullptr) return false;
  const ActivationClaims& claims = *activation;
  if (is_blocking(check(claims, context_.now.wall), true)) return false;
  const bool is_for_us = claims.sub == importer || claims.sub == kAnyKey;
  const ExportType wanted = import.is_service ? ExportType::kService : ExportType::kStream;
  if (!is_for_us || claims.kind != wanted) return false;
  if (!is_subset(import.subject, claims.subject)) return false;
  const std::string_view signer =
      claims.issuer_account.empty() ? claims.iss : claims.issuer_account;
  const ClaimedAccount* const owner = find(exporter);
  if (signer != exporter || owner == nullptr || !owner->find_signer(claims.iss)) return false;
  return std::none_of(revocations.begin(), revocations.end(), [&](const auto* revocation) {
    return (revocation->first == claims.sub || revocation->first == kAnyKey) &&
           revocation->second >= claims.iat;
  });
}

// Who is connected ------------------------------------------------------------------------------

std::vector<Client*> Resolver::clients_of(const Entry& entry) const {
  std::vector<Client*> clients;
  Account* const account = context_.accounts->find(entry.name);
  Client* client = account == nullptr ? nullptr : account->first_client();
  for (; client != nullptr; client = client->membership().next) {
    if (!client->is_closing()) clients.push_back(client);
  }
  return clients;
}

void Resolver::judge_clients(Entry& entry, const ClaimedAccount& before) {
  if (Account* const account = context_.accounts->find(entry.name)) account->close_surplus();
  for (Client* client : clients_of(entry)) client->account_changed(before, *entry.claimed);
}

void Resolver::set_expiry(Entry& entry) {
  entry.expiry.cancel();
  const int64_t exp = entry.claimed->claims.exp;
  const int64_t now = context_.now.wall.unix_ns / kNsPerSecond;
  if (exp == 0 || exp <= now) return;
  const int64_t left = std::min(exp - now, INT64_MAX / kNsPerSecond);
  context_.timers.set(entry.expiry, context_.now.mono + seconds(left));
}

void Resolver::on_timer(const Timer& timer) {
  if (timer.kind() == kFetchTimer) return fetch_wanted();
  expire(*static_cast<Entry*>(timer.owner()));
}

void Resolver::expire(Entry& entry) {
  for (Client* client : clients_of(entry)) client->fail(Fault::kAccountExpired);
}

// Requests of the host --------------------------------------------------------------------------

void Resolver::ask(ResolverRequest request, Then then) {
  const uint64_t number = ++last_number_;
  // What is preloaded belongs to what is kept, though it may not be there yet.
  const bool must_wait = request.kind == ResolverRequest::Kind::kList && renewing_ > 0;
  (must_wait ? lists_ : requests_).push_back({number, std::move(request)});
  asked_.emplace(number, std::move(then));
}

// Behind whatever is to be stored.
void Resolver::release_lists() {
  for (Pending& list : lists_) requests_.push_back(std::move(list));
  lists_.clear();
}

std::optional<Resolver::Pending> Resolver::next_request() {
  if (requests_.empty()) return std::nullopt;
  Pending pending = std::move(requests_.front());
  requests_.pop_front();
  return pending;
}

void Resolver::answered(uint64_t number, const Answer& answer) {
  const auto found = asked_.find(number);
  if (found == asked_.end()) return;
  const Then then = std::move(found->second);
  asked_.erase(found);
  then(answer);
}

}  // namespace myelin
