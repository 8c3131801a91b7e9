#include "core/jetstream/consumer_config.h"

#include <catch2/catch.hpp>

#include "core/jetstream/consumer_config_json.h"
#include "core/jetstream/stream_config_json.h"

using namespace myelin;

namespace {

StreamConfig stream_of(std::string_view json) {
  const auto request = read_stream_config_request(json, JsonStrictness::kStrict);
  REQUIRE(request.ok());
  const auto config = normalize(request.value().config, {}, false);
  REQUIRE(config.ok());
  return config.value();
}

ConsumerConfig read(std::string_view json) {
  const auto config = read_consumer_config(json, JsonStrictness::kStrict);
  INFO(json);
  REQUIRE(config.ok());
  return config.value();
}

StreamConfig limits_stream() { return stream_of(R"({"name":"A","subjects":["a.>"]})"); }
StreamConfig work_queue() {
  return stream_of(R"({"name":"A","subjects":["a.>"],"retention":"workqueue"})");
}
StreamConfig bounded_stream() {
  return stream_of(R"({"name":"A","subjects":["a.>"],)"
                   R"("consumer_limits":{"inactive_threshold":7000000000,"max_ack_pending":50}})");
}

struct Judged {
  std::optional<ApiError> error;
  ConsumerConfig config;
};

Judged judge(std::string_view json, const StreamConfig& stream, const ConsumerLimits& limits = {},
             bool pedantic = false) {
  Judged judged{.error = {}, .config = read(json)};
  judged.error = apply_defaults(judged.config, stream, limits, pedantic);
  if (!judged.error) judged.error = check(judged.config, stream, limits);
  return judged;
}

// "10083 consumer idle heartbeat..."; empty: nothing is wrong.
std::string text_of(const std::optional<ApiError>& error) {
  if (!error) return "";
  return std::to_string(static_cast<int>(error->err_code)) + " " + error->description;
}

std::string refusal(std::string_view json, const StreamConfig& stream = limits_stream(),
                    const ConsumerLimits& limits = {}) {
  return text_of(judge(json, stream, limits).error);
}

std::string refusal_when_pedantic(std::string_view json,
                                  const StreamConfig& stream = limits_stream()) {
  return text_of(judge(json, stream, {}, true).error);
}

struct Refused {
  std::string_view json;
  std::string_view refusal;
};

// As nats-server 2.14.5 answers them, on a stream of limits that takes a.>.
constexpr Refused kRefused[] = {
    {R"({"name":"c.x"})", "10052 consumer name can not contain '.', '*', '>', '\\', '/'"},
    {R"({"durable_name":"c x"})",
     "10052 consumer durable name can not contain '.', '*', '>', '\\', '/'"},
    {R"({"num_replicas":2})", "10126 consumer config replica count exceeds parent stream"},
    {R"({"num_replicas":-1})", "10133 replicas count cannot be negative"},
    {R"({"backoff":[-1]})", "10184 consumer backoff needs to be positive"},
    {R"({"ack_wait":-1})", "10183 consumer ack wait needs to be positive"},
    {R"({"ack_policy":"flow_control"})",
     "10218 flow control ack policy requires a push based consumer"},
    {R"({"ack_policy":"flow_control","deliver_subject":"d","max_ack_pending":-1})",
     "10220 flow control ack policy requires max ack pending"},
    {R"({"ack_policy":"flow_control","deliver_subject":"d","ack_wait":5})",
     "10221 flow control ack policy requires unset ack wait"},
    {R"({"ack_policy":"flow_control","deliver_subject":"d","max_deliver":5})",
     "10222 flow control ack policy requires unset max deliver"},
    {R"({"ack_policy":"explicit","backoff":[1,2],"max_deliver":1})",
     "10116 max deliver is required to be > length of backoff values"},
    {R"({"deliver_subject":"d.*"})", "10079 consumer deliver subject has wildcards"},
    {R"({"deliver_subject":"d..x"})", "10112 invalid push consumer deliver subject"},
    {R"({"deliver_subject":"a.x"})", "10081 consumer deliver subject forms a cycle"},
    {R"({"deliver_subject":"d","max_waiting":5})",
     "10080 consumer in push mode can not set max waiting"},
    {R"({"deliver_subject":"d","max_ack_pending":5})",
     "10082 consumer requires ack policy for max ack pending"},
    {R"({"deliver_subject":"d","idle_heartbeat":5})",
     "10083 consumer idle heartbeat needs to be >= 100ms"},
    {R"({"rate_limit_bps":5})", "10086 consumer in pull mode can not have rate limit set"},
    {R"({"idle_heartbeat":1000000000})",
     "10088 consumer idle heartbeat requires a push based consumer"},
    {R"({"flow_control":true})", "10089 consumer flow control requires a push based consumer"},
    {R"({"max_expires":5})", "10115 consumer max request expires needs to be >= 1ms"},
    {R"({"direct":true})", "10090 consumer direct requires a push based consumer"},
    {R"({"direct":true,"deliver_subject":"d","durable_name":"c"})",
     "10091 consumer direct requires an ephemeral consumer"},
    {R"({"filter_subject":"a.b","filter_subjects":["a.c"]})",
     "10136 consumer cannot have both FilterSubject and FilterSubjects specified"},
    {R"({"filter_subject":"a..b"})", "10052 invalid subject"},
    {R"({"filter_subjects":["a.b",""]})",
     "10139 consumer filter in FilterSubjects cannot be empty"},
    {R"({"filter_subjects":["a.b","a.*"]})", "10138 consumer subject filters cannot overlap"},
    {R"({"filter_subjects":["a.b","a.b"]})", "10138 consumer subject filters cannot overlap"},
    {R"({"opt_start_seq":5})",
     "10094 consumer delivery policy is deliver all, but optional start sequence is also set"},
    {R"({"deliver_policy":"last","opt_start_time":"2020-01-01T00:00:00Z"})",
     "10094 consumer delivery policy is deliver last, but optional start time is also set"},
    {R"({"deliver_policy":"by_start_sequence"})",
     "10094 consumer delivery policy is deliver by start sequence, "
     "but optional start sequence is not set"},
    {R"({"deliver_policy":"by_start_time"})",
     "10094 consumer delivery policy is deliver by start time, "
     "but optional start time is not set"},
    {R"({"deliver_policy":"by_start_time","opt_start_seq":5,)"
     R"("opt_start_time":"2020-01-01T00:00:00Z"})",
     "10094 consumer delivery policy is deliver by start time, "
     "but optional start start sequence is also set"},
    {R"({"deliver_policy":"last_per_subject"})",
     "10094 consumer delivery policy is deliver last per subject, "
     "but optional filter subject is not set"},
    {R"({"sample_freq":"x"})",
     R"(10095 failed to parse consumer sampling configuration: strconv.Atoi: parsing "x": )"
     "invalid syntax"},
    {R"({"sample_freq":"99999999999999999999"})",
     "10095 failed to parse consumer sampling configuration: strconv.Atoi: parsing "
     R"("99999999999999999999": value out of range)"},
    {R"({"sample_freq":"-1"})", "10095 failed to parse consumer sampling configuration: <nil>"},
    {R"({"deliver_subject":"d","flow_control":true})",
     "10108 consumer with flow control also needs heartbeats"},
    {R"({"name":"c","durable_name":"d"})",
     "10132 Consumer Durable and Name have to be equal if both are provided"},
    {R"({"priority_groups":["a"]})",
     "10196 consumer can not have priority groups when policy is none"},
    {R"({"priority_timeout":5})", "10197 PinnedTTL cannot be set when PriorityPolicy is none"},
    {R"({"priority_policy":"overflow","priority_groups":["a"],"deliver_subject":"d"})",
     "10178 priority groups can not be used with push consumers"},
    {R"({"priority_policy":"overflow"})",
     "10159 Setting PriorityPolicy requires at least one PriorityGroup to be set"},
    {R"({"priority_policy":"overflow","priority_groups":[""]})",
     "10161 Group name cannot be an empty string"},
    {R"({"priority_policy":"overflow","priority_groups":["a b"]})",
     "10162 Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 "
     "characters"},
    // Of two faults, the one that is looked for first.
    {R"({"name":"c.x","num_replicas":-1})",
     "10052 consumer name can not contain '.', '*', '>', '\\', '/'"},
    {R"({"flow_control":true,"sample_freq":"x","filter_subject":"a..b"})",
     "10089 consumer flow control requires a push based consumer"},
};

// Values that would have to be changed, in pedantic mode.
constexpr Refused kPedantic[] = {
    {R"({"max_deliver":-5})", "10157 pedantic mode: max_deliver must be set to -1"},
    {R"({"max_waiting":-1})", "10157 pedantic mode: max_waiting must not be negative"},
    {R"({"max_ack_pending":-5})", "10157 pedantic mode: max_ack_pending must be set to -1"},
    {R"({"max_batch":-1})", "10157 pedantic mode: max_batch must not be negative"},
    {R"({"max_expires":-1})", "10157 pedantic mode: max_expires must not be negative"},
    {R"({"max_bytes":-1})", "10157 pedantic mode: max_bytes must not be negative"},
    {R"({"idle_heartbeat":-1})", "10157 pedantic mode: idle_heartbeat must not be negative"},
    {R"({"inactive_threshold":-1})",
     "10157 pedantic mode: inactive_threshold must not be negative"},
    {R"({"priority_timeout":-1})", "10157 pedantic mode: priority_timeout must not be negative"},
    {R"({"backoff":[5]})", "10157 pedantic mode: first backoff value has to equal batch AckWait"},
    {R"({"ack_policy":"flow_control","deliver_subject":"d"})",
     "10219 flow control ack policy requires flow control"},
    {R"({"ack_policy":"flow_control","deliver_subject":"d","flow_control":true})",
     "10052 flow control ack policy heartbeat needs to be 1s"},
};

}  // namespace

TEST_CASE("ConsumerConfig: each fault is told in nats-server's words and order") {
  for (const Refused& refused : kRefused) {
    INFO(refused.json);
    CHECK(refusal(refused.json) == refused.refusal);
  }
}

TEST_CASE("ConsumerConfig: a pedantic client is told what would be changed") {
  for (const Refused& refused : kPedantic) {
    INFO(refused.json);
    CHECK(refusal_when_pedantic(refused.json) == refused.refusal);
  }
}

TEST_CASE("ConsumerConfig: sizes are bounded") {
  CHECK(refusal(R"({"description":")" + std::string(4097, 'd') + R"("})") ==
        "10107 consumer description is too long, maximum allowed is 4096");
  CHECK(refusal(R"({"metadata":{"a":")" + std::string(131072, 'v') + R"("}})") ==
        "10135 consumer metadata exceeds maximum size of 128KB");
}

TEST_CASE("ConsumerConfig: what is left out gets its default") {
  const ConsumerConfig pull = judge(R"({"ack_policy":"explicit"})", limits_stream()).config;
  CHECK(pull.ack_wait == seconds(30));
  CHECK(pull.max_deliver == -1);
  CHECK(pull.max_waiting == 512);
  CHECK(pull.max_ack_pending == 1000);
  CHECK(pull.num_replicas == 0);
  CHECK(pull.metadata == Metadata{{"_nats.req.level", "0"}});

  const ConsumerConfig push = judge(R"({"deliver_subject":"d"})", limits_stream()).config;
  CHECK(push.ack_wait == Duration::zero());
  CHECK(push.max_waiting == 0);
  CHECK(push.max_ack_pending == 0);
}

TEST_CASE("ConsumerConfig: negative numbers stand for none") {
  const ConsumerConfig config =
      judge(R"({"max_deliver":-7,"max_waiting":-1,"max_ack_pending":-9,"max_batch":-1,)"
            R"("max_expires":-1,"max_bytes":-1,"idle_heartbeat":-1,"inactive_threshold":-1})",
            limits_stream())
          .config;
  CHECK(config.max_deliver == -1);
  CHECK(config.max_waiting == 512);
  CHECK(config.max_ack_pending == -1);
  CHECK(config.max_batch == 0);
  CHECK(config.max_expires == Duration::zero());
  CHECK(config.max_bytes == 0);
  CHECK(config.idle_heartbeat == Duration::zero());
  CHECK(config.inactive_threshold == Duration::zero());
}

TEST_CASE("ConsumerConfig: the first step of backoff is the ack wait") {
  CHECK(judge(R"({"ack_policy":"explicit","ack_wait":5,"backoff":[7,8]})", limits_stream())
            .config.ack_wait == Duration(7));
}

TEST_CASE("ConsumerConfig: acks by flow control bring it along") {
  const Judged judged =
      judge(R"({"ack_policy":"flow_control","deliver_subject":"d"})", limits_stream());
  REQUIRE_FALSE(judged.error.has_value());
  CHECK(judged.config.flow_control);
  CHECK(judged.config.idle_heartbeat == seconds(1));
  CHECK(judged.config.metadata.at("_nats.req.level") == "4");
}

TEST_CASE("ConsumerConfig: a pinned client has two minutes") {
  const ConsumerConfig config =
      judge(R"({"priority_policy":"pinned_client","priority_groups":["a"]})", limits_stream())
          .config;
  CHECK(config.priority_timeout == minutes(2));
  CHECK(config.metadata.at("_nats.req.level") == "1");
}

TEST_CASE("ConsumerConfig: only a pause in the future of year one needs a level") {
  CHECK(judge(R"({"pause_until":"2030-01-01T00:00:00Z"})", limits_stream())
            .config.metadata.at("_nats.req.level") == "1");
  CHECK(judge(R"({"pause_until":"0001-01-01T00:00:00Z"})", limits_stream())
            .config.metadata.at("_nats.req.level") == "0");
}

TEST_CASE("ConsumerConfig: the stream's limits are defaults and bounds") {
  const ConsumerConfig config = judge(R"({"ack_policy":"explicit"})", bounded_stream()).config;
  CHECK(config.max_ack_pending == 50);
  CHECK(config.inactive_threshold == seconds(7));
  CHECK(refusal(R"({"ack_policy":"explicit","max_ack_pending":51})", bounded_stream()) ==
        "10121 consumer max ack pending exceeds system limit of 50");
  CHECK(refusal(R"({"inactive_threshold":8000000000})", bounded_stream()) ==
        "10153 consumer inactive threshold exceeds system limit of 7s");
  CHECK(refusal_when_pedantic("{}", bounded_stream()) ==
        "10157 pedantic mode: max_ack_pending must be set if it's configured in stream limits");
  CHECK(refusal_when_pedantic(R"({"max_ack_pending":5})", bounded_stream()) ==
        "10157 pedantic mode: inactive_threshold must be set if it's configured in stream limits");
  // What it inherits can be what a push consumer without acks may not have.
  CHECK(refusal(R"({"deliver_subject":"d"})", bounded_stream()) ==
        "10082 consumer requires ack policy for max ack pending");
}

TEST_CASE("ConsumerConfig: the server's and the account's limits are too") {
  const ConsumerLimits limits = {
      .max_ack_pending = 20, .account_max_ack_pending = 10, .max_request_batch = 5};
  const ConsumerConfig config =
      judge(R"({"ack_policy":"explicit"})", limits_stream(), limits).config;
  CHECK(config.max_ack_pending == 10);
  CHECK(config.max_batch == 5);
  CHECK(refusal(R"({"ack_policy":"explicit","max_ack_pending":11})", limits_stream(), limits) ==
        "10121 consumer max ack pending exceeds system limit of 10");
  CHECK(refusal(R"({"max_batch":6})", limits_stream(), limits) ==
        "10125 consumer max request batch exceeds server limit of 5");
}

TEST_CASE("ConsumerConfig: a work queue wants explicit acks from the start") {
  CHECK(refusal("{}", work_queue()) ==
        "10084 consumer in pull mode requires explicit ack policy on workqueue stream");
  CHECK(text_of(check_work_queue(read(R"({"ack_policy":"all"})"))) ==
        "10098 workqueue stream requires explicit ack");
  CHECK(text_of(check_work_queue(read(R"({"ack_policy":"explicit","deliver_policy":"new"})"))) ==
        "10101 consumer must be deliver all on workqueue stream");
  CHECK_FALSE(check_work_queue(read(R"({"ack_policy":"explicit"})")).has_value());
}

TEST_CASE("ConsumerConfig: a work queue gives each message to one consumer") {
  const ConsumerConfig all = read("{}");
  const ConsumerConfig eu = read(R"({"filter_subject":"a.eu.*"})");
  const ConsumerConfig some = read(R"({"filter_subjects":["a.us.*","a.*.x"]})");
  const ConsumerConfig asia = read(R"({"filter_subject":"a.asia.y"})");
  CHECK(text_of(work_queue_conflict(all, eu)) ==
        "10099 multiple non-filtered consumers not allowed on workqueue stream");
  CHECK(text_of(work_queue_conflict(eu, all)) ==
        "10100 filtered consumer not unique on workqueue stream");
  CHECK(text_of(work_queue_conflict(eu, some)) ==
        "10100 filtered consumer not unique on workqueue stream");
  CHECK_FALSE(work_queue_conflict(asia, some).has_value());
}

TEST_CASE("ConsumerConfig: only an ephemeral consumer without a threshold gets one") {
  ConsumerConfig ephemeral = read("{}");
  ConsumerConfig patient = read(R"({"inactive_threshold":60000000000})");
  ConsumerConfig durable = read(R"({"durable_name":"c"})");
  for (ConsumerConfig* config : {&ephemeral, &patient, &durable}) set_inactive_threshold(*config);
  CHECK(ephemeral.inactive_threshold == seconds(5));
  CHECK(patient.inactive_threshold == minutes(1));
  CHECK(durable.inactive_threshold == Duration::zero());
}

TEST_CASE("ConsumerConfig: a priority group's name is short and plain") {
  for (const char* name : {"a", "A/_=-Z9", "0123456789abcdef"}) {
    CHECK(is_valid_priority_group(name));
  }
  for (const char* name : {"", "a b", "a+", "0123456789abcdefg", "\xC3\xA9"}) {
    CHECK_FALSE(is_valid_priority_group(name));
  }
}

TEST_CASE("ConsumerConfig: a sample frequency is a number, with or without percent") {
  CHECK(sample_percent("30") == 30);
  CHECK(sample_percent("30%") == 30);
  CHECK(sample_percent("+5") == 5);
  for (const char* text : {"", "%", "-1", "+-5", "30%%", "1e3", " 5"}) {
    INFO(text);
    CHECK_FALSE(sample_percent(text).has_value());
  }
}
