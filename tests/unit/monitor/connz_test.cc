#include "core/monitor/connz.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/limits.h"
#include "tests/unit/monitor/monitor_bench.h"

namespace myelin {
namespace {

std::vector<uint64_t> ids_of(JsonView report) {
  std::vector<uint64_t> ids;
  report.find("connections").each([&ids](std::string_view, JsonView connection) {
    ids.push_back(*connection.find("cid").as_uint());
    return true;
  });
  return ids;
}

using Ids = std::vector<uint64_t>;

}  // namespace

TEST_CASE("Connz: a connection is shown with nats-server's fields, in its order") {
  MonitorBench bench;
  const ClientId client = bench.connect("me");
  bench.say(client, "SUB a 1\r\nSUB b q 2\r\nUNSUB 2 5\r\n");
  bench.pass(seconds(1));
  bench.publish(client, "a", "hello");
  bench.pass(seconds(65));
  const std::string text = bench.get("/connz?subs=detail").text;
  CHECK(text == "{\n  \"server_id\": \"" + bench.server.id() +
                    "\",\n"
                    "  \"now\": \"2023-11-14T22:14:26Z\",\n"
                    "  \"num_connections\": 1,\n"
                    "  \"total\": 1,\n"
                    "  \"offset\": 0,\n"
                    "  \"limit\": 1024,\n"
                    "  \"connections\": [\n"
                    "    {\n"
                    "      \"cid\": 1,\n"
                    "      \"kind\": \"Client\",\n"
                    "      \"type\": \"nats\",\n"
                    "      \"ip\": \"127.0.0.1\",\n"
                    "      \"port\": 7,\n"
                    "      \"start\": \"2023-11-14T22:13:20Z\",\n"
                    "      \"last_activity\": \"2023-11-14T22:13:21Z\",\n"
                    "      \"rtt\": \"1ns\",\n"
                    "      \"uptime\": \"1m6s\",\n"
                    "      \"idle\": \"1m5s\",\n"
                    "      \"pending_bytes\": 0,\n"
                    "      \"in_msgs\": 1,\n"
                    "      \"out_msgs\": 1,\n"
                    "      \"in_bytes\": 5,\n"
                    "      \"out_bytes\": 5,\n"
                    "      \"subscriptions\": 2,\n"
                    "      \"name\": \"me\",\n"
                    "      \"lang\": \"cpp\",\n"
                    "      \"version\": \"1\",\n"
                    "      \"subscriptions_list_detail\": [\n"
                    "        {\n"
                    "          \"subject\": \"a\",\n"
                    "          \"sid\": \"1\",\n"
                    "          \"msgs\": 1,\n"
                    "          \"cid\": 1\n"
                    "        },\n"
                    "        {\n"
                    "          \"subject\": \"b\",\n"
                    "          \"qgroup\": \"q\",\n"
                    "          \"sid\": \"2\",\n"
                    "          \"msgs\": 0,\n"
                    "          \"max\": 5,\n"
                    "          \"cid\": 1\n"
                    "        }\n"
                    "      ]\n"
                    "    }\n"
                    "  ]\n"
                    "}");
}

TEST_CASE("Connz: nobody is an empty list") {
  MonitorBench bench;
  const std::string text = bench.get("/connz").text;
  CHECK(text.ends_with("\"limit\": 1024,\n  \"connections\": []\n}"));
}

TEST_CASE("Connz: sorted by what is asked for, the most first, but ids and uptimes ascending") {
  MonitorBench bench;
  const ClientId one = bench.connect("one");
  bench.pass(seconds(1));
  const ClientId two = bench.connect("two");
  bench.pass(seconds(1));
  const ClientId three = bench.connect("three");
  bench.publish(two, "x", "twelve bytes");
  bench.publish(one, "x", "1");
  bench.publish(one, "x", "1");
  bench.say(three, "SUB x 1\r\nSUB y 2\r\n");
  CHECK(ids_of(bench.json("/connz").root()) == Ids{1, 2, 3});
  CHECK(ids_of(bench.json("/connz?sort=msgs_from").root()) == Ids{1, 2, 3});
  CHECK(ids_of(bench.json("/connz?sort=bytes_from").root()) == Ids{2, 1, 3});
  CHECK(ids_of(bench.json("/connz?sort=subs").root()) == Ids{3, 1, 2});
  CHECK(ids_of(bench.json("/connz?sort=uptime").root()) == Ids{3, 2, 1});
  CHECK(ids_of(bench.json("/connz?sort=start&offset=1&limit=1").root()) == Ids{2});
}

TEST_CASE("Connz: a page shows its part, and how many there are in all") {
  MonitorBench bench;
  for (int count = 0; count < 5; ++count) bench.connect("x");
  const JsonDocument page = bench.json("/connz?offset=3&limit=10");
  CHECK(ids_of(page.root()) == Ids{4, 5});
  CHECK(page.root().find("num_connections").as_uint() == 2);
  CHECK(page.root().find("total").as_uint() == 5);
  CHECK(ids_of(bench.json("/connz?offset=9").root()).empty());
}

TEST_CASE("Connz: of what somebody who left had said the beginning is kept") {
  MonitorBench bench;
  std::string name = "yy";
  while (name.size() < 3000) name += "xü";
  bench.close(bench.connect(name));
  const JsonDocument report = bench.json("/connz?state=closed");
  const auto kept = report.root().find("connections").at(0).find("name").as_string();
  CHECK(kept == name.substr(0, 255));
}

TEST_CASE("Connz: who has left is shown with the reason, the newest kept") {
  Options options;
  options.monitor.max_closed_clients = 2;
  MonitorBench bench(options);
  const ClientId first = bench.connect("first");
  const ClientId second = bench.connect("second");
  const ClientId third = bench.connect("third");
  bench.say(second, "SUB kept 1\r\n");
  bench.close(first);
  bench.close(second);
  bench.say(third, "NONSENSE\r\n");
  const JsonDocument report = bench.json("/connz?state=closed&subs=1&sort=reason");
  CHECK(ids_of(report.root()) == Ids{2, 3});
  const JsonView left = report.root().find("connections").at(0);
  CHECK(left.find("reason").as_string() == "Client Closed");
  CHECK(left.find("stop").is_present());
  CHECK(left.find("name").as_string() == "second");
  CHECK(left.find("subscriptions").as_uint() == 1);
  CHECK(left.find("subscriptions_list").at(0).as_string() == "kept");
  CHECK(report.root().find("connections").at(1).find("reason").as_string() == "Protocol Violation");
  CHECK(ids_of(bench.json("/connz").root()).empty());
  bench.connect("fourth");
  CHECK(ids_of(bench.json("/connz?state=any").root()) == Ids{2, 3, 4});
  CHECK(ids_of(bench.json("/connz?state=all&cid=3").root()) == Ids{3});
  CHECK(ids_of(bench.json("/connz?cid=3").root()).empty());
}

TEST_CASE("Connz: who is asked for by name, by account, or not at all") {
  MonitorBench bench;
  const ClientId ann = bench.open();
  bench.say(ann, "CONNECT {\"verbose\":false,\"user\":\"ann\",\"pass\":\"x\"}\r\n");
  const ClientId token = bench.open();
  bench.say(token, "CONNECT {\"verbose\":false,\"auth_token\":\"secret\"}\r\n");
  CHECK(ids_of(bench.json("/connz?user=ann").root()) == Ids{1});
  CHECK(ids_of(bench.json("/connz?acc=$G").root()) == Ids{1, 2});
  CHECK(ids_of(bench.json("/connz?acc=$SYS").root()).empty());
  CHECK(ids_of(bench.json("/connz?mqtt_client=x").root()).empty());
  CHECK(bench.json("/connz?acc=nobody").root().find("connections").is_null());
  const JsonDocument shown = bench.json("/connz?auth=1");
  const JsonView connections = shown.root().find("connections");
  CHECK(connections.at(0).find("authorized_user").as_string() == "ann");
  CHECK(connections.at(1).find("authorized_user").as_string() == "[REDACTED]");
}

TEST_CASE("Connz: what cannot be is refused in nats-server's words") {
  MonitorBench bench;
  const auto refusal = [&bench](std::string_view url) {
    const MonitorBench::Answer answer = bench.get(url);
    CHECK(answer.status == 400);
    CHECK(answer.content_type == "text/plain; charset=utf-8");
    return answer.text;
  };
  CHECK(refusal("/connz?sort=x") == "invalid sorting option: x");
  CHECK(refusal("/connz?sort=stop") == "sort by stop only valid on closed connections");
  CHECK(refusal("/connz?sort=reason&state=any") ==
        "sort by reason only valid on closed connections");
  CHECK(refusal("/connz?state=foo%20bar&sort=x") == "Error decoding state for foo bar");
  CHECK(refusal("/connz?subs=x") ==
        "Error decoding boolean for 'subs': strconv.ParseBool: parsing \"x\": invalid syntax");
}

TEST_CASE("Connz: many connections come in slices, and others are served between them") {
  MonitorBench bench;
  for (int count = 0; count < 2000; ++count) bench.connect("client " + std::to_string(count));
  const QueryId id = bench.ask("/connz?limit=10000&subs=1");
  CHECK_FALSE(bench.is_whole(id));
  CHECK(bench.server.deadline() == bench.now.mono);
  const MonitorBench::Answer health = bench.get("/healthz");
  CHECK(health.text == "{\"status\":\"ok\"}");
  CHECK_FALSE(bench.is_whole(id));
  while (!bench.is_whole(id)) bench.pass(Duration{});
  const MonitorBench::Answer answer = bench.answer(id);
  CHECK(answer.slices > 10);
  CHECK(answer.slice_max < kReportSliceSize + 2048);
  const auto document = JsonDocument::parse(answer.text, 8);
  REQUIRE(document);
  CHECK(ids_of(document->root()).size() == 2000);
}

TEST_CASE("Connz: who leaves meanwhile is shown as it was") {
  MonitorBench bench;
  std::vector<ClientId> clients;
  for (int count = 0; count < 300; ++count) clients.push_back(bench.connect("x"));
  const QueryId id = bench.ask("/connz");
  while (bench.answer(id).slices < 1) bench.pass(Duration{});
  REQUIRE_FALSE(bench.is_whole(id));
  bench.close(clients.back());
  bench.connect("late");
  while (!bench.is_whole(id)) bench.pass(Duration{});
  const auto document = JsonDocument::parse(bench.answer(id).text, 8);
  REQUIRE(document);
  const JsonView connections = document->root().find("connections");
  CHECK(connections.size() == 300);
  CHECK(document->root().find("num_connections").as_uint() == 300);
  CHECK(connections.at(299).find("reason").as_string() == "Client Closed");
}

TEST_CASE("Connz: one client's many subscriptions are walked over many turns") {
  MonitorBench bench;
  const ClientId hoarder = bench.connect("hoarder");
  std::string subscribe;
  for (int count = 0; count < 20000; ++count) {
    subscribe += "SUB some.subject." + std::to_string(count) + " " + std::to_string(count) + "\r\n";
  }
  bench.say(hoarder, subscribe);
  const QueryId id = bench.ask("/connz?subs=1");
  for (int count = 0; count < 4; ++count) bench.pass(Duration{});
  REQUIRE_FALSE(bench.is_whole(id));
  // The one that it stands at may be among those that go.
  std::string unsubscribe;
  for (int count = 0; count < 10000; ++count) {
    unsubscribe += "UNSUB " + std::to_string(count) + "\r\n";
  }
  bench.say(hoarder, unsubscribe);
  while (!bench.is_whole(id)) bench.pass(Duration{});
  CHECK(bench.answer(id).slice_max < kReportSliceSize + 2048);
  CHECK(JsonDocument::parse(bench.answer(id).text, 8));
}

TEST_CASE("Connz: a query that nobody waits for ends") {
  MonitorBench bench;
  for (int count = 0; count < 500; ++count) bench.connect("x");
  const QueryId id = bench.ask("/connz");
  bench.server.cancel_query(id);
  const size_t slices = bench.answer(id).slices;
  bench.pass(seconds(1));
  CHECK(bench.answer(id).slices == slices);
  CHECK(bench.server.deadline() != bench.now.mono);
}

}  // namespace myelin
