#include "core/jetstream/consumer_config_json.h"

#include <catch2/catch.hpp>

using namespace myelin;

namespace {

std::string written(const ConsumerConfig& config) {
  std::string text;
  JsonWriter json(text);
  write(json, config, ServerMetadata::kHidden);
  return text;
}

struct Refused {
  std::string_view json;
  std::string_view refusal;
};

// As nats-server 2.14.5 answers them, after "invalid JSON: ".
constexpr Refused kRefused[] = {
    {R"({"stream_name":5})",
     "json: cannot unmarshal number into Go struct field "
     "CreateConsumerRequest.stream_name of type string"},
    {R"({"config":5})",
     "json: cannot unmarshal number into Go struct field "
     "CreateConsumerRequest.config of type server.ConsumerConfig"},
    {R"({"config":{"durable_name":5}})",
     "json: cannot unmarshal number into Go struct field "
     "ConsumerConfig.config.durable_name of type string"},
    {R"({"config":{"backoff":[1.5]}})",
     "json: cannot unmarshal number 1.5 into Go struct field "
     "ConsumerConfig.config.backoff of type time.Duration"},
    {R"({"config":{"backoff":5}})",
     "json: cannot unmarshal number into Go struct field "
     "ConsumerConfig.config.backoff of type []time.Duration"},
    {R"({"config":{"max_waiting":"5"}})",
     "json: cannot unmarshal string into Go struct field "
     "ConsumerConfig.config.max_waiting of type int"},
    {R"({"config":{"rate_limit_bps":-1}})",
     "json: cannot unmarshal number -1 into Go struct field "
     "ConsumerConfig.config.rate_limit_bps of type uint64"},
    {R"({"config":{"ack_policy":5}})", R"(can not unmarshal "5")"},
    {R"({"config":{"deliver_policy":""}})", R"(can not unmarshal "\"\"")"},
    {R"({"config":{"deliver_policy":null}})", R"(can not unmarshal "null")"},
    {R"({"config":{"priority_policy":"x"}})", R"(unknown priority policy: "x")"},
    {R"({"action":"x"})", R"(unknown consumer action: "x")"},
    {R"({"action":5})", "unknown consumer action: 5"},
    {R"({"config":{"foo":1}})", R"(json: unknown field "foo")"},
    {R"({"pedantic":1})",
     "json: cannot unmarshal number into Go struct field "
     "CreateConsumerRequest.pedantic of type bool"},
};

}  // namespace

TEST_CASE("ConsumerConfig JSON: what cannot be read is told in Go's words") {
  for (const Refused& refused : kRefused) {
    INFO(refused.json);
    const auto request = read_consumer_request(refused.json, JsonStrictness::kStrict);
    REQUIRE_FALSE(request.ok());
    CHECK(request.error().description == "invalid JSON: " + std::string(refused.refusal));
  }
}

TEST_CASE("ConsumerConfig JSON: a request has its stream, its config and what it wants") {
  const auto request = read_consumer_request(
      R"({"stream_name":"A","config":{"name":"c"},"action":"update","pedantic":true})",
      JsonStrictness::kStrict);
  REQUIRE(request.ok());
  CHECK(request.value().stream_name == "A");
  CHECK(request.value().config.name == "c");
  CHECK(request.value().action == ConsumerAction::kUpdate);
  CHECK(request.value().pedantic);
  CHECK(read_consumer_request(R"({"action":""})", JsonStrictness::kStrict).value().action ==
        ConsumerAction::kCreateOrUpdate);
}

TEST_CASE("ConsumerConfig JSON: undefined is to deliver all") {
  const auto config =
      read_consumer_config(R"({"deliver_policy":"undefined"})", JsonStrictness::kStrict);
  REQUIRE(config.ok());
  CHECK(config.value().deliver_policy == DeliverPolicy::kAll);
}

TEST_CASE("ConsumerConfig JSON: a consumer that sources is refused by name") {
  const auto config = read_consumer_config(R"({"sourcing":true})", JsonStrictness::kStrict);
  REQUIRE_FALSE(config.ok());
  CHECK(config.error().err_code == ApiErrc::kStreamInvalidConfig);
  CHECK(config.error().description == "sourcing consumers are not supported by this server yet");
}

TEST_CASE("ConsumerConfig JSON: an empty config writes its policies and replicas only") {
  CHECK(written({}) == R"({"deliver_policy":"all","ack_policy":"none","replay_policy":"instant",)"
                       R"("num_replicas":0})");
}

TEST_CASE("ConsumerConfig JSON: every field that is written is read again") {
  const std::string_view json =
      R"({"durable_name":"c","name":"c","description":"d","deliver_policy":"by_start_time",)"
      R"("opt_start_seq":18446744073709551615,"opt_start_time":"2020-01-01T00:00:00.5Z",)"
      R"("ack_policy":"explicit","ack_wait":1,"max_deliver":2,"backoff":[3,4],)"
      R"("filter_subject":"f","filter_subjects":["g","h"],"replay_policy":"original",)"
      R"("rate_limit_bps":5,"sample_freq":"6%","max_waiting":7,"max_ack_pending":8,)"
      R"("flow_control":true,"headers_only":true,"max_batch":9,"max_expires":10,"max_bytes":11,)"
      R"("deliver_subject":"s","deliver_group":"q","idle_heartbeat":12,)"
      R"("inactive_threshold":13,"num_replicas":1,"mem_storage":true,"direct":true,)"
      R"("metadata":{"k":"v"},"pause_until":"2030-01-01T00:00:00Z","priority_groups":["p"],)"
      R"("priority_policy":"prioritized","priority_timeout":14})";
  const auto config = read_consumer_config(json, JsonStrictness::kStrict);
  REQUIRE(config.ok());
  CHECK(written(config.value()) == json);
}
