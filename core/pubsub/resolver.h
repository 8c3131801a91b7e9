// Resolver: in operator mode, the accounts that JWTs claim: it looks them up when somebody wants
// in, believes those a trusted operator has signed, and makes Accounts of them.
//
//     log-in --wants--> known and settled          go on
//                       not known                  ask the host (a request), the log-in waits
//     answer --> verified --> Accounts, and whatever accounts it imports from, are asked for next
//                       settled: all of these are known or cannot be had; waiting log-ins go on
//
// An account that cannot be had lets nobody in, and delays nobody but who wants it: there is one
// request for it at a time, and so many in all. Claims may be renewed at any time; who is connected
// is judged by the new ones.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/auth/claimed_account.h"
#include "core/base/key_codecs.h"
#include "core/base/result.h"
#include "core/base/timers.h"
#include "core/identity/operators.h"
#include "core/identity/verified_tokens.h"
#include "core/limits.h"
#include "core/options.h"
#include "core/pubsub/owner_kind.h"

namespace myelin {

struct Context;
class Account;
class Client;

// What the host is asked to do with the claims it keeps; see the Tasks in core/server.h.
struct ResolverRequest {
  enum class Kind : uint8_t { kFetch, kStore, kDelete, kList };
  Kind kind{};
  std::string account;   // kList: behind which
  std::string jwt = {};  // kStore
};

class Resolver {
 public:
  // The answer to a request.
  using Answer = Result<std::string>;
  using Then = std::function<void(const Answer&)>;

  Resolver(Context& context, const KeyCodecs& codecs);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The context's options are new.
  void apply();

  const Operators& operators() const { return operators_; }
  ResolverKind kind() const { return kind_; }
  // What is known of an account; nullptr: nothing yet.
  const ClaimedAccount* find(std::string_view account) const;

  // Whether log-ins to the account can be judged now. If not, `client` is among those that
  // take_settled() names when they can.
  bool is_settled_for(std::string_view account, uint64_t client);
  std::vector<uint64_t> take_settled();

  // Claims of an account that is known: verified, and taken from now on.
  Status renew(std::string_view account, const std::string& jwt);
  // Nobody has an account of this name any more.
  void remove(std::string_view account);

  // Whether a token lets `importer` import what `exporter` offers by token alone.
  bool activates(std::string_view importer, const ImportOptions& import, std::string_view exporter,
                 const std::vector<const std::pair<std::string, int64_t>*>& revocations);

  // Requests of the host, for the Server; `then` takes the answer.
  void ask(ResolverRequest request, Then then);
  struct Pending {
    uint64_t number;
    ResolverRequest request;
  };
  std::optional<Pending> next_request();
  void answered(uint64_t number, const Answer& answer);

  static bool owns(const Timer& timer) {
    return timer.kind() == kExpiryTimer || timer.kind() == kFetchTimer;
  }
  void on_timer(const Timer& timer);

  // Called when an account has other options than before.
  void when_changed(std::function<void(Account&)> act) { changed_ = std::move(act); }

 private:
  struct Entry;
  using Entries = std::map<std::string, std::unique_ptr<Entry>, std::less<>>;
  using Kept = std::map<std::string, std::string, std::less<>>;  // JWTs, by account

  const std::string* find_preloaded(std::string_view account) const;
  const std::string* find_kept(std::string_view account) const;
  void renew_from_memory();
  void renew_from_files();
  void renew_next();
  void release_lists();
  std::string prefer_preloaded(const std::string& account, const Answer& answer);
  void make_system_account();
  Entry* find_entry(std::string_view account) const;
  Entry& entry_of(std::string_view account);
  void want(Entry& entry);
  void fetch_wanted();
  bool is_awaited(Entry& entry) const;
  void give_up(Entry& entry);
  void forget_if_idle(const Entry& entry);
  void fetch(Entry& entry);
  void fetched(const std::string& account, const Answer& answer);
  void warn_of(const Entry& entry, const Status& taken);
  bool is_settled(const Entry& entry) const;
  using Group = std::set<const Entry*>;  // asked who is in it, and no more
  static Group with_importers(const Group& group);
  void settle(const Entry& entry);
  void release(const std::string& account);
  Result<AccountClaims> verify(std::string_view account, const std::string& jwt) const;
  Status take(Entry& entry, const std::string& jwt);
  Account& apply_claims(const Entry& entry);
  void make_account(Entry& entry);
  void set_exporters(Entry& entry);
  std::vector<Client*> clients_of(const Entry& entry) const;
  void judge_clients(Entry& entry, const ClaimedAccount& before);
  void set_expiry(Entry& entry);
  void expire(Entry& entry);

  static constexpr uint8_t kExpiryTimer = kIdentityKinds + 16;
  static constexpr uint8_t kFetchTimer = kIdentityKinds + 17;

  Context& context_;
  const KeyCodecs& codecs_;
  ResolverKind kind_ = ResolverKind::kNone;
  Operators operators_;
  Kept kept_;                                   // of kMemory: in the place of what is preloaded
  std::set<std::string, std::less<>> removed_;  // of those that are preloaded
  std::set<std::string> to_renew_;  // accounts that renew_from_files() has still to look at
  Entries entries_;
  std::vector<uint64_t> settled_;
  std::deque<Pending> requests_;
  std::deque<Pending> lists_;  // asked for while what is preloaded is put in its place
  size_t renewing_ = 0;        // accounts of which that is being done
  std::map<uint64_t, Then> asked_;
  VerifiedTokens activations_{kActivationsMax};
  uint64_t last_number_ = 0;
  std::deque<std::string> wanted_;  // accounts, until they are asked for
  size_t fetching_ = 0;             // those that were asked for
  bool is_fetching_wanted_ = false;
  Group unknown_;      // both
  Timer fetch_timer_;  // there is more than a turn may do
  std::function<void(Account&)> changed_;
};

}  // namespace myelin
