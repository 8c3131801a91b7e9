// Reports that are of one piece, and /jsz.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/monitor/monitor_bench.h"

namespace myelin {
namespace {

constexpr const char* kStream = R"({"name":"ORDERS","subjects":["o.>"]})";
constexpr const char* kConsumer =
    R"({"stream_name":"ORDERS","config":{"durable_name":"worker","ack_policy":"explicit"}})";

struct Orders : MonitorBench {
  Orders() : MonitorBench(with_jetstream()), client(connect("me")) {
    publish(client, "$JS.API.STREAM.CREATE.ORDERS", kStream);
    publish(client, "$JS.API.CONSUMER.CREATE.ORDERS.worker", kConsumer);
    publish(client, "o.1", "hello");
    publish(client, "o.2", "hello");
    pass(seconds(1));  // consumers see what is on the disk
  }
  ClientId client;
};

}  // namespace

TEST_CASE("Varz: counters, options and the host's facts") {
  Options options;
  options.monitor.http_port = 8222;
  options.monitor.tags = {"a:b"};
  options.monitor.metadata = {{"k", "v"}};
  options.max_subscriptions = 9;
  options.system_account.clear();  // whose requests would be subscriptions
  MonitorBench bench(options);
  const ClientId client = bench.connect("x");
  bench.say(client, "SUB a 1\r\n");
  bench.publish(client, "a", "hello");
  bench.pass(seconds(3661));
  const HostFacts host{
      .memory = 1000, .cpu = 12.5, .cores = 2, .http_requests = {{"/varz", 3}, {"/connz", 1}}};
  const auto document = JsonDocument::parse(bench.get("/varz", host).text, 8);
  REQUIRE(document);
  const JsonView varz = document->root();
  CHECK(varz.find("in_msgs").as_uint() == 1);
  CHECK(varz.find("in_client_bytes").as_uint() == 5);
  CHECK(varz.find("out_bytes").as_uint() == 5);
  CHECK(varz.find("connections").as_uint() == 1);
  CHECK(varz.find("subscriptions").as_uint() == 1);
  CHECK(varz.find("uptime").as_string() == "1h1m1s");
  CHECK(varz.find("mem").as_uint() == 1000);
  CHECK(varz.find("cpu").as_number() == 12.5);
  CHECK(varz.find("cores").as_uint() == 2);
  CHECK(varz.find("http_port").as_uint() == 8222);
  CHECK(varz.find("max_subscriptions").as_uint() == 9);
  CHECK(varz.find("ping_interval").as_uint() == 120'000'000'000u);
  CHECK(varz.find("auth_timeout").as_number() == 2);
  CHECK(varz.find("http_req_stats").find("/varz").as_uint() == 3);
  CHECK(varz.find("tags").at(0).as_string() == "a:b");
  CHECK(varz.find("metadata").find("k").as_string() == "v");
  CHECK(varz.find("jetstream").size() == 0);
  CHECK(varz.find("websocket").size() == 0);
}

TEST_CASE("Varz: what JetStream was told and has") {
  Orders bench;
  const JsonDocument document = bench.json("/varz");
  const JsonView jetstream = document.root().find("jetstream");
  CHECK(jetstream.find("config").find("max_memory").as_uint() == 1u << 20);
  CHECK(jetstream.find("config").find("sync_always").as_bool() == true);
  CHECK(jetstream.find("stats").find("storage").as_uint() > 0u);
  CHECK(jetstream.find("stats").find("api").find("total").as_uint() == 2);
  CHECK(jetstream.find("limits").is_object());
}

TEST_CASE("Jsz: as a whole, with streams, with consumers and configs") {
  Orders bench;
  const JsonDocument whole = bench.json("/jsz");
  CHECK(whole.root().find("streams").as_uint() == 1);
  CHECK(whole.root().find("consumers").as_uint() == 1);
  CHECK(whole.root().find("messages").as_uint() == 2);
  CHECK(whole.root().find("total").as_uint() == 1);
  CHECK_FALSE(whole.root().find("account_details").is_present());

  const JsonDocument accounts = bench.json("/jsz?accounts=1");
  const JsonView account = accounts.root().find("account_details").at(0);
  CHECK(account.find("id").as_string() == "$G");
  CHECK(account.find("reserved_memory").as_uint() == UINT64_MAX);
  CHECK_FALSE(account.find("stream_detail").is_present());

  const JsonDocument streams = bench.json("/jsz?streams=1");
  const JsonView stream = streams.root().find("account_details").at(0).find("stream_detail").at(0);
  CHECK(stream.find("name").as_string() == "ORDERS");
  CHECK(stream.find("state").find("messages").as_uint() == 2);
  CHECK_FALSE(stream.find("config").is_present());
  CHECK_FALSE(stream.find("consumer_detail").is_present());

  const JsonDocument all = bench.json("/jsz?consumers=1&config=1&raft=1");
  CHECK(all.root().find("streams_leader").as_uint() == 1);
  const JsonView full = all.root().find("account_details").at(0).find("stream_detail").at(0);
  CHECK(full.find("config").find("name").as_string() == "ORDERS");
  const JsonView consumer = full.find("consumer_detail").at(0);
  CHECK(consumer.find("name").as_string() == "worker");
  CHECK(consumer.find("num_pending").as_uint() == 2);
  CHECK(consumer.find("config").is_object());
  CHECK_FALSE(bench.json("/jsz?accounts=1&offset=1").root().find("account_details").is_present());
  CHECK_FALSE(bench.json("/jsz?streams=1&acc=x").root().find("account_details").is_present());
}

TEST_CASE("Jsz: many streams come in slices; one that goes meanwhile is missed by nobody") {
  MonitorBench bench(MonitorBench::with_jetstream());
  const ClientId client = bench.connect("me");
  for (int count = 0; count < 200; ++count) {
    const std::string name = "S" + std::to_string(1000 + count);
    bench.publish(client, "$JS.API.STREAM.CREATE." + name,
                  "{\"name\":\"" + name + "\",\"storage\":\"memory\"}");
  }
  const QueryId id = bench.ask("/jsz?streams=1&config=1");
  for (int count = 0; count < 2; ++count) bench.pass(Duration{});
  REQUIRE_FALSE(bench.is_whole(id));
  bench.say(client, "PUB $JS.API.STREAM.DELETE.S1199 0\r\n\r\n");
  while (!bench.is_whole(id)) bench.pass(Duration{});
  CHECK(bench.answer(id).slices > 2);
  const auto document = JsonDocument::parse(bench.answer(id).text, 16);
  REQUIRE(document);
  CHECK(document->root().find("account_details").at(0).find("stream_detail").size() == 199);
}

TEST_CASE("Jsz: without JetStream it says so") {
  MonitorBench bench;
  const JsonDocument report = bench.json("/jsz?streams=1");
  CHECK(report.root().find("disabled").as_bool() == true);
  CHECK(report.root().find("config").find("max_memory").as_uint() == 0);
  CHECK(report.root().find("total").as_uint() == 0);
}

TEST_CASE("Healthz: well, or what is missing") {
  Orders bench;
  const auto get = [&bench](std::string_view url) { return bench.get(url); };
  CHECK(get("/healthz").text == "{\"status\":\"ok\"}");
  CHECK(get("/healthz?details=1").text == "{\"status\":\"ok\"}");
  CHECK(get("/healthz?account=$G&stream=ORDERS&consumer=worker").status == 200);
  CHECK(get("/healthz?stream=x").status == 400);
  CHECK(
      get("/healthz?stream=x").text ==
      R"({"status":"error","error":"\"account\" must not be empty when checking stream health"})");
  CHECK(get("/healthz?account=x").status == 404);
  CHECK(get("/healthz?account=x").text ==
        R"({"status":"unavailable","error":"JetStream account \"x\" not found"})");
  CHECK(get("/healthz?account=$G&stream=x&details=1").text ==
        R"({"status":"error","errors":[{"type":"STREAM","account":"$G","stream":"x",)"
        R"("error":"JetStream stream \"x\" not found on account \"$G\""}]})");
  CHECK(get("/healthz?account=$G&stream=ORDERS&consumer=x").status == 404);
  CHECK(get("/healthz?details=x").status == 400);
}

TEST_CASE("Healthz: a server that still reads its streams is not ready") {
  MonitorBench bench(MonitorBench::with_jetstream(), false);
  const MonitorBench::Answer answer = bench.get("/healthz");
  CHECK(answer.status == 503);
  CHECK(answer.text == R"({"status":"unavailable","error":"JetStream is recovering"})");
  CHECK(bench.get("/healthz?js-server-only=1").status == 200);
}

TEST_CASE("Reports: all of them answer while streams are read") {
  Options options = MonitorBench::with_jetstream();
  options.jetstream->max_file_store = 32 << 20;
  MonitorBench before(options);
  const ClientId client = before.connect("me");
  for (const char* name : {"A", "B"}) {
    before.publish(client, std::string("$JS.API.STREAM.CREATE.") + name,
                   std::string("{\"name\":\"") + name + "\"}");
    before.publish(client, std::string("$JS.API.CONSUMER.CREATE.") + name + ".worker",
                   std::string("{\"stream_name\":\"") + name +
                       "\",\"config\":{\"durable_name\":\"worker\",\"ack_policy\":\"explicit\"}}");
    for (int count = 0; count < 60; ++count) before.publish(client, name, std::string(50'000, 'x'));
  }
  MonitorBench after(options, before.storage);
  int slices = 0;
  do {
    for (const char* url : {"/varz", "/connz?subs=1", "/subsz?subs=1", "/accountz?acc=$G",
                            "/jsz?consumers=1&config=1&direct-consumers=1", "/metrics",
                            "/healthz?account=$G&stream=A&consumer=worker"}) {
      CHECK_FALSE(after.get(url).text.empty());
    }
    ++slices;
  } while (after.recover_slice() == RecoverProgress::kMore);
  CHECK(slices > 3);
  const JsonDocument report = after.json("/jsz?consumers=1");
  CHECK(report.root().find("messages").as_uint() == 120);
  const JsonView streams = report.root().find("account_details").at(0).find("stream_detail");
  REQUIRE(streams.size() == 2);
  for (size_t index = 0; index < 2; ++index) {
    CHECK(streams.at(index).find("consumer_detail").at(0).find("num_pending").as_uint() == 60);
  }
}

TEST_CASE("Accountz: the accounts there are, and each of them") {
  Orders bench;
  const JsonDocument all = bench.json("/accountz");
  CHECK(all.root().find("accounts").size() == 2);
  const JsonDocument global = bench.json("/accountz?acc=$G");
  CHECK(global.root().find("account_detail").find("jetstream_enabled").as_bool() == true);
  CHECK(global.root().find("account_detail").find("client_connections").as_uint() == 1);
  const JsonDocument system = bench.json("/accountz?acc=$SYS");
  CHECK(system.root().find("account_detail").find("is_system").as_bool() == true);
  const MonitorBench::Answer unknown = bench.get("/accountz?acc=x");
  CHECK(unknown.status == 400);
  CHECK(unknown.text == "Account x does not exist");
}

TEST_CASE("Accstatz: those in use, or all") {
  MonitorBench bench;
  CHECK(bench.json("/accstatz").root().find("account_statz").size() == 0);
  CHECK(bench.json("/accstatz?unused=1").root().find("account_statz").size() == 2);
  const ClientId client = bench.connect("x");
  bench.publish(client, "a", "hello");
  const JsonDocument report = bench.json("/accstatz");
  const JsonView account = report.root().find("account_statz").at(0);
  CHECK(account.find("conns").as_uint() == 1);
  CHECK(account.find("received").find("bytes").as_uint() == 5);
}

TEST_CASE("Reports: a server that stands alone has no links, no raft, and no goroutines") {
  MonitorBench bench;
  CHECK(bench.json("/routez").root().find("routes").is_array());
  CHECK(bench.json("/gatewayz").root().find("outbound_gateways").is_object());
  CHECK(bench.json("/leafz").root().find("leafs").is_array());
  CHECK(bench.get("/ipqueuesz?all=1").text == "{}");
  CHECK(bench.get("/raftz").status == 404);
  CHECK(bench.get("/raftz").text == "No Raft nodes registered");
  CHECK(bench.get("/stacksz").text.find("no goroutines") != std::string::npos);
  CHECK(bench.get("/leafz?subs=x").status == 400);
  CHECK(bench.get("/gatewayz?accs=x").status == 400);
  CHECK(bench.get("/debug/vars").status == 404);
  CHECK(bench.get("/nothing").text == "404 page not found\n");
}

}  // namespace myelin
