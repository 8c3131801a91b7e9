#include "core/server.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/base/text.h"
#include "core/identity/nkey.h"
#include "tests/unit/server_bench.h"

namespace myelin {
namespace {

constexpr std::string_view kQuiet = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";
constexpr const char* kAnnHash = "$2b$10$abcdefghijklmnopqrstuuK1yMxkzdzfVgkGv4gQ1r2bJh6Kq1eYm";

}  // namespace

Options with_websocket(WebSocketOptions websocket) {
  Options options;
  options.websocket = std::move(websocket);
  return options;
}

TEST_CASE("Server: a WebSocket client is told of its own listener") {
  Bench bench(with_websocket({.host = "ws.example", .port = 8080, .tls_required = true}));
  const std::string plain = bench.heard[bench.open().value];
  const std::string web = bench.heard[bench.open({.kind = LinkKind::kWebSocket}).value];
  CHECK(plain.find(R"("port":4222)") != std::string::npos);
  CHECK(plain.find("tls_required") == std::string::npos);
  CHECK(web.find(R"("host":"ws.example","port":8080)") != std::string::npos);
  CHECK(web.find(R"("tls_required":true)") != std::string::npos);
  CHECK(web.find(R"("tls_available":true)") != std::string::npos);
}

TEST_CASE("Server: a WebSocket's cookies say what CONNECT leaves out") {
  Options options;
  options.authorization.user = "ann";
  options.authorization.password = "secret";
  Bench bench(options);
  const Peer peer{.kind = LinkKind::kWebSocket, .cookies = {.user = "ann", .password = "secret"}};
  const ClientId quiet = bench.open(peer);
  CHECK(bench.say(quiet, "CONNECT {\"verbose\":false}\r\nPING\r\n") == "PONG\r\n");
  const ClientId loud = bench.open(peer);
  bench.say(loud, "CONNECT {\"verbose\":false,\"pass\":\"wrong\"}\r\n");
  CHECK(bench.closed.count(loud.value) == 1);
  // They do not stand for CONNECT itself.
  const ClientId rude = bench.open(peer);
  bench.say(rude, "PING\r\n");
  CHECK(bench.closed.count(rude.value) == 1);
}

TEST_CASE("Server: the WebSocket door may have an authorization and a ping interval of its own") {
  WebSocketOptions websocket{.port = 8080, .ping_interval = seconds(1)};
  websocket.authorization.token = "t";
  websocket.authorization.timeout = seconds(7);
  Options options = with_websocket(websocket);
  options.authorization.user = "ann";
  options.authorization.password = "secret";
  Bench bench(options);
  const Peer peer{.kind = LinkKind::kWebSocket, .address = "10.0.0.1", .forwarded_for = "::7"};
  const ClientId named = bench.open(peer);
  bench.say(named, "CONNECT {\"user\":\"ann\",\"pass\":\"secret\"}\r\n");
  CHECK(bench.closed.count(named.value) == 1);
  CHECK(bench.log.lines.back().rfind("[::7]/10.0.0.1:0 - wid:1 - ", 0) == 0);
  const ClientId bearer = bench.open(peer);
  bench.say(bearer, "CONNECT {\"verbose\":false,\"auth_token\":\"t\"}\r\n");
  const ClientId silent = bench.open(peer);
  bench.pass(seconds(2));
  CHECK(bench.heard[bearer.value].find("PING") != std::string::npos);
  CHECK(bench.closed.count(bearer.value) == 0);
  CHECK(bench.closed.count(silent.value) == 0);
  bench.pass(seconds(6));
  CHECK(bench.closed.count(silent.value) == 1);
}

TEST_CASE("Server: a message published on one link arrives on another") {
  Bench bench;
  const ClientId taker = bench.open();
  const ClientId giver = bench.open();
  CHECK(bench.heard[taker.value].substr(0, 6) == "INFO {");
  bench.say(taker, std::string(kQuiet) + "SUB greet.* 7\r\n");
  bench.heard[taker.value].clear();
  bench.say(giver, std::string(kQuiet) + "PUB greet.you 5\r\nhello\r\n");
  CHECK(bench.heard[taker.value] == "MSG greet.you 7 5\r\nhello\r\n");
}

TEST_CASE("Server: an observer hears what is published and is nobody's responder") {
  Bench bench;
  const ClientId observer = bench.open();
  const ClientId ann = bench.open();
  bench.say(observer, "CONNECT {\"verbose\":false,\"observer\":true}\r\nSUB > 1\r\n");
  bench.say(
      ann,
      "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\nSUB inbox 7\r\n");
  const std::string answer = bench.say(ann, "PUB service inbox 2\r\nhi\r\n");
  CHECK(answer == "HMSG inbox 7 39 39\r\nNATS/1.0 503\r\nNats-Subject: service\r\n\r\n\r\n");
  CHECK(bench.heard[observer.value].find("MSG service 1 inbox 2\r\nhi\r\n") != std::string::npos);

  const ClientId service = bench.open();
  bench.say(service, "CONNECT {\"verbose\":false}\r\nSUB service 1\r\n");
  CHECK(bench.say(ann, "PUB service inbox 2\r\nhi\r\n").empty());
}

TEST_CASE("Server: INFO waits until TLS came first") {
  Bench bench;
  const ClientId client = bench.open(Peer{.tls = TlsMode::kFirst});
  CHECK(bench.heard[client.value].empty());
  bench.server.secured(bench.now, client, TlsFacts{.version = "1.3"});
  bench.drain();
  CHECK(bench.heard[client.value].substr(0, 4) == "INFO");
}

TEST_CASE("Server: TLS after INFO is asked for with the INFO, and nothing is read before it") {
  Bench bench;
  const ClientId client = bench.open(Peer{.tls = TlsMode::kAfterInfo});
  CHECK(bench.starts_tls);
  CHECK(bench.say(client, "PING\r\n").empty());
  bench.server.secured(bench.now, client, TlsFacts{});
  CHECK(bench.say(client, "PING\r\n") == "PONG\r\n");
}

TEST_CASE("Server: where TLS comes first nothing is said before it, not even why the link ends") {
  Bench bench;
  const ClientId client = bench.open(Peer{.tls = TlsMode::kFirst});
  bench.pass(seconds(3));
  CHECK(bench.heard[client.value].empty());
  CHECK(bench.closed[client.value] == Write::Close::kFlush);
}

TEST_CASE("Server: a TLS handshake that does not come ends the link") {
  Bench bench;
  const ClientId client = bench.open(Peer{.tls = TlsMode::kAfterInfo});
  bench.heard[client.value].clear();
  bench.pass(seconds(3));
  CHECK(bench.heard[client.value] == "-ERR 'Secure Connection - TLS Required'\r\n");
  CHECK(bench.closed[client.value] == Write::Close::kFlush);
}

TEST_CASE("Server: how many handshakes begin in a second may be limited") {
  Options options;
  options.tls_connection_rate_limit = 2;
  Bench bench(options);
  const auto begin = [&bench] {
    const ClientId client = bench.open(Peer{.tls = TlsMode::kAfterInfo});
    bench.heard[client.value].clear();
    const bool may_begin = bench.server.begin_tls(bench.now, client);
    bench.drain();
    const std::string_view refusal =
        "-ERR 'Connection throttling is active. Please try again later.'\r\n";
    CHECK(bench.heard[client.value] == (may_begin ? "" : refusal));
    return may_begin;
  };
  CHECK(begin());
  CHECK(begin());
  CHECK_FALSE(begin());
  bench.pass(seconds(1) + milliseconds(1));
  CHECK(bench.log.lines.back() == "Rejected 1 connections due to TLS rate limiting");
  CHECK(begin());
}

TEST_CASE("Server: where TLS comes first and does not come, INFO may come in the clear") {
  Options options;
  options.tls_first_fallback = milliseconds(50);
  options.tls_required = true;
  SECTION("and TLS after it") {
    Bench bench(options);
    const ClientId client = bench.open(Peer{.tls = TlsMode::kFirst});
    bench.pass(milliseconds(51));
    CHECK(bench.heard[client.value].substr(0, 4) == "INFO");
    CHECK(bench.starts_tls);
    CHECK(bench.server.begin_tls(bench.now, client));
  }
  SECTION("and TLS if the client wants it") {
    options.tls_required = false;
    options.tls_available = true;
    Bench bench(options);
    const ClientId client = bench.open(Peer{.tls = TlsMode::kFirst});
    bench.pass(milliseconds(51));
    CHECK(bench.heard[client.value].find("\"tls_available\":true") != std::string::npos);
    CHECK_FALSE(bench.starts_tls);
    CHECK(bench.say(client, "PING\r\n") == "PONG\r\n");
  }
  SECTION("unless it has begun") {
    Bench bench(options);
    const ClientId client = bench.open(Peer{.tls = TlsMode::kFirst});
    CHECK(bench.server.begin_tls(bench.now, client));
    bench.pass(milliseconds(51));
    CHECK(bench.heard[client.value].empty());
    bench.server.secured(bench.now, client, TlsFacts{.version = "1.3"});
    bench.drain();
    CHECK(bench.heard[client.value].find("\"tls_required\":true") != std::string::npos);
  }
}

TEST_CASE("Server: a link behind a proxy is another's, and is not heard before that is known") {
  Options options;
  options.authorization.token = "t";
  Bench bench(options);
  const ClientId client =
      bench.open(Peer{.address = "10.0.0.1", .port = 9, .awaits_proxy_header = true});
  CHECK(bench.heard[client.value].find("client_ip") == std::string::npos);
  bench.pass(seconds(4));
  CHECK(bench.closed.empty());
  bench.server.introduce(bench.now, client, "192.0.2.7", 1234);
  bench.say(client, "CONNECT {\"auth_token\":\"t\",\"protocol\":1,\"verbose\":false}\r\nPING\r\n");
  CHECK(bench.heard[client.value].find("\"client_ip\":\"192.0.2.7\"") != std::string::npos);
}

TEST_CASE("Server: a proxy that does not say who comes is not waited for") {
  Bench bench;
  const ClientId client =
      bench.open(Peer{.address = "10.0.0.1", .port = 9, .awaits_proxy_header = true});
  bench.heard[client.value].clear();
  bench.pass(seconds(6));
  CHECK(bench.heard[client.value].empty());
  CHECK(bench.closed[client.value] == Write::Close::kFlush);
  CHECK(bench.log.lines.back() ==
        "Error reading PROXY protocol header from 10.0.0.1:9: timeout reading PROXY protocol "
        "header");
}

TEST_CASE("Server: a handshake that failed is told in the log") {
  Bench bench;
  const ClientId client =
      bench.open(Peer{.address = "10.0.0.1", .port = 9, .tls = TlsMode::kFirst});
  CHECK(bench.server.begin_tls(bench.now, client));
  bench.server.close(bench.now, client, LinkEnd::kTlsHandshakeFailed, "EOF");
  CHECK(bench.log.lines.back() == "10.0.0.1:9 - cid:1 - TLS handshake error: EOF");
}

TEST_CASE("Server: a bcrypt password is the host's task, and input behind CONNECT waits for it") {
  Options options;
  options.authorization.user = "ann";
  options.authorization.password = kAnnHash;
  Bench bench(options);
  const ClientId client = bench.open();
  const std::string first =
      bench.say(client, "CONNECT {\"user\":\"ann\",\"pass\":\"x\",\"verbose\":false}\r\nPING\r\n");
  CHECK(first.empty());
  REQUIRE(bench.tasks.size() == 1);
  CHECK(bench.pauses == 1);
  CHECK(bench.say(client, "PING\r\n").empty());
  bench.server.done(bench.now, bench.tasks[0].id, std::string("1"));
  bench.drain();
  CHECK(bench.heard[client.value] == "PONG\r\nPONG\r\n");
  CHECK(bench.resumes == 1);
}

TEST_CASE("Server: a log-in that was given up takes its task along") {
  Options options;
  options.authorization.user = "ann";
  options.authorization.password = "$2b$10$abcdefghijklmnopqrstuuK1yMxkzdzfVgkGv4gQ1r2bJh6Kq1eYm";
  Bench bench(options);
  const ClientId client = bench.open();
  bench.say(client, "CONNECT {\"user\":\"ann\",\"pass\":\"x\"}\r\n");
  REQUIRE(bench.tasks.size() == 1);
  const TaskId task = bench.tasks.front().id;
  bench.server.close(bench.now, client, LinkEnd::kPeerClosed);
  bench.drain();
  CHECK(bench.tasks.empty());
  bench.server.done(bench.now, task, std::string("1"));
  bench.drain();
  CHECK(bench.server.is_empty());
}

TEST_CASE("Server: an answer nobody waits for is ignored") {
  Bench bench;
  bench.server.done(bench.now, TaskId{99}, std::string("1"));
  bench.server.written(bench.now, ClientId{99}, 5);
  bench.server.close(bench.now, ClientId{99}, LinkEnd::kPeerClosed);
  bench.drain();
  CHECK(bench.server.is_empty());
}

TEST_CASE("Server: a taker that reads nothing is cut off at max_pending, and others are not") {
  Options options;
  options.max_pending = 64 * 1024;
  options.max_payload = 16 * 1024;
  Bench bench(options);
  const ClientId slow = bench.open();
  const ClientId giver = bench.open();
  bench.say(slow, std::string(kQuiet) + "SUB flood 1\r\n");
  bench.say(giver, kQuiet);
  bench.takes_bytes = false;
  const std::string publish = "PUB flood 16000\r\n" + std::string(16000, 'x') + "\r\n";
  for (int count = 0; count < 6; ++count) bench.say(giver, publish);
  CHECK(bench.closed[slow.value] == Write::Close::kAbort);
  CHECK(bench.closed.count(giver.value) == 0);
  CHECK(bench.pauses > 0);
  bench.pass(seconds(1));
  CHECK(bench.resumes == bench.pauses);
  CHECK(bench.server.connections() == 1);
}

TEST_CASE("Server: output that is not taken by the write deadline ends the link") {
  Bench bench;
  bench.takes_bytes = false;
  const ClientId client = bench.open();
  bench.pass(seconds(11));
  CHECK(bench.closed[client.value] == Write::Close::kAbort);
}

TEST_CASE("Server: a link is handed no more than its share before it is written") {
  Bench bench;
  const ClientId taker = bench.open();
  const ClientId giver = bench.open();
  bench.say(taker, std::string(kQuiet) + "SUB big 1\r\n");
  bench.say(giver, kQuiet);
  bench.takes_bytes = false;
  bench.heard[taker.value].clear();
  for (int count = 0; count < 10; ++count) {
    bench.say(giver, "PUB big 100000\r\n" + std::string(100000, 'x') + "\r\n");
  }
  CHECK(bench.heard[taker.value].size() == 256 * 1024);
  const size_t first = bench.heard[taker.value].size();
  bench.takes_bytes = true;
  bench.server.written(bench.now, taker, first);
  bench.drain();
  CHECK(bench.heard[taker.value].size() == 10 * (100000 + 2 + sizeof("MSG big 1 100000\r\n") - 1));
}

TEST_CASE("Server: an unknown report is answered as not found") {
  Bench bench;
  bench.server.query(bench.now, "/healthz", "", {});
  bench.server.query(bench.now, "/nothing", "", {});
  bench.drain();
  REQUIRE(bench.reports.size() == 2);
  CHECK(bench.reports[0].bytes == "{\"status\":\"ok\"}");
  CHECK(bench.reports[1].status == 404);
}

TEST_CASE("Server: a client that leaves much behind is taken apart over several turns") {
  Bench bench;
  const ClientId hoarder = bench.open();
  std::string subscribe(kQuiet);
  for (int count = 0; count < 10000; ++count) {
    subscribe += "SUB all " + std::to_string(count) + "\r\n";
  }
  bench.say(hoarder, subscribe);
  bench.server.close(bench.now, hoarder, LinkEnd::kPeerClosed);
  CHECK(bench.server.is_empty());
  const ClientId giver = bench.open();
  bench.say(giver, kQuiet);
  bench.say(giver, "PUB all 0\r\n\r\n");
  int turns = 0;
  while (bench.server.deadline() == bench.now.mono) {
    bench.pass(Duration{});
    ++turns;
  }
  CHECK(turns <= 3);
  CHECK(bench.heard[hoarder.value].find("MSG") == std::string::npos);
}

TEST_CASE("Server: a link that does not take its last bytes is cut off all the same") {
  Bench bench;
  const ClientId client = bench.open();
  bench.takes_bytes = false;
  bench.say(client, "NONSENSE\r\n");
  REQUIRE(bench.closed[client.value] == Write::Close::kFlush);
  bench.pass(seconds(11));
  CHECK(bench.closed[client.value] == Write::Close::kAbort);
}

TEST_CASE("Server: who is turned away at the door is not asked for TLS") {
  Options options;
  options.max_connections = -1;
  Bench bench(options);
  const ClientId client = bench.open(Peer{.tls = TlsMode::kAfterInfo});
  CHECK(bench.closed[client.value] == Write::Close::kFlush);
  CHECK(!bench.starts_tls);
}

TEST_CASE("Server: a reload while a log-in is verified forgets the old user") {
  Options options;
  options.debug = true;
  options.authorization.user = "ann";
  options.authorization.password = kAnnHash;
  Bench bench(options);
  const ClientId client = bench.open();
  const std::string_view connect = "CONNECT {\"user\":\"ann\",\"pass\":\"x\"}\r\n";
  bench.say(client, connect);
  REQUIRE(bench.tasks.size() == 1);
  bench.server.done(bench.now, bench.tasks[0].id, std::string("1"));
  bench.say(client, connect);
  REQUIRE(bench.tasks.size() == 2);
  bench.server.reload(bench.now, options);
  bench.drain();
  // The old question was taken back for the new one.
  REQUIRE(bench.tasks.size() == 2);
  // The log line would name a user that is no more.
  bench.server.done(bench.now, bench.tasks[1].id, std::string());
  bench.drain();
  CHECK(bench.closed[client.value] == Write::Close::kFlush);
}

TEST_CASE("Server: a system account that is no longer listed has no limits of the list") {
  Options options;
  options.system_account = "ADM";
  options.accounts = {{.name = "ADM", .limits = {.max_connections = 1}}};
  options.authorization.users = {{.user = "adm", .password = "a", .account = "ADM"}};
  const std::string_view connect =
      "CONNECT {\"user\":\"adm\",\"pass\":\"a\",\"verbose\":false}\r\nPING\r\n";
  Bench bench(options);
  CHECK(bench.say(bench.open(), connect) == "PONG\r\n");
  CHECK(bench.say(bench.open(), connect) != "PONG\r\n");
  options.accounts.clear();
  bench.server.reload(bench.now, options);
  bench.drain();
  CHECK(bench.say(bench.open(), connect) == "PONG\r\n");
}

TEST_CASE("Server: two reloads during one verification leave a filtered subscription whole") {
  Options options;
  UserOptions ann{.user = "ann", .password = kAnnHash, .permissions = PermissionOptions{}};
  ann.permissions->subscribe.deny = {"secret"};
  options.authorization.users = {ann};
  Bench bench(options);
  const ClientId client = bench.open();
  bench.say(client, "CONNECT {\"user\":\"ann\",\"pass\":\"x\",\"verbose\":false}\r\n");
  bench.server.done(bench.now, bench.tasks[0].id, std::string("1"));
  bench.say(client, "SUB > 1\r\n");
  options.authorization.users[0].password[8] = 'A';
  options.authorization.users.push_back({.user = "bob", .password = "b"});
  bench.server.reload(bench.now, options);
  bench.server.reload(bench.now, options);
  bench.drain();
  const ClientId bob = bench.open();
  bench.heard[client.value].clear();
  bench.say(bob,
            "CONNECT {\"user\":\"bob\",\"pass\":\"b\"}\r\n"
            "PUB secret 0\r\n\r\nPUB open 0\r\n\r\n");
  CHECK(bench.heard[client.value] == "MSG open 1 0\r\n\r\n");
}

TEST_CASE("Server: a publisher held back stays paused while its next log-in is verified") {
  Options options;
  options.max_pending = 4096;
  options.authorization.users = {{.user = "ann", .password = kAnnHash},
                                 {.user = "bob", .password = "b"}};
  Bench bench(options);
  const ClientId slow = bench.open();
  const ClientId giver = bench.open();
  const std::string as_bob = "CONNECT {\"user\":\"bob\",\"pass\":\"b\",\"verbose\":false}\r\n";
  bench.say(slow, as_bob + "SUB flood 1\r\n");
  bench.say(giver, as_bob);
  bench.takes_bytes = false;
  bench.say(giver, "PUB flood 3500\r\n" + std::string(3500, 'x') + "\r\n");
  bench.say(giver, "PUB flood 1\r\nx\r\nCONNECT {\"user\":\"ann\",\"pass\":\"x\"}\r\n");
  REQUIRE(bench.tasks.size() == 1);
  bench.pass(milliseconds(50));
  CHECK(bench.resumes == 0);
  bench.server.done(bench.now, bench.tasks[0].id, std::string("1"));
  bench.drain();
  bench.pass(milliseconds(50));
  CHECK(bench.resumes == bench.pauses);
}

TEST_CASE("Server: who is cut off by the answer to a bad subject publishes nothing") {
  Options options;
  options.max_pending = 1024;
  UserOptions ann{.user = "ann", .password = "a", .permissions = PermissionOptions{}};
  ann.permissions->publish.deny = {">"};
  options.authorization.users = {ann, {.user = "bob", .password = "b"}};
  Bench bench(options);
  const ClientId client = bench.open();
  const ClientId bob = bench.open();
  bench.say(bob, "CONNECT {\"user\":\"bob\",\"pass\":\"b\",\"verbose\":false}\r\nSUB > 1\r\n");
  bench.say(client, "CONNECT {\"user\":\"ann\",\"pass\":\"a\",\"verbose\":false}\r\n");
  bench.heard[bob.value].clear();
  bench.takes_bytes = false;
  for (int count = 0; count < 170; ++count) bench.say(client, "PING\r\n");
  REQUIRE(bench.closed.count(client.value) == 0);
  bench.say(client, "PUB a.* 0\r\n\r\n");
  CHECK(bench.closed[client.value] == Write::Close::kAbort);
  CHECK(bench.heard[bob.value].empty());
}

TEST_CASE("Server: a lame duck closes those who came late as well") {
  Options options;
  options.lame_duck_duration = seconds(3);
  options.lame_duck_grace_period = seconds(1);
  Bench bench(options);
  bench.open();
  bench.server.lame_duck(bench.now);
  bench.pass(milliseconds(900));
  bench.open();
  bench.server.lame_duck(bench.now);  // said twice is heard once
  bench.pass(milliseconds(101));
  CHECK(bench.server.connections() == 1);
  bench.open();
  for (int count = 0; count < 40; ++count) bench.pass(milliseconds(100));
  CHECK(bench.server.is_empty());
}

TEST_CASE("Server: a trace shows payloads coming and going, cut to their maximum") {
  Options options;
  options.trace = true;
  options.max_traced_msg_len = 4;
  Bench bench(options);
  const ClientId client = bench.open();
  bench.say(client, std::string(kQuiet) + "SUB a 1\r\n");
  bench.log.lines.clear();
  bench.say(client, "PUB a 6\r\nabcdef\r\n");
  const auto ends_with = [](std::string_view line, std::string_view end) {
    return line.size() >= end.size() && line.substr(line.size() - end.size()) == end;
  };
  REQUIRE(bench.log.lines.size() == 4);
  CHECK(ends_with(bench.log.lines[0], " - <<- [PUB a 6]"));
  CHECK(ends_with(bench.log.lines[1], " - <<- MSG_PAYLOAD: [\"abcd...\"]"));
  CHECK(ends_with(bench.log.lines[2], " - ->> [MSG a 1 6]"));
  CHECK(ends_with(bench.log.lines[3], " - ->> MSG_PAYLOAD: [\"abcd...\"]"));
}

TEST_CASE("Server: a trace of headers leaves out the payload and the blank line") {
  Options options;
  options.trace = true;
  options.trace_headers = true;
  Bench bench(options);
  const ClientId client = bench.open();
  bench.say(client, "CONNECT {\"verbose\":false,\"headers\":true}\r\n");
  bench.log.lines.clear();
  bench.say(client, "HPUB a 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\nPUB a 2\r\nhi\r\n");
  REQUIRE(bench.log.lines.size() == 3);
  CHECK(bench.log.lines[1].find("<<- MSG_PAYLOAD: [\"NATS/1.0\\r\\nA: b\"]") != std::string::npos);
}

TEST_CASE("Server: short of memory, what would keep some is refused until there is enough") {
  Options options;
  options.jetstream.emplace();
  Bench bench(std::move(options));
  while (bench.server.recover(bench.now).value() == RecoverProgress::kMore) {
  }
  const auto settle = [&] {
    for (const auto& synced : bench.storage.take_synced()) {
      bench.server.synced(bench.now, synced.ticket, synced.failed);
    }
    bench.drain();
  };
  const ClientId one = bench.open();
  const auto ask = [&](std::string_view text) {
    std::string heard = bench.say(one, text);
    settle();
    return heard + bench.heard[one.value];
  };
  const auto request = [&](const std::string& subject, const std::string& body) {
    return ask("PUB " + subject + " reply " + std::to_string(body.size()) + "\r\n" + body + "\r\n");
  };
  const auto says = [](const std::string& answer, std::string_view part) {
    return answer.find(part) != std::string::npos;
  };
  ask(std::string(kQuiet) + "SUB reply 1\r\n");
  request("$JS.API.STREAM.CREATE.S", R"({"name":"S","subjects":["s"]})");
  CHECK(says(request("s", "x"), R"("seq":1)"));

  bench.server.set_short_of_memory(true);
  CHECK(says(request("s", "x"), "insufficient resources"));
  CHECK(says(request("$JS.API.STREAM.CREATE.T", R"({"name":"T","subjects":["t"]})"),
             "insufficient memory"));
  CHECK(says(request("$JS.API.CONSUMER.CREATE.S", R"({"stream_name":"S","config":{}})"),
             "insufficient memory"));
  const ClientId other = bench.open();
  bench.say(other, kQuiet);
  CHECK(bench.say(other, "SUB more 1\r\n").find("-ERR") == 0);

  bench.server.set_short_of_memory(false);
  CHECK(says(request("s", "x"), R"("seq":2)"));
}

TEST_CASE("Server: two in one process know nothing of each other") {
  Bench one;
  Bench two;
  const ClientId taker = one.open();
  one.say(taker, std::string(kQuiet) + "SUB > 1\r\n");
  const ClientId giver = two.open();
  one.heard[taker.value].clear();
  two.say(giver, std::string(kQuiet) + "PUB a 0\r\n\r\n");
  one.drain();
  CHECK(one.heard[taker.value].empty());
}

TEST_CASE("Server: who waits for an account of which nobody knows is refused in time") {
  const auto key = [](NkeyKind kind) { return encode_nkey(kind, std::string(32, 'k')); };
  Options options;
  options.debug = true;
  options.authorization.needs_jwt = true;
  options.operators.emplace();
  options.operators->trusted_keys = {key(NkeyKind::kOperator)};
  options.operators->resolver = ResolverKind::kUrl;
  Bench bench(options);
  const std::string jwt =
      base64_url(R"({"typ":"JWT","alg":"ed25519-nkey"})") + "." +
      base64_url(R"({"iss":")" + key(NkeyKind::kAccount) + R"(","sub":")" + key(NkeyKind::kUser) +
                 R"(","nats":{"type":"user","version":2}})") +
      "." + base64_url(std::string(64, 's'));
  const ClientId client = bench.open();
  bench.say(client, "CONNECT {\"verbose\":false,\"jwt\":\"" + jwt + "\"}\r\n");
  REQUIRE(bench.tasks.size() == 1);
  bench.server.done(bench.now, bench.tasks[0].id, std::string("1"));
  bench.drain();
  REQUIRE(std::holds_alternative<FetchAccountJwt>(bench.tasks.back().work));
  bench.pass(seconds(1));
  CHECK(bench.closed.count(client.value) == 0);
  bench.pass(seconds(2));
  CHECK(bench.closed.count(client.value) == 1);
  // What comes later is for nobody.
  bench.server.done(bench.now, bench.tasks.back().id, std::string("nonsense"));
  CHECK(bench.closed.size() == 1);
}

}  // namespace myelin
