#include "core/jetstream/stream_config.h"

#include <catch2/catch.hpp>

#include "core/jetstream/stream_config_json.h"

using namespace myelin;

namespace {

StreamConfigRequest read(std::string_view json) {
  const auto request = read_stream_config_request(json, JsonStrictness::kStrict);
  INFO(json);
  REQUIRE(request.ok());
  return request.value();
}

Result<StreamConfig, ApiError> normalized(std::string_view json, const StreamLimits& limits = {}) {
  const StreamConfigRequest request = read(json);
  return normalize(request.config, limits, request.pedantic);
}

StreamConfig kept(std::string_view json, const StreamLimits& limits = {}) {
  const auto config = normalized(json, limits);
  INFO(json);
  REQUIRE(config.ok());
  return config.value();
}

// "10052 stream name is required..."; empty: nothing is wrong.
std::string refusal(std::string_view json, const StreamLimits& limits = {}) {
  const auto config = normalized(json, limits);
  if (config.ok()) return "";
  return std::to_string(static_cast<int>(config.error().err_code)) + " " +
         config.error().description;
}

struct Refused {
  std::string_view json;
  std::string_view refusal;
};

// As nats-server 2.14.5 answers them.
constexpr Refused kRefused[] = {
    {R"({})", "10052 stream name is required and can not contain '.', '*', '>', '\\', '/'"},
    {R"({"name":"a.b"})",
     "10052 stream name is required and can not contain '.', '*', '>', '\\', '/'"},
    {R"({"name":"A","num_replicas":6})", "10052 maximum replicas is 5"},
    {R"({"name":"A","num_replicas":-1})", "10133 replicas count cannot be negative"},
    {R"({"name":"A","pedantic":true,"max_msgs":-2})",
     "10157 pedantic mode: max_msgs must be set to -1"},
    {R"({"name":"A","pedantic":true,"max_consumers":-2})",
     "10157 pedantic mode: max_consumers must be set to -1"},
    {R"({"name":"A","max_age":-1})", "10052 max age can not be negative"},
    {R"({"name":"A","max_age":99999999})", "10052 max age needs to be >= 100ms"},
    {R"({"name":"A","pedantic":true,"max_age":1000000000})",
     "10157 pedantic mode: duplicate window cannot be bigger than max age"},
    {R"({"name":"A","duplicate_window":-1})", "10052 duplicates window can not be negative"},
    {R"({"name":"A","duplicate_window":99999999})", "10052 duplicates window needs to be >= 100ms"},
    {R"({"name":"A","duplicate_window":2000000000,"max_age":1000000000})",
     "10052 duplicates window can not be larger then max age"},
    {R"({"name":"A","deny_purge":true,"allow_rollup_hdrs":true})",
     "10052 roll-ups require the purge permission"},
    {R"({"name":"A","discard_new_per_subject":true})",
     "10052 discard new per subject requires discard new policy to be set"},
    {R"({"name":"A","discard_new_per_subject":true,"discard":"new"})",
     "10052 discard new per subject requires max msgs per subject > 0"},
    {R"({"name":"A","subject_delete_marker_ttl":-1})",
     "10052 subject delete marker TTL must not be negative"},
    {R"({"name":"A","subject_delete_marker_ttl":999999999})",
     "10052 subject delete marker TTL must be at least 1 second"},
    {R"({"name":"A","pedantic":true,"subject_delete_marker_ttl":1000000000})",
     "10052 subject delete marker cannot be set if message TTLs are disabled"},
    {R"({"name":"A","pedantic":true,"subject_delete_marker_ttl":1000000000,"allow_msg_ttl":true})",
     "10052 subject delete marker cannot be set if roll-ups are disabled"},
    {R"({"name":"A","persist_mode":"async","storage":"memory"})",
     "10052 async persist mode is only supported on file storage"},
    {R"({"name":"A","persist_mode":"async","num_replicas":3})",
     "10052 async persist mode is not supported on replicated streams"},
    {R"({"name":"A","subjects":["a..b"]})", "10052 invalid subject"},
    {R"({"name":"A","subjects":[">"]})", "10052 capturing all subjects requires no-ack to be true"},
    {R"({"name":"A","subjects":[">"],"no_ack":true,"num_replicas":2})",
     "10052 capturing all subjects requires replicas of 1"},
    {R"({"name":"A","subjects":["$JS.API.x"]})",
     "10052 subjects that overlap with jetstream api require no-ack to be true"},
    {R"({"name":"A","subjects":["*.*"]})",
     "10052 subjects that overlap with jetstream api require no-ack to be true"},
    {R"({"name":"A","subjects":["$SYS.x"]})",
     "10052 subjects that overlap with system api require no-ack to be true"},
    {R"({"name":"A","subjects":["a","a"]})", R"(10052 subject "a" overlaps with "a")"},
    {R"({"name":"A","subjects":["a.*","x","a.>"]})", R"(10052 subject "a.*" overlaps with "a.>")"},
    {R"({"name":"A","placement":{"preferred":"x"}})",
     "10052 preferred server not permitted in placement"},
    // Of two faults, the one that is looked for first.
    {R"({"name":"A","num_replicas":6,"max_age":-1})", "10052 maximum replicas is 5"},
    {R"({"name":"A","subjects":[">"],"max_age":-1})", "10052 max age can not be negative"},
    {R"({"name":"A","subjects":[">"],"placement":{"preferred":"x"}})",
     "10052 capturing all subjects requires no-ack to be true"},
};

}  // namespace

TEST_CASE("StreamConfig: each fault is told in nats-server's words and order") {
  for (const Refused& refused : kRefused) {
    INFO(refused.json);
    CHECK(refusal(refused.json) == refused.refusal);
  }
}

TEST_CASE("StreamConfig: sizes are bounded") {
  const std::string name(256, 'n');
  CHECK(refusal(R"({"name":")" + name + R"("})") ==
        "10052 stream name is too long, maximum allowed is 255");
  CHECK(refusal(R"({"name":")" + name.substr(1) + R"("})").empty());
  CHECK(refusal(R"({"name":"A","description":")" + std::string(4097, 'd') + R"("})") ==
        "10052 stream description is too long, maximum allowed is 4096");
  // The server's own 16 bytes count.
  const std::string value(131072 - 16, 'v');
  CHECK(refusal(R"({"name":"A","metadata":{"a":")" + value + R"("}})") ==
        "10052 stream metadata exceeds maximum size of 131072 bytes");
  CHECK(refusal(R"({"name":"A","metadata":{"a":")" + value.substr(1) + R"("}})").empty());
}

TEST_CASE("StreamConfig: what is left out gets its default") {
  const StreamConfig config = kept(R"({"name":"A"})");
  CHECK(config.subjects == std::vector<std::string>{"A"});
  CHECK(config.max_msgs == -1);
  CHECK(config.max_bytes == -1);
  CHECK(config.max_msgs_per_subject == -1);
  CHECK(config.max_msg_size == -1);
  CHECK(config.max_consumers == -1);
  CHECK(config.num_replicas == 1);
  CHECK(config.duplicate_window == minutes(2));
  CHECK(config.metadata == Metadata{{"_nats.req.level", "0"}});
}

TEST_CASE("StreamConfig: the duplicate window is no longer than the age or the server's limit") {
  CHECK(kept(R"({"name":"A","max_age":5000000000})").duplicate_window == seconds(5));
  const StreamLimits limits = {.duplicate_window = seconds(30)};
  CHECK(kept(R"({"name":"A"})", limits).duplicate_window == seconds(30));
  CHECK(refusal(R"({"name":"A","duplicate_window":31000000000})", limits) ==
        "10052 duplicates window can not be larger then server limit of 30s");
  CHECK(refusal(R"({"name":"A","pedantic":true})", limits) ==
        "10157 pedantic mode: duplicate window limits are higher than current limits");
}

TEST_CASE("StreamConfig: delete markers bring TTLs and roll-ups along") {
  const StreamConfig config =
      kept(R"({"name":"A","subject_delete_marker_ttl":1000000000,"deny_purge":true})");
  CHECK(config.allow_msg_ttl);
  CHECK(config.allow_rollup_hdrs);
  CHECK_FALSE(config.deny_purge);
  CHECK(config.metadata.at("_nats.req.level") == "1");
}

TEST_CASE("StreamConfig: an account may ask for a bound, and set its own") {
  const StreamLimits limits = {
      .max_bytes_required = true, .memory_max_stream_bytes = 10, .storage_max_stream_bytes = 100};
  CHECK(refusal(R"({"name":"A"})", limits) ==
        "10113 account requires a stream config to have max bytes set");
  CHECK(refusal(R"({"name":"A","max_bytes":100})", limits).empty());
  CHECK(refusal(R"({"name":"A","max_bytes":101})", limits) ==
        "10122 stream max bytes exceeds account limit max stream bytes");
  CHECK(refusal(R"({"name":"A","max_bytes":11,"storage":"memory"})", limits) ==
        "10122 stream max bytes exceeds account limit max stream bytes");
}

TEST_CASE("StreamConfig: reserved subjects are free to those who do not acknowledge") {
  CHECK(refusal(R"({"name":"A","subjects":["$JS.API.>"],"no_ack":true})").empty());
  CHECK(refusal(R"({"name":"A","subjects":["$JS.EVENT.>"]})").empty());
  CHECK(refusal(R"({"name":"A","subjects":["$SYS.ACCOUNT.>"]})").empty());
}

TEST_CASE("StreamConfig: normalizing twice changes nothing") {
  const StreamConfig once = kept(R"({"name":"A","max_age":5000000000,"metadata":{"a":"b"}})");
  const auto twice = normalize(once, {}, false);
  REQUIRE(twice.ok());
  CHECK(twice.value() == once);
}

TEST_CASE("StreamConfig: a new stream is neither sealed nor the mirror of none") {
  CHECK(check_create(read(R"({"name":"A","sealed":true})").config)->description ==
        "stream configuration for create can not be sealed");
  CHECK(check_create(read(R"({"name":"A","mirror_direct":true})").config)->description ==
        "stream has no mirror but does have mirror direct");
  CHECK_FALSE(check_create(read(R"({"name":"A"})").config).has_value());
}

TEST_CASE("StreamConfig: subjects overlap where a message would go to both") {
  CHECK(subjects_overlap({"x", "a.*"}, {"y", "*.b"}));
  CHECK_FALSE(subjects_overlap({"x", "a.*"}, {"y", "b.*"}));
}

TEST_CASE("StreamConfig: the number of subjects is bounded") {
  StreamConfig config;
  config.name = "A";
  for (size_t index = 0; index <= kStreamSubjectsMax; ++index) {
    config.subjects.push_back(std::to_string(index));
  }
  const auto refused = normalize(config, {}, false);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().description == "too many subjects");
}
