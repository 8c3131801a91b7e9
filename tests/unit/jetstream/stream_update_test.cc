#include "core/jetstream/stream_update.h"

#include <catch2/catch.hpp>

#include "core/jetstream/stream_config_json.h"

using namespace myelin;

namespace {

StreamConfig config_of(std::string_view json) {
  const auto request = read_stream_config_request(json, JsonStrictness::kStrict);
  REQUIRE(request.ok());
  const auto config = normalize(request.value().config, {}, false);
  REQUIRE(config.ok());
  return config.value();
}

// Empty: the update is allowed.
std::string refusal(std::string_view old_json, std::string_view updated_json) {
  StreamConfig updated = config_of(updated_json);
  const auto complaint = check_update(config_of(old_json), updated);
  if (!complaint) return "";
  CHECK(complaint->err_code == ApiErrc::kStreamInvalidConfig);
  return complaint->description;
}

}  // namespace

TEST_CASE("Stream update: what may not change is told") {
  const std::string prefix = "stream configuration update can not ";
  CHECK(refusal(R"({"name":"A"})", R"({"name":"B"})") ==
        "stream configuration name must match original");
  CHECK(refusal(R"({"name":"A"})", R"({"name":"A","storage":"memory"})") ==
        prefix + "change storage type");
  CHECK(refusal(R"({"name":"A"})", R"({"name":"A","retention":"workqueue"})") ==
        prefix + "change retention policy to/from workqueue");
  CHECK(refusal(R"({"name":"A","sealed":true})", R"({"name":"A"})") ==
        prefix + "unseal a sealed stream");
  CHECK(refusal(R"({"name":"A","deny_delete":true})", R"({"name":"A"})") ==
        prefix + "cancel deny message deletes");
  CHECK(refusal(R"({"name":"A","deny_purge":true})", R"({"name":"A"})") ==
        prefix + "cancel deny purge");
  CHECK(refusal(R"({"name":"A","allow_msg_ttl":true})", R"({"name":"A"})") ==
        "message TTL status can not be disabled");
  CHECK(refusal(R"({"name":"A"})", R"({"name":"A","persist_mode":"async"})") ==
        prefix + "change persist mode");
}

TEST_CASE("Stream update: the rest may change") {
  CHECK(refusal(R"({"name":"A"})",
                R"({"name":"A","retention":"interest","subjects":["x"],"max_msgs":1,)"
                R"("max_consumers":2,"allow_direct":true,"num_replicas":3,"compression":"s2",)"
                R"("deny_delete":true,"deny_purge":true,"allow_msg_ttl":true})")
            .empty());
}

TEST_CASE("Stream update: a seal closes the stream on all sides") {
  const StreamConfig old = config_of(R"({"name":"A","max_age":1000000000})");
  StreamConfig updated =
      config_of(R"({"name":"A","max_age":1000000000,"sealed":true,"allow_rollup_hdrs":true})");
  REQUIRE_FALSE(check_update(old, updated).has_value());
  CHECK(updated.max_age == Duration::zero());
  CHECK(updated.discard == DiscardPolicy::kNew);
  CHECK(updated.deny_delete);
  CHECK(updated.deny_purge);
  CHECK_FALSE(updated.allow_rollup_hdrs);
}

TEST_CASE("Stream update: two configs are the same whatever their levels") {
  const StreamConfig config = config_of(R"({"name":"A"})");
  StreamConfig other = config;
  other.metadata["_nats.req.level"] = "3";
  CHECK(is_same(config, other));
  other.max_msgs = 5;
  CHECK_FALSE(is_same(config, other));
}
