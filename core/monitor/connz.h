// ConnzReport: /connz, in slices: who is connected, who was.
//
//     gather: who there is, and by what each is sorted     write: one entry after the other
//
// The order is fixed when all are gathered; an entry shows its connection as it is when its turn
// comes. One that has left since is shown as it was when it left, with the reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/monitor/observed.h"
#include "core/monitor/parameters.h"
#include "core/monitor/subscription_walk.h"

namespace myelin {

struct ConnzOptions {
  enum class Sort : uint8_t {
    kCid,
    kStart,
    kSubs,
    kPending,
    kMsgsTo,
    kMsgsFrom,
    kBytesTo,
    kBytesFrom,
    kLast,
    kIdle,
    kUptime,
    kStop,
    kReason,
    kRtt,
  };
  enum class State : uint8_t { kOpen, kClosed, kAll };
  enum class Subscriptions : uint8_t { kNone, kSubjects, kDetails };

  // `parameters` says what was wrong.
  static ConnzOptions read(Parameters& parameters);

  Sort sort = Sort::kCid;
  State state = State::kOpen;
  Subscriptions subscriptions = Subscriptions::kNone;
  bool auth = false;
  uint64_t offset = 0;
  uint64_t limit = 0;
  uint64_t cid = 0;  // 0: all
  std::string user;
  std::string account;
  std::string mqtt_client;
  // Those alone that subscribe to any of these subjects; empty: all. Of an account only.
  std::string filter_subject;
};

class ConnzReport {
 public:
  ConnzReport(const Observed& server, ConnzOptions options);
  ConnzReport(const ConnzReport&) = delete;
  ConnzReport& operator=(const ConnzReport&) = delete;

  // Appends a slice; true once that was all.
  bool next(const Observed& server, std::string& to);

 private:
  // By its key, then by its id.
  struct Entry {
    uint64_t key = 0;
    uint64_t id = 0;
  };
  static bool is_after(const Entry& a, const Entry& b);
  // Whether one is to be shown depends on what it subscribes to, which may be much.
  struct Sifting {
    Entry entry;
    SubscriptionWalk walk;
  };

  bool gather(const Observed& server);
  bool gather_open(const Observed& server);
  bool gather_closed(const Observed& server);
  void gather_one(const Observed& server);
  bool sift(const Observed& server, size_t& steps);
  void consider(const ClientFacts& facts, const ClosedClient* closed, WallTime now);
  uint64_t sort_key(const ClientFacts& facts, const ClosedClient* closed, WallTime now) const;
  bool is_wanted(const ClientFacts& facts) const;
  Entry pop();
  void write_head(const Observed& server);
  bool write_entries(const Observed& server);
  void write_entry(const Observed& server, uint64_t id);
  void write_tls(const ClientFacts& facts);
  void write_facts(const ClientFacts& facts, const ClosedClient* closed, WallTime now);
  void end_entry(const Client& client);
  void write_proxy(const ClientFacts& facts);
  void write_closed_subscriptions(const ClosedClient& closed);
  bool write_subscriptions(const Observed& server);

  ConnzOptions options_;
  bool is_of_nobody_ = false;  // the account does not exist
  uint64_t total_ = 0;
  // Who is looked at: those behind `last` of the open by id, [next, end) of the closed by number.
  uint64_t last_open_ = 0;
  uint64_t newest_open_ = 0;
  uint64_t next_closed_ = 0;
  uint64_t end_closed_ = 0;
  bool is_looked_up_ = false;  // the one that is asked for
  std::optional<Sifting> sifting_;
  bool is_gathered_ = false;
  std::vector<Entry> entries_;  // a heap: the next one is at its top
  bool has_head_ = false;
  uint64_t left_ = 0;                     // entries to be written
  std::optional<SubscriptionWalk> walk_;  // the entry is open, and its list
  std::string text_;
  JsonWriter json_;
};

}  // namespace myelin
