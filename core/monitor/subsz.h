// SubszReport: /subsz, in slices: how many subscriptions there are, and which.
//
// Those of the server itself come first, account by account, then each client's, in the order they
// were made. With a
// literal subject to test, only those that would take a message to it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/monitor/observed.h"
#include "core/monitor/parameters.h"
#include "core/monitor/subscription_walk.h"

namespace myelin {

struct SubszOptions {
  // `parameters` says what was wrong.
  static SubszOptions read(Parameters& parameters);

  bool subscriptions = false;
  uint64_t offset = 0;
  uint64_t limit = 0;
  std::string account;
  std::string test;
};

class SubszReport {
 public:
  SubszReport(const Observed& server, SubszOptions options);
  SubszReport(const SubszReport&) = delete;
  SubszReport& operator=(const SubszReport&) = delete;

  // Appends a slice; true once that was all.
  bool next(const Observed& server, std::string& to);

 private:
  // Of one account, or of all.
  bool shows(std::string_view account) const {
    return options_.account.empty() || options_.account == account;
  }
  void write_head(const Observed& server);
  void collect_takers(Account& account);
  bool write_takers(const Observed& server);
  bool write_internals(const Observed& server);
  bool write_clients(const Observed& server);
  bool skip_client(const Observed& server, uint64_t id);
  bool write_internals_of(const Account& account, size_t& steps);
  void write_one(const Subscription& subscription, uint64_t client, const Account& account);

  SubszOptions options_;
  uint64_t total_ = 0;
  uint64_t skip_ = 0;
  uint64_t left_ = 0;
  bool has_head_ = false;
  // With a subject to test: the server's own have a number in place of a sid.
  struct Taker {
    std::string account;
    uint64_t client = 0;  // 0: the server
    std::string sid;
  };
  std::vector<Taker> takers_;
  size_t next_taker_ = 0;
  std::string account_;  // whose internals are being written
  uint64_t last_internal_ = 0;
  bool internals_done_ = false;
  uint64_t last_client_ = 0;  // done
  std::optional<SubscriptionWalk> walk_;
  std::string text_;
  JsonWriter json_;
};

}  // namespace myelin
