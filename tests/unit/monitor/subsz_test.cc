#include "core/monitor/subsz.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/limits.h"
#include "tests/unit/monitor/monitor_bench.h"

namespace myelin {
namespace {

std::vector<std::string> subjects_of(JsonView report) {
  std::vector<std::string> subjects;
  report.find("subscriptions_list").each([&subjects](std::string_view, JsonView subscription) {
    subjects.emplace_back(*subscription.find("subject").as_string());
    return true;
  });
  return subjects;
}

using Subjects = std::vector<std::string>;

MonitorBench& with_three(MonitorBench& bench) {
  const ClientId one = bench.connect("one");
  const ClientId two = bench.connect("two");
  bench.say(two, "SUB c.* 1\r\n");
  bench.say(one, "SUB a 1\r\nSUB b.> q 2\r\n");
  return bench;
}

// Whose requests would be subscriptions, too.
Options without_system_account() {
  Options options;
  options.system_account.clear();
  return options;
}

}  // namespace

TEST_CASE("Subsz: only counts are shown unless the list is asked for") {
  MonitorBench bench(without_system_account());
  const std::string text = with_three(bench).get("/subsz").text;
  CHECK(text == "{\n  \"server_id\": \"" + bench.server.id() +
                    "\",\n"
                    "  \"now\": \"2023-11-14T22:13:20Z\",\n"
                    "  \"num_subscriptions\": 3,\n"
                    "  \"num_cache\": 0,\n"
                    "  \"num_inserts\": 3,\n"
                    "  \"num_removes\": 0,\n"
                    "  \"num_matches\": 0,\n"
                    "  \"cache_hit_rate\": 0,\n"
                    "  \"max_fanout\": 0,\n"
                    "  \"avg_fanout\": 0,\n"
                    "  \"total\": 0,\n"
                    "  \"offset\": 0,\n"
                    "  \"limit\": 1024\n"
                    "}");
  CHECK(bench.get("/subscriptionsz").text == text);
}

TEST_CASE("Subsz: the list goes by client, and by page") {
  MonitorBench bench(without_system_account());
  with_three(bench);
  const JsonDocument all = bench.json("/subsz?subs=1");
  CHECK(subjects_of(all.root()) == Subjects{"a", "b.>", "c.*"});
  CHECK(all.root().find("total").as_uint() == 3);
  CHECK(subjects_of(bench.json("/subsz?subs=1&offset=1&limit=1").root()) == Subjects{"b.>"});
  CHECK(subjects_of(bench.json("/subsz?subs=1&offset=2&limit=9").root()) == Subjects{"c.*"});
  CHECK_FALSE(bench.json("/subsz?subs=1&offset=3").root().find("subscriptions_list").is_present());
  CHECK(bench.json("/subsz?subs=1&acc=$SYS").root().find("num_subscriptions").as_uint() == 0);
}

TEST_CASE("Subsz: tested against a subject, only those that take it") {
  MonitorBench bench(without_system_account());
  with_three(bench);
  const JsonDocument report = bench.json("/subsz?subs=1&test=b.x");
  CHECK(subjects_of(report.root()) == Subjects{"b.>"});
  CHECK(report.root().find("total").as_uint() == 1);
  const JsonView taker = report.root().find("subscriptions_list").at(0);
  CHECK(taker.find("qgroup").as_string() == "q");
  CHECK(taker.find("account").as_string() == "$G");
  CHECK(taker.find("cid").as_uint() == 1);
  const MonitorBench::Answer refused = bench.get("/subsz?test=foo.*");
  CHECK(refused.status == 400);
  CHECK(refused.text == "invalid test subject, must be valid publish subject: foo.*");
}

TEST_CASE("Subsz: the server's own subscriptions come first, numbered") {
  MonitorBench bench(MonitorBench::with_jetstream());
  with_three(bench);
  const JsonDocument report = bench.json("/subsz?subs=1");
  const JsonView first = report.root().find("subscriptions_list").at(0);
  CHECK(first.find("cid").as_uint() == 0);
  CHECK(first.find("sid").as_string() == "1");
  CHECK(subjects_of(report.root()).back() == "c.*");
  CHECK(report.root().find("total").as_uint() == report.root().find("subscriptions_list").size());
  CHECK(bench.json("/subsz?subs=1&test=$JS.API.INFO").root().find("total").as_uint() > 0u);
}

TEST_CASE("Subsz: many subscriptions come in slices") {
  MonitorBench bench(without_system_account());
  const ClientId one = bench.connect("one");
  const ClientId two = bench.connect("two");
  std::string subscribe;
  for (int count = 0; count < 3000; ++count) {
    subscribe += "SUB s." + std::to_string(count) + " " + std::to_string(count) + "\r\n";
  }
  bench.say(one, subscribe);
  bench.say(two, subscribe);
  const MonitorBench::Answer answer = bench.get("/subsz?subs=1&offset=2990&limit=100000");
  CHECK(answer.slices > 5);
  CHECK(answer.slice_max < kReportSliceSize + 2048);
  const auto document = JsonDocument::parse(answer.text, 8);
  REQUIRE(document);
  CHECK(subjects_of(document->root()).size() == 3010);
}

}  // namespace myelin
