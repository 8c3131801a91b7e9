#include "core/pubsub/subscription.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/client.h"

namespace myelin {
namespace {

class NoLog : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

struct Owner {
  NoLog log;
  Context context{Options{}, log, Seed{1, 2, 3, 4}};
  Account& account = context.accounts->global();
  Client client{context, 1, ClientPeer{}};
  SubscriptionTable table{context.sid_hash};

  Subscription& add(std::string_view sid) {
    Subscription::Owner added = Subscription::create(client, "foo", "", sid);
    Subscription& subscription = *added;
    table.insert(std::move(added));
    return subscription;
  }
  std::vector<std::string> sids() const {
    std::vector<std::string> found;
    for (auto* at = table.first(); at != nullptr; at = SubscriptionTable::next(*at)) {
      found.emplace_back(at->sid());
    }
    return found;
  }
};

}  // namespace

TEST_CASE("Subscription: its three texts are its own") {
  Owner owner;
  std::string subject = "foo.*";
  std::string sid = "s-1";
  const auto subscription = Subscription::create(owner.client, subject, "workers", sid);
  subject.assign("xxxxx");
  sid.assign("xxx");
  CHECK(subscription->subject() == "foo.*");
  CHECK(subscription->queue() == "workers");
  CHECK(subscription->sid() == "s-1");
  CHECK(subscription->client() == &owner.client);
}

TEST_CASE("SubscriptionTable: a sid is found letter for letter") {
  Owner owner;
  Subscription& one = owner.add("1");
  Subscription& padded = owner.add("01");
  CHECK(owner.table.find("1") == &one);
  CHECK(owner.table.find("01") == &padded);
  CHECK(owner.table.find("001") == nullptr);
  CHECK(owner.table.find("") == nullptr);
}

TEST_CASE("SubscriptionTable: it is walked in the order of creation, whoever left") {
  Owner owner;
  for (const char* sid : {"a", "b", "c", "d"}) owner.add(sid);
  owner.table.remove(*owner.table.find("b"));
  CHECK(owner.sids() == std::vector<std::string>{"a", "c", "d"});
  owner.table.remove(*owner.table.find("a"));
  owner.table.remove(*owner.table.find("d"));
  owner.add("b");
  CHECK(owner.sids() == std::vector<std::string>{"c", "b"});
}

TEST_CASE("SubscriptionTable: it agrees with a map through many changes") {
  Owner owner;
  Random random(uint64_t{11});
  std::map<std::string, Subscription*> model;
  for (int step = 0; step < 20000; ++step) {
    const std::string sid = std::to_string(random.below(500));
    const auto found = model.find(sid);
    REQUIRE(owner.table.find(sid) == (found == model.end() ? nullptr : found->second));
    if (found == model.end()) {
      model[sid] = &owner.add(sid);
    } else {
      owner.table.remove(*found->second);
      model.erase(found);
    }
    REQUIRE(owner.table.size() == model.size());
  }
}

}  // namespace myelin
