// libnats, the C client, unmodified, against a server it takes for nats-server.
//
// usage: interop_libnats --server <path of the server's binary>

#include <nats/nats.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/interop/libnats/claims.h"
#include "tests/interop/libnats/client.h"
#include "tests/interop/libnats/server.h"

namespace myelin::interop {
namespace {

constexpr int kMiB = 1 << 20;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void handshake(Claims& claims, Server& server) {
  const Client client(server);
  claims.equal(natsConnection_GetMaxPayload(client.get()), int64_t{kMiB},
               "the announced max_payload is 1 MiB");
  uint64_t id = 0;
  must(natsConnection_GetClientID(client.get(), &id), "client id");
  claims.holds(id > 0, "the client is told its id");
  char server_id[64];
  must(natsConnection_GetConnectedServerId(client.get(), server_id, sizeof server_id), "server id");
  claims.holds(server_id[0] == 'N' && std::strlen(server_id) == 56, "server_id is a public key",
               server_id);
  char* ip = nullptr;
  must(natsConnection_GetClientIP(client.get(), &ip), "client ip");
  claims.equal(std::string(ip), std::string("127.0.0.1"), "the client is told its address");
  std::free(ip);
  int64_t rtt = -1;
  must(natsConnection_GetRTT(client.get(), &rtt), "rtt");
  claims.holds(rtt >= 0, "a PING is answered");
}

void publish_subscribe(Claims& claims, Server& server) {
  const Client publisher(server);
  const Client reader(server);
  publisher.publish("greet.early", "nobody is here yet");
  publisher.flush();

  const Subscription literal = reader.subscribe("greet.ann");
  const Subscription one = reader.subscribe("greet.*");
  const Subscription rest = reader.subscribe("greet.>");
  const Subscription middle = reader.subscribe("*.ann.>");
  const Subscription everything = reader.subscribe(">");
  reader.flush();
  for (const char* subject : {"greet", "greet.ann", "greet.bob", "greet.ann.now", "Greet.ann"}) {
    publisher.publish(subject);
  }
  publisher.flush();
  claims.equal(subjects(reader.taken(literal)), Texts{"greet.ann"},
               "a literal takes its subject alone");
  claims.equal(subjects(reader.taken(one)), Texts{"greet.ann", "greet.bob"},
               "* takes exactly one token");
  claims.equal(subjects(reader.taken(rest)), Texts{"greet.ann", "greet.bob", "greet.ann.now"},
               "> takes one or more tokens");
  claims.equal(subjects(reader.taken(middle)), Texts{"greet.ann.now"}, "* and > combine");
  claims.equal(subjects(reader.taken(everything)),
               Texts{"greet", "greet.ann", "greet.bob", "greet.ann.now", "Greet.ann"},
               "> alone takes everything, in order, and nothing from before the subscription");

  for (int number = 0; number < 2000; ++number) publisher.publish("count", std::to_string(number));
  publisher.flush();
  claims.equal(numbers(reader.taken(everything)), range(2000), "2000 messages arrive in order");

  const Subscription limited = reader.subscribe("limited");
  must(natsSubscription_AutoUnsubscribe(limited.get(), 3), "auto-unsubscribe");
  reader.flush();
  for (int number = 0; number < 5; ++number) publisher.publish("limited", std::to_string(number));
  publisher.flush();
  claims.equal(numbers(reader.taken(limited)), range(3), "a limit of three messages is kept");

  const Client deaf(server, {.no_echo = true});
  const Subscription own = deaf.subscribe("echo");
  deaf.publish("echo", "0");
  deaf.flush();
  publisher.publish("echo", "1");
  publisher.flush();
  claims.equal(numbers(deaf.taken(own)), std::vector<int64_t>{1}, "no_echo hides one's own");
}

void reply_doubled(natsConnection* connection, natsSubscription*, natsMsg* raw, void*) {
  const Message message(raw);
  const std::string answer = std::to_string(2 * std::stoi(payload(message)));
  natsConnection_PublishString(connection, natsMsg_GetReply(raw), answer.c_str());
}

void request_reply(Claims& claims, Server& server) {
  const Client requester(server);
  const Client service(server);
  const Subscription doubling = service.serve("double", reply_doubled);
  const Subscription silent = service.subscribe("silent");
  service.flush();

  struct Outcome {
    natsStatus status;
    std::string answer;
    int64_t ms;
  };
  const auto ask = [&](const char* subject, const std::string& question, int64_t timeout) {
    natsMsg* reply = nullptr;
    const int64_t began = nats_Now();
    const natsStatus status =
        natsConnection_RequestString(&reply, requester.get(), subject, question.c_str(), timeout);
    const Message answer(reply);
    return Outcome{status, reply == nullptr ? "" : payload(answer), nats_Now() - began};
  };

  claims.equal(ask("double", "21", kWaitMs).answer, std::string("42"), "a request is answered");
  int right = 0;
  for (int number = 0; number < 200; ++number) {
    right += ask("double", std::to_string(number), kWaitMs).answer == std::to_string(2 * number);
  }
  claims.equal(right, 200, "so are 200 more, each with its own answer");
  claims.holds(ask("silent", "", 200).status == NATS_TIMEOUT, "a silent service times out");
  claims.equal(service.taken(silent).size(), size_t{1}, "the silent service got the request");
  const Outcome nobody = ask("nobody", "", kWaitMs);
  claims.holds(nobody.status == NATS_NO_RESPONDERS, "a request nobody listens to is refused",
               natsStatus_GetText(nobody.status));
  claims.holds(nobody.ms < kWaitMs / 2, "the refusal comes at once");
  must(natsSubscription_Unsubscribe(doubling.get()), "unsubscribe");
  service.flush();
  claims.holds(ask("double", "1", kWaitMs).status == NATS_NO_RESPONDERS,
               "so is one after the service left");
}

void queue_groups(Claims& claims, Server& server) {
  const Client publisher(server);
  const Client workers[] = {Client(server), Client(server), Client(server)};
  std::vector<Subscription> members;
  for (const Client& worker : workers) members.push_back(worker.subscribe("tasks.*", "workers"));
  const Subscription audit = workers[0].subscribe("tasks.>", "audit");
  const Subscription plain = workers[1].subscribe("tasks.>");
  for (const Client& worker : workers) worker.flush();

  const auto send = [&](int count) {
    for (int number = 0; number < count; ++number) {
      publisher.publish("tasks." + std::to_string(number), std::to_string(number));
    }
    publisher.flush();
  };
  std::vector<int64_t> done;
  const auto collect = [&](size_t from) {
    bool all_busy = true;
    bool in_order = true;
    done.clear();
    for (size_t index = from; index < members.size(); ++index) {
      const std::vector<int64_t> share = numbers(workers[index].taken(members[index]));
      all_busy = all_busy && !share.empty();
      in_order = in_order && std::is_sorted(share.begin(), share.end());
      done.insert(done.end(), share.begin(), share.end());
    }
    std::sort(done.begin(), done.end());
    return std::pair(all_busy, in_order);
  };

  send(300);
  const auto [all_busy, in_order] = collect(0);
  claims.equal(done, range(300), "each task is done once");
  claims.holds(all_busy, "every worker gets some");
  claims.holds(in_order, "each worker sees its tasks in order");
  claims.equal(workers[0].taken(audit).size(), size_t{300}, "another group gets them all");
  claims.equal(workers[1].taken(plain).size(), size_t{300}, "a plain subscription gets them all");

  must(natsSubscription_Unsubscribe(members[0].get()), "unsubscribe");
  workers[0].flush();
  send(100);
  collect(1);
  claims.equal(done, range(100), "the others do the work of one who left");
}

Texts header_values(const Message& message, const char* key) {
  const char** values = nullptr;
  int count = 0;
  if (natsMsgHeader_Values(message.get(), key, &values, &count) != NATS_OK) return {};
  Texts texts(values, values + count);
  std::free(values);
  return texts;
}

void headers(Claims& claims, Server& server) {
  const Client client(server);
  const Subscription inbox = client.subscribe("headed");
  for (const char* body : {"body", ""}) {
    natsMsg* raw = nullptr;
    must(natsMsg_Create(&raw, "headed", nullptr, body, static_cast<int>(std::strlen(body))), "msg");
    const Message message(raw);
    must(natsMsgHeader_Set(raw, "Order-Id", "17"), "header");
    must(natsMsgHeader_Add(raw, "tag", "first"), "header");
    must(natsMsgHeader_Add(raw, "tag", "second: two"), "header");
    must(natsConnection_PublishMsg(client.get(), raw), "publish");
  }
  client.publish("headed", "bare");
  const std::vector<Message> got = client.taken(inbox);
  claims.equal(got.size(), size_t{3}, "messages with and without headers arrive");
  if (got.size() != 3) return;
  claims.equal(header_values(got[0], "Order-Id"), Texts{"17"}, "a header arrives as it was sent");
  claims.equal(header_values(got[0], "tag"), Texts{"first", "second: two"},
               "a key may have several values");
  claims.equal(header_values(got[0], "TAG"), Texts{}, "a key keeps its case");
  claims.equal(payload(got[0]), std::string("body"), "the payload beside them too");
  claims.equal(header_values(got[1], "Order-Id"), Texts{"17"}, "headers may come alone");
  claims.equal(payload(got[1]), std::string(), "with an empty payload");
  claims.equal(header_values(got[2], "Order-Id"), Texts{}, "no headers means none");

  const Subscription reply = client.subscribe("reply.to.me");
  must(natsConnection_PublishRequest(client.get(), "nobody.listens", "reply.to.me", "", 0), "ask");
  natsMsg* none = nullptr;
  const natsStatus status = natsSubscription_NextMsg(&none, reply.get(), kWaitMs);
  const Message message(none);
  claims.holds(status == NATS_NO_RESPONDERS, "no responders is a message of status 503",
               natsStatus_GetText(status));
}

// A subscriber that handles nothing before it may, so that a drain finds its queue full.
struct Slow {
  std::mutex gate;
  std::vector<int64_t> handled;

  static void handle(natsConnection*, natsSubscription*, natsMsg* raw, void* context) {
    const Message message(raw);
    Slow* slow = static_cast<Slow*>(context);
    const std::lock_guard lock(slow->gate);
    slow->handled.push_back(std::stoi(payload(message)));
  }
};

void drain(Claims& claims, Server& server) {
  const Client publisher(server);
  Slow one_slow;
  Slow all_slow;
  Client reader(server);
  const Subscription one = reader.serve("drain.one", Slow::handle, &one_slow);
  const Subscription all = reader.serve("drain.all", Slow::handle, &all_slow);
  reader.flush();
  {
    const std::scoped_lock closed_gates(one_slow.gate, all_slow.gate);
    for (int number = 0; number < 100; ++number) {
      publisher.publish("drain.one", std::to_string(number));
      publisher.publish("drain.all", std::to_string(number));
    }
    publisher.flush();
    reader.flush();
    must(natsSubscription_Drain(one.get()), "drain");
    reader.flush();
    publisher.publish("drain.one", "100");
    publisher.flush();
  }
  must(natsSubscription_WaitForDrainCompletion(one.get(), kWaitMs), "subscription drain");
  claims.equal(one_slow.handled, range(100),
               "a drained subscription handles all it had, and no more");
  must(natsConnection_Drain(reader.get()), "drain");
  std::string event = reader.next_event();
  while (event != "closed" && !event.empty()) event = reader.next_event();
  claims.equal(event, std::string("closed"), "a drained connection closes");
  claims.equal(all_slow.handled, range(100), "and has handled all it had");
}

void large_payloads(Claims& claims, Server& server) {
  const Client sender(server);
  const Client taker(server);
  const Subscription inbox = taker.subscribe("large");
  must(natsSubscription_SetPendingLimits(inbox.get(), -1, -1), "limits");
  taker.flush();
  Texts blobs;
  for (int blob = 0; blob < 8; ++blob) {
    uint32_t state = 2'463'534'242U + static_cast<uint32_t>(blob);
    std::string bytes(kMiB, '\0');
    for (char& byte : bytes) {
      state = state * 1'664'525U + 1'013'904'223U;
      byte = static_cast<char>(state >> 24U);
    }
    blobs.push_back(bytes);
    sender.publish("large", bytes);
  }
  sender.flush();
  Texts got;
  for (const Message& message : taker.taken(inbox)) got.push_back(payload(message));
  claims.holds(got == blobs, "8 messages of 1 MiB arrive whole");
  claims.holds(sender.publish_status("large", std::string(kMiB + 1, 'x')) == NATS_MAX_PAYLOAD,
               "the client refuses one byte more");
}

void max_payload(Claims& claims, const std::string& binary) {
  const Server server(binary, {}, "max_payload: 128KB\n");
  const Client client(server);
  const Subscription inbox = client.subscribe("edge");
  claims.equal(natsConnection_GetMaxPayload(client.get()), int64_t{128 * 1024},
               "a configured max_payload is announced");
  client.publish("edge", std::string(128 * 1024, 'x'));
  const std::vector<Message> got = client.taken(inbox);
  claims.equal(got.empty() ? 0 : natsMsg_GetDataLength(got[0].get()), 128 * 1024,
               "its edge is allowed");
}

void reconnect(Claims& claims, const std::string& binary) {
  Server server(binary);
  Client client(server, {.reconnects = true});
  const Subscription inbox = client.subscribe("still.*");
  const Subscription group = client.subscribe("shared", "group");
  client.flush();
  for (const int how : {SIGTERM, SIGKILL}) {
    const std::string name = how == SIGTERM ? "SIGTERM" : "SIGKILL";
    claims.equal(server.stop(how), how == SIGTERM ? 0 : -SIGKILL, "the server ends by " + name);
    claims.equal(client.next_event(), std::string("disconnected"), "the client sees it go");
    client.publish("still.waiting");
    server.start();
    claims.equal(client.next_event(), std::string("reconnected"), "and come back");
    client.flush();
    const Client other(server);
    other.publish("still.here");
    other.publish("shared");
    other.flush();
    Texts got = subjects(client.taken(inbox));
    std::sort(got.begin(), got.end());
    claims.equal(got, Texts{"still.here", "still.waiting"},
                 "the subscription lives, and nothing said meanwhile was lost");
    claims.equal(client.taken(group).size(), size_t{1}, "so does the queue subscription");
  }
}

void lame_duck(Claims& claims, const std::string& binary) {
  Server server(binary, {}, "lame_duck_grace_period: \"100ms\"\nlame_duck_duration: \"30s\"\n");
  Client client(server);
  client.flush();
  server.signal(SIGUSR2);
  claims.equal(client.next_event(), std::string("lame duck"),
               "SIGUSR2 tells the client that the server is leaving");
  claims.equal(server.ended(), 0, "the server closes its clients and exits with 0");
}

void authentication(Claims& claims, const std::string& binary) {
  const auto outcome = [](const Server& server, const Client::Wishes& wishes) {
    return std::string(natsStatus_GetText(Client(server, wishes).status()));
  };
  const std::string fine = natsStatus_GetText(NATS_OK);
  const std::string refused = natsStatus_GetText(NATS_CONNECTION_AUTH_FAILED);
  {
    const Server server(binary, {"--user", "ann", "--pass", "s3cret"});
    claims.equal(outcome(server, {.user = "ann", .password = "s3cret"}), fine, "user and password");
    claims.equal(outcome(server, {.user = "ann", .password = "guess"}), refused,
                 "a wrong password is refused");
    claims.equal(outcome(server, {.user = "eve", .password = "s3cret"}), refused,
                 "an unknown user is refused");
    claims.equal(outcome(server, {}), refused, "nobody is refused");
  }
  const Server server(binary, {"--auth", "t0ken"});
  claims.equal(outcome(server, {.token = "t0ken"}), fine, "a token");
  claims.equal(outcome(server, {.token = "t0ke"}), refused, "a wrong token is refused");
}

void permissions(Claims& claims, const std::string& binary) {
  const Server server(binary, {}, R"(authorization { users = [
    { user: ann, password: a }
    { user: bob, password: b, permissions: {
        publish: { allow: ["open.>"], deny: ["open.secret"] }, subscribe: ["open.>"] } }
  ] })");
  const Client ann(server, {.user = "ann", .password = "a"});
  Client bob(server, {.user = "bob", .password = "b"});
  const Subscription inbox = ann.subscribe(">");
  ann.flush();
  std::string said;
  for (const std::string subject : {"open.secret", "closed"}) {
    bob.publish(subject);
    said = bob.next_event();
    claims.holds(contains(said, "Permissions Violation for Publish to \"" + subject + '"'),
                 "publishing to " + subject + " is an error that names it", said);
  }
  bob.publish("open.door");
  bob.flush();
  claims.equal(subjects(ann.taken(inbox)), Texts{"open.door"}, "only what is allowed gets through");
  const Subscription denied = bob.subscribe("closed");
  bob.flush();
  said = bob.next_event();
  claims.holds(contains(said, "Permissions Violation for Subscription to \"closed\""),
               "so is subscribing where it may not be", said);
  const Subscription open = bob.subscribe("open.*");
  bob.flush();
  ann.publish("open.now");
  ann.flush();
  claims.equal(subjects(bob.taken(open)), Texts{"open.now"}, "the connection lives on");
}

void limits(Claims& claims, const std::string& binary) {
  const Server server(binary, {}, "max_connections: 2\nmax_subscriptions: 2\n");
  Client first(server);
  {
    const Client second(server);
    claims.holds(Client(server).status() != NATS_OK, "one connection too many is turned away");
  }
  const Subscription subscriptions[] = {first.subscribe("limit.0"), first.subscribe("limit.1"),
                                        first.subscribe("limit.2")};
  claims.equal(first.next_event(), std::string("disconnected"),
               "one subscription too many ends a libnats client");
  const char* said = "";
  natsConnection_GetLastError(first.get(), &said);
  claims.holds(contains(said, "maximum subscriptions exceeded"), "which was told why", said);
}

int run(const std::string& binary) {
  Claims claims;
  {
    Server server(binary);
    claims.run("handshake", handshake, server);
    claims.run("publish_subscribe", publish_subscribe, server);
    claims.run("request_reply", request_reply, server);
    claims.run("queue_groups", queue_groups, server);
    claims.run("headers", headers, server);
    claims.run("drain", drain, server);
    claims.run("large_payloads", large_payloads, server);
  }
  claims.run("max_payload", max_payload, binary);
  claims.run("reconnect", reconnect, binary);
  claims.run("lame_duck", lame_duck, binary);
  claims.run("authentication", authentication, binary);
  claims.run("permissions", permissions, binary);
  claims.run("limits", limits, binary);
  return claims.exit_code();
}

}  // namespace
}  // namespace myelin::interop

int main(int count, char** words) {
  if (count != 3 || std::string_view(words[1]) != "--server") {
    std::fprintf(stderr, "usage: %s --server <path of the server's binary>\n", words[0]);
    return 2;
  }
  int code = 1;
  try {
    code = myelin::interop::run(words[2]);
  } catch (const std::exception& error) {
    std::printf("FAIL %s\n", error.what());
  }
  nats_CloseAndWait(myelin::interop::kWaitMs);
  return code;
}
