#include "core/jetstream/metadata.h"

#include <catch2/catch.hpp>

using namespace myelin;

TEST_CASE("Metadata: the server's keys are its own") {
  Metadata metadata = {
      {"_nats.req.level", "9"}, {"_nats.ver", "x"}, {"_nats.level", "y"}, {"a", "b"}};
  set_required_level(metadata, 1);
  CHECK(metadata == Metadata{{"_nats.req.level", "1"}, {"a", "b"}});
}

TEST_CASE("Metadata: the server's version is shown where that is asked for") {
  const Metadata metadata = {{"_nats.req.level", "0"}, {"a", "b"}};
  std::string hidden;
  std::string shown;
  JsonWriter hidden_json(hidden);
  JsonWriter shown_json(shown);
  write(hidden_json, metadata, ServerMetadata::kHidden);
  write(shown_json, metadata, ServerMetadata::kShown);
  CHECK(hidden == R"("metadata":{"_nats.req.level":"0","a":"b"})");
  CHECK(shown ==
        R"("metadata":{"_nats.level":"4","_nats.req.level":"0","_nats.ver":"2.14.5","a":"b"})");
}

TEST_CASE("Metadata: what asks for a later level is not supported") {
  CHECK(is_level_supported(Metadata{}));
  CHECK(is_level_supported(Metadata{{"_nats.req.level", "4"}}));
  CHECK_FALSE(is_level_supported(Metadata{{"_nats.req.level", "5"}}));
}

TEST_CASE("Metadata: a required level is an integer") {
  for (const char* level : {"", "0", "4", "-1", "+4", "004"}) {
    INFO(level);
    CHECK(is_level_supported(std::string_view(level)));
  }
  for (const char* level : {"5", "x", "4x", "+-4", "99999999999999999999", " 4", "+"}) {
    INFO(level);
    CHECK_FALSE(is_level_supported(std::string_view(level)));
  }
}

TEST_CASE("Metadata: levels do not make a difference where they are not asked about") {
  CHECK(is_same_but_level({{"_nats.req.level", "1"}, {"a", "b"}}, {{"a", "b"}}));
  CHECK_FALSE(is_same_but_level({{"a", "b"}}, {{"a", "c"}}));
}
