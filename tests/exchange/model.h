// Model: who receives what, and under which subject, where accounts share with one another. Slow,
// and plain enough to be right: every message is held against every subscription of every account.
//
// Ways back have names that only the server knows. Here they are "_R_.<a>.<w>", and
// "_R_.<a>.<w>.<h>.T" of a request that is measured: `a` stands for the account that answers, `w`
// for the way. Whoever compares learns what the tokens in angle brackets stand for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/options.h"

namespace myelin::exchange {

struct Delivery {
  size_t client = 0;
  size_t subscription = 0;
  std::string subject;
  std::string reply;
  std::string payload;  // "latency 200" and the like stand for an event, "503" for nobody's answer
  std::string asker;    // what the message says of who asks
  std::string through;  // and of the account in between

  friend bool operator==(const Delivery&, const Delivery&) = default;
};

struct Outcome {
  std::vector<Delivery> sure;
  std::vector<std::vector<Delivery>> one_of;  // queue groups
  // Which of several messages filled a subscription's maximum cannot be told: no more can be said
  // of this world.
  bool is_unsure = false;
};

class Model {
 public:
  using Imports = std::map<std::string, std::vector<ImportOptions>>;
  // `imports`: those of each account that hold.
  void configure(const std::vector<AccountOptions>& accounts, const Imports& imports);

  void join(size_t client, const std::string& account, bool echo);
  Outcome leave(size_t client);
  // False: it may not.
  bool subscribe(size_t client, size_t subscription, const std::string& subject,
                 const std::string& queue, uint64_t max);
  Outcome unsubscribe(size_t client, size_t subscription);
  struct Published {
    std::string subject;
    std::string reply;
    std::string payload;
    std::string asker;  // as the publisher has it
    bool is_empty = false;
  };
  Outcome publish(size_t client, const Published& message);
  // Until `end` ways expire.
  Outcome wait(Instant end);
  Outcome reload(const std::vector<AccountOptions>& accounts, const Imports& imports);

  void set_now(Instant now) { now_ = now; }
  bool is_there(size_t client) const { return clients_.contains(client); }
  const std::string& account_of(size_t client) const { return clients_.at(client).account; }
  // What tells one way from another, but for its name; of a way's token.
  std::string describe_way(std::string_view token) const;
  size_t open_ways() const;

 private:
  struct Subscribed {
    std::string subject;
    std::string queue;
    uint64_t max = 0;
    uint64_t delivered = 0;
  };
  struct Client {
    std::string account;
    bool echo = true;
    std::map<size_t, Subscribed> subscriptions;  // in the order they came
  };
  struct Account {
    size_t number = 0;  // of all there ever were
    AccountOptions options;
    std::vector<ImportOptions> imports;
  };
  struct Granted {
    std::string number;  // tells one export from another
    ExportOptions options;
  };
  struct Way {
    std::string name;
    std::string responder;
    std::string requestor;
    std::string to;
    std::string exported;
    ResponseType type{};
    Duration threshold{};
    Instant deadline{};
    std::string latency;  // where it is told; empty: it is not measured, or has been told
    bool is_open = true;
  };
  struct Passage {
    std::optional<size_t> previous;
    std::string exported;
    size_t client = 0;  // whose message; 0: the server's
    bool was_taken = false;
    std::optional<size_t> way;
  };
  struct Sent {
    std::string subject;
    std::string reply;
    std::string payload;
    std::string asker;
    std::string through;
    bool is_empty = false;
    size_t client = 0;
    std::optional<size_t> passage;
  };
  struct Mail {
    Sent sent;
    std::string account;                   // where it was taken
    std::optional<ImportOptions> service;  // that asks
    std::optional<size_t> way;             // by which it answers
  };
  struct Taker {
    size_t client;
    size_t subscription;
    std::string shown;
  };
  struct Event {
    std::string account;
    std::string subject;
    std::string payload;
  };

  static std::vector<std::string> denied_in(const AccountOptions& account);
  static bool is_denied(const std::vector<std::string>& denied, const std::string& subject);
  std::string map(const std::string& account, const std::string& subject) const;
  bool refuses(const Taker& taker, size_t publisher) const;
  std::vector<Taker> takers(const std::string& account, const Sent& sent) const;
  size_t deliver(const std::string& account, const Sent& sent);
  void settle(size_t asked_by, const std::string& subject, const std::string& reply, size_t taken);
  std::optional<size_t> begin(const Mail& mail, const std::string& exported);
  void ask(const Mail& mail);
  void answer(const Mail& mail);
  size_t open(Way way);
  void close(size_t way, std::string_view status);
  void remove(size_t client, size_t subscription);
  void lose_interest(const std::string& account, const std::string& pattern);
  bool has_interest(const std::string& account, const std::string& subject) const;
  bool asks_service(const std::string& account, const std::string& subject) const;
  Granted granted(const ImportOptions& import) const;
  void tell(Outcome& into);

  Instant now_{};
  size_t generation_ = 0;
  size_t account_count_ = 0;
  std::map<std::string, Account> accounts_;
  std::map<size_t, Client> clients_;
  std::vector<Way> ways_;
  std::deque<Mail> mails_;
  std::vector<Passage> passages_;
  std::deque<Event> events_;
  Outcome outcome_;
  struct Ended {
    std::string account;
    std::string subject;
  };
  std::vector<Ended> ended_;  // subscriptions that were filled during this step
};

}  // namespace myelin::exchange
