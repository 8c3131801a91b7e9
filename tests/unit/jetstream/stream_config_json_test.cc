#include "core/jetstream/stream_config_json.h"

#include <catch2/catch.hpp>

using namespace myelin;

namespace {

std::string written(const StreamConfig& config, ServerMetadata metadata) {
  std::string text;
  JsonWriter json(text);
  write(json, config, metadata);
  return text;
}

// What is wrong with a request; empty: nothing.
std::string refusal(std::string_view json, JsonStrictness strictness = JsonStrictness::kStrict) {
  const auto request = read_stream_config_request(json, strictness);
  return request.ok() ? "" : request.error().description;
}

struct Refused {
  std::string_view json;
  std::string_view refusal;
};

// As nats-server 2.14.5 answers them, after "invalid JSON: ".
constexpr Refused kRefused[] = {
    {"[]", "json: cannot unmarshal array into Go value of type server.StreamConfigRequest"},
    {"5", "json: cannot unmarshal number into Go value of type server.StreamConfigRequest"},
    {R"({"name":5})",
     "json: cannot unmarshal number into Go struct field "
     "StreamConfigRequest.StreamConfig.name of type string"},
    {R"({"subjects":"x"})",
     "json: cannot unmarshal string into Go struct field "
     "StreamConfigRequest.StreamConfig.subjects of type []string"},
    {R"({"subjects":[1]})",
     "json: cannot unmarshal number into Go struct field "
     "StreamConfigRequest.StreamConfig.subjects of type string"},
    {R"({"max_msgs":1.5})",
     "json: cannot unmarshal number 1.5 into Go struct field "
     "StreamConfigRequest.StreamConfig.max_msgs of type int64"},
    {R"({"max_msg_size":3000000000})",
     "json: cannot unmarshal number 3000000000 into Go struct field "
     "StreamConfigRequest.StreamConfig.max_msg_size of type int32"},
    {R"({"max_consumers":"1"})",
     "json: cannot unmarshal string into Go struct field "
     "StreamConfigRequest.StreamConfig.max_consumers of type int"},
    {R"({"first_seq":-1})",
     "json: cannot unmarshal number -1 into Go struct field "
     "StreamConfigRequest.StreamConfig.first_seq of type uint64"},
    {R"({"max_age":"1s"})",
     "json: cannot unmarshal string into Go struct field "
     "StreamConfigRequest.StreamConfig.max_age of type time.Duration"},
    {R"({"no_ack":1})",
     "json: cannot unmarshal number into Go struct field "
     "StreamConfigRequest.StreamConfig.no_ack of type bool"},
    {R"({"pedantic":5})",
     "json: cannot unmarshal number into Go struct field "
     "StreamConfigRequest.pedantic of type bool"},
    {R"({"metadata":{"a":5}})",
     "json: cannot unmarshal number into Go struct field "
     "StreamConfigRequest.StreamConfig.metadata of type string"},
    {R"({"metadata":[]})",
     "json: cannot unmarshal array into Go struct field "
     "StreamConfigRequest.StreamConfig.metadata of type map[string]string"},
    {R"({"placement":5})",
     "json: cannot unmarshal number into Go struct field "
     "StreamConfigRequest.StreamConfig.placement of type server.Placement"},
    {R"({"placement":{"tags":5}})",
     "json: cannot unmarshal number into Go struct field "
     "Placement.StreamConfig.placement.tags of type []string"},
    {R"({"consumer_limits":{"max_ack_pending":"5"}})",
     "json: cannot unmarshal string into Go struct field "
     "StreamConsumerLimits.StreamConfig.consumer_limits.max_ack_pending of type int"},
    {R"({"mirror":{"consumer":{"name":1}}})",
     "json: cannot unmarshal number into Go struct field "
     "StreamConsumerSource.StreamConfig.mirror.consumer.name of type string"},
    {R"({"sources":{}})",
     "json: cannot unmarshal object into Go struct field "
     "StreamConfigRequest.StreamConfig.sources of type []*server.StreamSource"},
    {R"({"sources":[{"opt_start_time":5}]})", "Time.UnmarshalJSON: input is not a JSON string"},
    {R"({"sources":[{"opt_start_time":"x"}]})",
     R"(parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006")"},
    {R"({"retention":"x"})", R"(can not unmarshal "\"x\"")"},
    {R"({"retention":null})", R"(can not unmarshal "null")"},
    {R"({"storage":5})", R"(can not unmarshal "5")"},
    {R"({"compression":"x"})", "unknown compression algorithm"},
    {R"({"compression":null})", "unknown compression algorithm"},
    {R"({"compression":5})",
     "json: cannot unmarshal number into Go struct field "
     "StreamConfigRequest.StreamConfig.compression of type string"},
    {R"({"foo":1})", R"(json: unknown field "foo")"},
    {R"({"F\"é":1})", R"(json: unknown field "F\"é")"},
    {R"({"template_owner":""})", R"(json: unknown field "template_owner")"},
    {R"({"placement":{"foo":5}})", R"(json: unknown field "foo")"},
    {R"({"mirror":{"external":{"x":1}}})", R"(json: unknown field "x")"},
    {"{", "unexpected EOF"},
    {R"({"name":"A"} x)", "invalid character 'x' looking for beginning of value at offset 14"},
    // A policy's complaint comes before all others.
    {R"({"max_msgs":"x","retention":"y"})", R"(can not unmarshal "\"y\"")"},
    {R"({"max_msgs":"x","foo":1})",
     "json: cannot unmarshal string into Go struct field "
     "StreamConfigRequest.StreamConfig.max_msgs of type int64"},
};

}  // namespace

TEST_CASE("StreamConfig JSON: what cannot be read is told in Go's words") {
  for (const Refused& refused : kRefused) {
    INFO(refused.json);
    CHECK(refusal(refused.json) == "invalid JSON: " + std::string(refused.refusal));
  }
}

TEST_CASE("StreamConfig JSON: unknown fields pass where it is lenient") {
  CHECK(refusal(R"({"name":"A","foo":1,"placement":{"foo":1}})", JsonStrictness::kLenient).empty());
}

TEST_CASE("StreamConfig JSON: names match in any case, null is nothing") {
  const auto request = read_stream_config_request(
      R"({"NAME":"A","Subjects":["q"],"discard":"NEW","metadata":null,"max_age":null})",
      JsonStrictness::kStrict);
  REQUIRE(request.ok());
  CHECK(request.value().config.name == "A");
  CHECK(request.value().config.subjects == std::vector<std::string>{"q"});
  CHECK(request.value().config.discard == DiscardPolicy::kNew);
}

TEST_CASE("StreamConfig JSON: no body is the empty config, a second document adds to the first") {
  CHECK(read_stream_config("", JsonStrictness::kStrict).value() == StreamConfig{});
  const auto config =
      read_stream_config(R"({"name":"A","max_msgs":1} {"max_msgs":2})", JsonStrictness::kStrict);
  REQUIRE(config.ok());
  CHECK(config.value().name == "A");
  CHECK(config.value().max_msgs == 2);
}

TEST_CASE("StreamConfig JSON: what comes later is refused by name") {
  const std::pair<std::string_view, std::string_view> kLater[] = {
      {R"({"mirror":{"name":"M"}})", "mirrors"},
      {R"({"sources":[{"name":"M"}]})", "sources"},
      {R"({"subject_transform":{"src":"a","dest":"b"}})", "subject transforms"},
      {R"({"republish":{"dest":"b"}})", "republished messages"},
      {R"({"allow_msg_counter":true})", "message counters"},
      {R"({"allow_atomic":true})", "atomic batches"},
      {R"({"allow_batched":true})", "fast batches"},
      {R"({"allow_msg_schedules":true})", "message schedules"},
  };
  for (const auto& [json, feature] : kLater) {
    INFO(json);
    const auto request = read_stream_config_request(json, JsonStrictness::kStrict);
    REQUIRE_FALSE(request.ok());
    CHECK(request.error().err_code == ApiErrc::kStreamInvalidConfig);
    CHECK(request.error().description ==
          std::string(feature) + " are not supported by this server yet");
  }
}

TEST_CASE("StreamConfig JSON: what asks for nothing of it is read") {
  CHECK(refusal(R"({"mirror":null,"sources":[],"allow_atomic":false,"republish":null})").empty());
}

TEST_CASE("StreamConfig JSON: a config is written as nats-server writes it") {
  const auto request =
      read_stream_config_request(R"({"name":"A","metadata":{"b":"<"}})", JsonStrictness::kStrict);
  REQUIRE(request.ok());
  const auto config = normalize(request.value().config, {}, false);
  REQUIRE(config.ok());
  CHECK(written(config.value(), ServerMetadata::kShown) ==
        R"({"name":"A","subjects":["A"],"retention":"limits","max_consumers":-1,"max_msgs":-1,)"
        R"("max_bytes":-1,"max_age":0,"max_msgs_per_subject":-1,"max_msg_size":-1,)"
        R"("discard":"old","storage":"file","num_replicas":1,"duplicate_window":120000000000,)"
        R"("compression":"none","allow_direct":false,"mirror_direct":false,"sealed":false,)"
        R"("deny_delete":false,"deny_purge":false,"allow_rollup_hdrs":false,)"
        R"("consumer_limits":{},"allow_msg_ttl":false,"metadata":{"_nats.level":"4",)"
        R"("_nats.req.level":"0","_nats.ver":"2.14.5","b":"\u003c"}})");
}

TEST_CASE("StreamConfig JSON: every field that is written is read again") {
  const std::string_view json =
      R"({"name":"A","description":"d","subjects":["a","b.*"],"retention":"workqueue",)"
      R"("max_consumers":1,"max_msgs":2,"max_bytes":3,"max_age":400000000,)"
      R"("max_msgs_per_subject":5,"max_msg_size":6,"discard":"new","storage":"memory",)"
      R"("num_replicas":1,"no_ack":true,"duplicate_window":300000000,)"
      R"("placement":{"cluster":"c","tags":["t"]},"compression":"s2",)"
      R"("first_seq":18446744073709551615,"allow_direct":true,"mirror_direct":true,)"
      R"("discard_new_per_subject":true,"sealed":true,"deny_delete":true,"deny_purge":true,)"
      R"("allow_rollup_hdrs":true,"consumer_limits":{"inactive_threshold":7,)"
      R"("max_ack_pending":8},"allow_msg_ttl":true,"subject_delete_marker_ttl":9,)"
      R"("persist_mode":"async","metadata":{"k":"v"}})";
  const auto config = read_stream_config(json, JsonStrictness::kStrict);
  REQUIRE(config.ok());
  CHECK(written(config.value(), ServerMetadata::kHidden) == json);
}
