#include "core/jetstream/pull_request.h"

#include "catch2/catch.hpp"

using namespace myelin;

namespace {

std::string refusal(std::string_view body, const ConsumerConfig& config = {}) {
  const Result<PullRequest, PullRefusal> parsed = parse_pull_request(body);
  if (!parsed.ok()) return parsed.error();
  return check(parsed.value(), config).value_or("");
}

}  // namespace

TEST_CASE("PullRequest: a body without JSON asks for so many messages, or for one") {
  CHECK(parse_pull_request("").value().batch == 1);
  CHECK(parse_pull_request(" 12 ").value().batch == 12);
  CHECK(parse_pull_request("many").value().batch == 1);
  CHECK_FALSE(parse_pull_request("12").value().has_group);
}

TEST_CASE("PullRequest: JSON says what is asked for") {
  const auto parsed = parse_pull_request(
      R"({"batch":5,"expires":1000,"max_bytes":9,"no_wait":true,"idle_heartbeat":500,)"
      R"("group":"g","min_pending":2,"min_ack_pending":3,"id":"x","priority":4,"unknown":1})");
  REQUIRE(parsed.ok());
  const PullRequest& request = parsed.value();
  CHECK(request.batch == 5);
  CHECK(request.expires == Duration(1000));
  CHECK(request.max_bytes == 9);
  CHECK(request.no_wait);
  CHECK(request.heartbeat == Duration(500));
  CHECK(request.group == "g");
  CHECK(request.min_pending == 2);
  CHECK(request.min_ack_pending == 3);
  CHECK(request.id == "x");
  CHECK(request.priority == 4);
  CHECK(request.has_group);
}

TEST_CASE("PullRequest: a heartbeat fits twice into the time to wait") {
  CHECK(refusal(R"({"idle_heartbeat":501,"expires":1000})") ==
        "400 Bad Request - heartbeat value too large");
  CHECK(refusal(R"({"idle_heartbeat":1})") == "400 Bad Request - heartbeat value too large");
}

TEST_CASE("PullRequest: the consumer's bounds are named in the refusal") {
  ConsumerConfig config;
  config.max_batch = 3;
  config.max_expires = milliseconds(1500);
  config.max_bytes = 100;
  CHECK(refusal("4", config) == "409 Exceeded MaxRequestBatch of 3");
  CHECK(refusal(R"({"expires":1600000000})", config) == "409 Exceeded MaxRequestExpires of 1.5s");
  CHECK(refusal(R"({"max_bytes":101})", config) == "409 Exceeded MaxRequestMaxBytes of 100");
  CHECK(refusal("3", config).empty());
}

TEST_CASE("PullRequest: groups are for consumers that have them") {
  ConsumerConfig config;
  CHECK(refusal(R"({"min_pending":1})", config) ==
        "400 Bad Request - Not a Overflow Priority consumer");
  CHECK(refusal(R"({"id":"a"})", config) ==
        "400 Bad Request - Not a Pinned Client Priority consumer");
  CHECK(refusal(R"({"priority":10})", config) ==
        "400 Bad Request - Priority must be between 0 and 9");
  config.priority_policy = PriorityPolicy::kOverflow;
  config.priority_groups = {"jobs"};
  CHECK(refusal("{}", config) == "400 Bad Request - Priority Group missing");
  CHECK(refusal(R"({"group":"other"})", config) == "400 Bad Request - Invalid Priority Group");
  CHECK(refusal(R"({"group":"jobs","min_pending":1})", config).empty());
  CHECK(refusal("1", config).empty());
}
