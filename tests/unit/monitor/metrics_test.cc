#include "core/monitor/metrics.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "core/limits.h"
#include "core/monitor/metrics_text.h"
#include "tests/unit/monitor/monitor_bench.h"

namespace myelin {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

// Every family once, with its type, and no sample of another one in it.
void check_form(const std::string& text) {
  std::set<std::string> families;
  std::string family;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = text.find('\n', begin);
    REQUIRE(end != std::string::npos);
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      INFO(family);
      CHECK(families.insert(family).second);
      CHECK(family.starts_with("myelin_"));
    } else if (line.starts_with("# TYPE ")) {
      CHECK(line.starts_with("# TYPE " + family + " "));
      CHECK(line.ends_with(" counter") == family.ends_with("_total"));
    } else {
      CHECK(line.starts_with(family));
    }
  }
}

}  // namespace

TEST_CASE("Metrics: what was counted is shown, each family once") {
  MonitorBench bench;
  const ClientId client = bench.connect("x");
  bench.say(client, "SUB a 1\r\n");
  bench.publish(client, "a", "hello");
  bench.publish(client, "a", std::string(100, 'x'));
  const MonitorBench::Answer answer =
      bench.get("/metrics", {.memory = 5, .cpu = 50, .http_requests = {{"/varz", 2}}});
  CHECK(answer.content_type == "text/plain; version=0.0.4; charset=utf-8");
  check_form(answer.text);
  CHECK(has_line(answer.text, "myelin_received_messages_total 2"));
  CHECK(has_line(answer.text, "myelin_sent_bytes_total 105"));
  CHECK(has_line(answer.text, "myelin_publish_size_bytes_bucket{le=\"16\"} 1"));
  CHECK(has_line(answer.text, "myelin_publish_size_bytes_bucket{le=\"128\"} 2"));
  CHECK(has_line(answer.text, "myelin_publish_size_bytes_bucket{le=\"+Inf\"} 2"));
  CHECK(has_line(answer.text, "myelin_publish_size_bytes_sum 105"));
  CHECK(has_line(answer.text, "myelin_cpu_ratio 0.5"));
  CHECK(has_line(answer.text, "myelin_http_requests_total{path=\"/varz\"} 2"));
}

TEST_CASE("Metrics: streams and consumers have theirs, up to so many") {
  MonitorBench bench(MonitorBench::with_jetstream());
  const ClientId client = bench.connect("me");
  const size_t count = kMetricsStreamsMax + 1;
  for (size_t index = 0; index < count; ++index) {
    const std::string name = "S" + std::to_string(10000 + index);
    bench.publish(client, "$JS.API.STREAM.CREATE." + name,
                  "{\"name\":\"" + name + "\",\"storage\":\"memory\"}");
  }
  bench.publish(client, "S10000", "hello");
  bench.publish(client, "$JS.API.CONSUMER.CREATE.S10500.c",
                "{\"stream_name\":\"S10500\",\"config\":{\"durable_name\":\"c\"}}");
  const MonitorBench::Answer answer = bench.get("/metrics");
  check_form(answer.text);
  CHECK(answer.slice_max < kReportSliceSize + 20000);
  CHECK(has_line(answer.text, "myelin_jetstream_streams " + std::to_string(count)));
  CHECK(has_line(answer.text, "myelin_stream_messages{account=\"$G\",stream=\"S10000\"} 1"));
  CHECK(answer.text.find("S11000\"") == std::string::npos);
  CHECK(has_line(
      answer.text,
      "myelin_consumer_pending_messages{account=\"$G\",stream=\"S10500\",consumer=\"c\"} 0"));
}

TEST_CASE("Metrics: a stream that goes while its consumers are shown takes no others along") {
  MonitorBench bench(MonitorBench::with_jetstream());
  const ClientId client = bench.connect("me");
  const auto add = [&](const std::string& stream, const std::string& consumer) {
    bench.publish(
        client, "$JS.API.CONSUMER.CREATE." + stream + "." + consumer,
        "{\"stream_name\":\"" + stream + "\",\"config\":{\"durable_name\":\"" + consumer + "\"}}");
  };
  for (const char* name : {"A", "B"}) {
    bench.publish(client, std::string("$JS.API.STREAM.CREATE.") + name,
                  std::string("{\"name\":\"") + name + "\",\"storage\":\"memory\"}");
  }
  add("B", "a");
  for (int count = 0; count < 900; ++count) add("A", "z" + std::to_string(count));
  const QueryId id = bench.ask("/metrics");
  const std::string begun = "{account=\"$G\",stream=\"A\",consumer=\"";
  while (bench.answer(id).text.find(begun) == std::string::npos) bench.pass(Duration{});
  REQUIRE_FALSE(bench.is_whole(id));
  bench.say(client, "PUB $JS.API.STREAM.DELETE.A 0\r\n\r\n");
  while (!bench.is_whole(id)) bench.pass(Duration{});
  const std::string text = bench.answer(id).text;
  check_form(text);
  CHECK(has_line(text,
                 "myelin_consumer_pending_messages{account=\"$G\",stream=\"B\",consumer=\"a\"} 0"));
}

TEST_CASE("Metrics: what a consumer waits for is counted for one in a turn, once") {
  MonitorBench bench(MonitorBench::with_jetstream());
  const ClientId client = bench.connect("me");
  bench.publish(client, "$JS.API.STREAM.CREATE.S",
                R"({"name":"S","subjects":["s.*"],"storage":"memory"})");
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    bench.publish(client, std::string("$JS.API.CONSUMER.CREATE.S.") + name,
                  std::string(R"({"stream_name":"S","config":{"durable_name":")") + name + "\"}}");
  }
  for (const char* url : {"/metrics", "/jsz?consumers=1"}) {
    const size_t known = bench.get(url).slices;
    bench.publish(client, "s.1", "hello");
    CHECK(bench.get(url).slices >= known + 4);
    CHECK(bench.get(url).slices == known);
  }
}

TEST_CASE("Metrics: labels are escaped") {
  std::string text;
  append_sample(text, "name", {{"label", "a\"b\\c\nd\xFF"}}, uint64_t{1});
  CHECK(text == "name{label=\"a\\\"b\\\\c\\nd?\"} 1\n");
}

TEST_CASE("Metrics: the time that a sync took is counted") {
  MonitorBench bench(MonitorBench::with_jetstream());
  const ClientId client = bench.connect("me");
  bench.publish(client, "$JS.API.STREAM.CREATE.S", "{\"name\":\"S\"}");
  bench.say(client, "PUB S reply 2\r\nhi\r\n");
  const std::string text = bench.get("/metrics").text;
  CHECK(text.find("myelin_jetstream_sync_duration_seconds_count 0") == std::string::npos);
  CHECK(text.find("myelin_jetstream_sync_duration_seconds_bucket{le=\"1.6384e-05\"}") !=
        std::string::npos);
}

}  // namespace myelin
