// Account: a space of subjects. Everything published in it reaches the subscriptions in it and
// nobody else.
//
// A Message is matched against exactly one Sublist. Interest has no other keeper than this class.
// Most accounts of a large server are at rest, so what only one in use needs is made on first use.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/options.h"
#include "core/pubsub/interest.h"
#include "core/pubsub/message.h"
#include "core/pubsub/subscription.h"
#include "core/pubsub/traffic.h"
#include "core/subject/mapping.h"
#include "core/subject/sublist.h"

namespace myelin {

struct Context;
class Random;
class Sharing;

class Account {
 public:
  // Its options are applied at once.
  Account(Context& context, std::string name);
  ~Account();
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

  const std::string& name() const { return name_; }
  // How it is configured. Those who follow an option look at it again when it was applied.
  const AccountOptions& options() const { return *options_; }
  // Borrowed: they live until others are applied, or it is retired; or else they are its own.
  void apply(const AccountOptions& options);
  void apply(std::unique_ptr<const AccountOptions> options);
  // It is no longer configured; its clients are about to go.
  void retire();
  bool is_retired() const { return is_retired_; }
  uint64_t subscription_count() const { return has_sublist() ? interest_->sublist.size() : 0; }

  // Somebody begins to use it: its first client, or another account that imports from it.
  void awaken();
  bool is_awake() const { return is_awake_; }

  // Its clients, as a list through them in the order they came.
  void add(Client& client);
  void remove(Client& client);
  uint64_t connections() const { return connections_; }
  Client* first_client() const { return first_client_; }
  // Another client would be one too many.
  bool is_full() const {
    const int64_t max = options_->limits.max_connections;
    return max >= 0 && connections_ >= static_cast<uint64_t>(max);
  }
  // Its limits are lower than they were: the newest clients go.
  void close_surplus();
  // Of all its clients so far.
  Traffic traffic() const;
  // Of its clients, how many were cut off for being slow.
  uint64_t slow_consumers() const { return slow_consumers_; }
  void count_slow_consumer() { ++slow_consumers_; }

  // False if the subject cannot be subscribed to.
  bool subscribe(Subscription& subscription);
  void unsubscribe(Subscription& subscription);

  // Who subscribes to what; somebody has, or was looked for.
  Sublist<Subscription>& sublist() { return interest().sublist; }
  bool has_sublist() const { return interest_ != nullptr; }
  // The server's own subscriptions, the oldest first.
  using Internals = std::map<uint64_t, Subscription*>;
  const Internals& internals() const { return internals_; }

  // The same for what another account's subscription has here.
  bool shadow(Subscription& subscription);
  void unshadow(Subscription& subscription);
  // Its part in the Exchange; nullptr: it has none.
  Sharing* sharing() const { return sharing_.get(); }
  void share(std::unique_ptr<Sharing> sharing);

  bool has_mappings() const { return mapping_ != nullptr; }
  // What the mappings make of a published subject: itself, another one (good until the next call),
  // or the empty subject, which nobody takes.
  std::string_view map(std::string_view subject, Random& random);

  // Delivers to every plain subscription that matches and to one member of each queue group.
  // Returns how many took it, not counting observers. Subscriptions that reached their maximum are
  // gone when it returns.
  uint32_t publish(Context& context, const Message& message) {
    return publish_to(context, message.subject, message);
  }
  // The same, to those who subscribe to `to`; they are shown the message's own subject.
  uint32_t publish_to(Context& context, std::string_view to, const Message& message);
  // What the server itself says.
  struct Sent {
    std::string_view to;
    std::string_view subject;  // shown; empty: `to`
    std::string_view reply;
    std::string_view content;  // headers, then payload
    size_t header_size = 0;
  };
  uint32_t send(Context& context, const Sent& sent);

  // Whether anybody would take a message to this literal subject; with a queue name, whether a
  // member of that group would.
  bool has_interest(std::string_view subject, std::string_view queue = {});
  // The same, of those alone who subscribe to just that subject: wildcards do not count.
  bool has_literal_interest(std::string_view subject, std::string_view queue = {});
  InterestWatches& watches() { return interest().watches; }

  // The plain subscription of `client` that takes `subject`, or nullptr.
  Subscription* find_plain(const Client& client, std::string_view subject);

 private:
  struct Interest {
    Interest(size_t cache_max, uint64_t seed, NotedWatches& noted)
        : sublist(cache_max, seed), watches(noted) {}

    Sublist<Subscription> sublist;
    InterestWatches watches;
    std::vector<Subscription*> ended;  // in publish(): reached their maximum
  };
  struct Mapping {
    Mappings rules;
    std::string last;  // the last result of map()
  };

  Interest& interest() { return interest_ ? *interest_ : begin_interest(); }
  Interest& begin_interest();
  void apply_mappings();

  Context& context_;
  const std::string name_;
  const AccountOptions* options_ = nullptr;
  std::unique_ptr<const AccountOptions> own_;  // where nobody else keeps them
  // What they were before: whoever plans by the options may not have seen the new ones yet.
  std::unique_ptr<const AccountOptions> replaced_;
  bool is_retired_ = false;
  bool is_awake_ = false;
  uint64_t connections_ = 0;
  uint64_t slow_consumers_ = 0;
  Client* first_client_ = nullptr;
  Client* last_client_ = nullptr;
  Traffic left_;  // of clients that left, less what those here had before they came
  std::unique_ptr<Interest> interest_;
  std::unique_ptr<Mapping> mapping_;  // none: it maps nothing
  Internals internals_;
  uint64_t last_internal_ = 0;
  std::unique_ptr<Sharing> sharing_;
};

// What configuration says of a mapping, as Mappings have it; why it cannot be used, in
// nats-server's words.
Status add_mapping(const MappingOptions& mapping, Mappings& to);

}  // namespace myelin
