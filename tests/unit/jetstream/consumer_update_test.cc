#include "core/jetstream/consumer_update.h"

#include <catch2/catch.hpp>

#include "core/jetstream/consumer_config_json.h"

using namespace myelin;

namespace {

ConsumerConfig config_of(std::string_view json) {
  const auto read = read_consumer_config(json, JsonStrictness::kStrict);
  REQUIRE(read.ok());
  ConsumerConfig config = read.value();
  REQUIRE_FALSE(apply_defaults(config, StreamConfig{}, {}, false).has_value());
  return config;
}

std::optional<ApiError> update(std::string_view old_json, std::string_view updated_json,
                               bool is_delivering = false) {
  ConsumerConfig updated = config_of(updated_json);
  return check_update(config_of(old_json), updated, is_delivering);
}

struct Refused {
  std::string_view updated;
  std::string_view refusal;
};

// Against a push consumer that delivers to s.
constexpr std::string_view kOld = R"({"durable_name":"c","deliver_subject":"s"})";
constexpr Refused kRefused[] = {
    {R"({"deliver_subject":"s","deliver_policy":"new"})", "deliver policy can not be updated"},
    {R"({"deliver_subject":"s","mem_storage":true})", "storage type can not be updated"},
    {R"({"deliver_subject":"s","opt_start_seq":5})", "start sequence can not be updated"},
    {R"({"deliver_subject":"s","opt_start_time":"2020-01-01T00:00:00Z"})",
     "start time can not be updated"},
    {R"({"deliver_subject":"s","ack_policy":"all"})", "ack policy can not be updated"},
    {R"({"deliver_subject":"s","replay_policy":"original"})", "replay policy can not be updated"},
    {R"({"deliver_subject":"s","idle_heartbeat":5})", "heart beats can not be updated"},
    {R"({"deliver_subject":"s","flow_control":true})", "flow control can not be updated"},
    {R"({})", "can not update push consumer to pull based"},
    {R"({"deliver_subject":"s","max_waiting":5})", "max waiting can not be updated"},
};

}  // namespace

TEST_CASE("Consumer update: what may not change is told") {
  for (const Refused& refused : kRefused) {
    INFO(refused.updated);
    const auto complaint = update(kOld, refused.updated);
    REQUIRE(complaint.has_value());
    CHECK(complaint->err_code == ApiErrc::kConsumerCreate);
    CHECK(complaint->description == refused.refusal);
  }
  CHECK(update("{}", R"({"deliver_subject":"s"})")->description ==
        "can not update pull consumer to push based");
}

TEST_CASE("Consumer update: a subject somebody listens on stays") {
  CHECK(update(kOld, R"({"deliver_subject":"t"})", true)->err_code == ApiErrc::kConsumerNameExist);
  CHECK_FALSE(update(kOld, R"({"deliver_subject":"t"})", false).has_value());
}

TEST_CASE("Consumer update: backoff keeps within the deliveries") {
  CHECK(update("{}", R"({"backoff":[1,2],"max_deliver":1})")->err_code ==
        ApiErrc::kConsumerMaxDeliverBackoff);
}

TEST_CASE("Consumer update: the rest may change") {
  CHECK_FALSE(update(R"({"durable_name":"c","ack_policy":"explicit"})",
                     R"({"durable_name":"c","ack_policy":"explicit","ack_wait":5,"max_deliver":3,)"
                     R"("filter_subject":"a.x","sample_freq":"3","max_ack_pending":3,)"
                     R"("headers_only":true,"max_batch":3,"inactive_threshold":9,)"
                     R"("metadata":{"x":"y"},"description":"d","num_replicas":1})")
                  .has_value());
}

TEST_CASE("Consumer update: a pause stays as it was") {
  const ConsumerConfig old = config_of(R"({"pause_until":"2030-01-01T00:00:00Z"})");
  ConsumerConfig updated = config_of("{}");
  REQUIRE_FALSE(check_update(old, updated, false).has_value());
  CHECK(updated.pause_until == old.pause_until);
  CHECK(updated.metadata.at("_nats.req.level") == "1");
}

TEST_CASE("Consumer update: what asks for nothing new is the same") {
  const ConsumerConfig existing =
      config_of(R"({"durable_name":"c","pause_until":"2030-01-01T00:00:00Z"})");
  CHECK(is_same(config_of(R"({"durable_name":"c"})"), existing));
  CHECK_FALSE(is_same(config_of(R"({"durable_name":"c","max_deliver":2})"), existing));
  CHECK_FALSE(is_same(config_of(R"({"durable_name":"c","metadata":{"a":"b"}})"), existing));
}
