#include "core/pubsub/account.h"

#include <catch2/catch.hpp>
#include <string>

#include "core/pubsub/accounts.h"
#include "core/pubsub/client.h"

namespace myelin {
namespace {

class NoLog : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

// An account with clients that speak to it; what they are sent stays in them.
struct Space {
  Client& join(std::string_view says) {
    auto owner = std::make_unique<Client>(context, context.clients.size() + 1, ClientPeer{});
    Client& client = *owner;
    context.clients.emplace(client.id(), std::move(owner));
    client.open();
    client.receive("CONNECT {\"verbose\":false,\"pedantic\":false}\r\n");
    context.mailbox.take_arrivals();
    context.mailbox.next();
    client.receive(says);
    client.emit();
    return client;
  }
  uint32_t publish(Client& publisher, std::string_view subject) {
    const Message message{.subject = subject,
                          .content = std::string_view("hi\r\n", 2),
                          .size_text = "2",
                          .publisher = &publisher};
    return account.publish(context, message);
  }
  static std::string heard(Client& client) {
    std::string text;
    for (const Chunk& chunk : client.emit().chunks) text += chunk.text();
    return text;
  }

  NoLog log;
  Context context{Options{}, log, Seed{1, 2, 3, 4}};
  Account& account = context.accounts->global();
};

}  // namespace

TEST_CASE("Account: every plain subscription that matches takes a message") {
  Space space;
  Client& one = space.join("SUB a.* 1\r\nSUB a.b 2\r\n");
  Client& other = space.join("SUB > x\r\n");
  CHECK(space.publish(other, "a.b") == 3);
  CHECK(Space::heard(other) == "MSG a.b x 2\r\nhi\r\n");
  CHECK(Space::heard(one).size() == 2 * sizeof("MSG a.b 1 2\r\nhi\r\n") - 2);
  CHECK(space.publish(one, "c") == 1);
}

TEST_CASE("Account: one member of each queue group takes a message") {
  Space space;
  Client& client = space.join("SUB a q 1\r\nSUB a q 2\r\nSUB * q 3\r\nSUB a r 4\r\n");
  for (int count = 0; count < 20; ++count) CHECK(space.publish(client, "a") == 2);
}

TEST_CASE("Account: a subscription at its maximum is gone when publish returns") {
  Space space;
  Client& client = space.join("SUB a 1\r\nUNSUB 1 2\r\n");
  CHECK(space.publish(client, "a") == 1);
  CHECK(space.account.subscription_count() == 1);
  CHECK(space.publish(client, "a") == 1);
  CHECK(space.account.subscription_count() == 0);
  CHECK(space.publish(client, "a") == 0);
}

TEST_CASE("Account: a closing client takes nothing, and its group goes on without it") {
  Space space;
  Client& leaving = space.join("SUB a q 1\r\n");
  Client& staying = space.join("SUB a q 1\r\n");
  leaving.close(CloseReason::kClientClosed);
  for (int count = 0; count < 10; ++count) CHECK(space.publish(staying, "a") == 1);
  uint32_t allowance = 10;
  CHECK(leaving.withdraw(allowance));
  CHECK(space.account.subscription_count() == 1);
}

TEST_CASE("Account: find_plain finds a client's own plain subscription, never a queue's") {
  Space space;
  Client& asker = space.join("SUB inbox.* 1\r\n");
  Client& worker = space.join("SUB inbox.* q 1\r\n");
  REQUIRE(space.account.find_plain(asker, "inbox.a") != nullptr);
  CHECK(space.account.find_plain(asker, "inbox.a")->sid() == "1");
  CHECK(space.account.find_plain(asker, "other") == nullptr);
  CHECK(space.account.find_plain(worker, "inbox.a") == nullptr);
}

TEST_CASE("Account: a subject that cannot be subscribed to leaves nothing behind") {
  Space space;
  Client& client = space.join("SUB a..b 1\r\nSUB >.a 2\r\n");
  CHECK(space.account.subscription_count() == 0);
  CHECK(!client.is_closing());
}

}  // namespace myelin
