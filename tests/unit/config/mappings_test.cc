#include "core/config/mappings.h"

#include <catch2/catch.hpp>

#include "core/config/config.h"

namespace myelin {
namespace {

Result<Config, ConfigErrors> parse(const std::string& block) {
  return parse_config_text("mappings " + block, "f.conf", ConfigSources{});
}

std::vector<MappingOptions> read(const std::string& block) {
  const auto config = parse(block);
  INFO((config ? "" : to_string(config.error())));
  REQUIRE(config);
  return config.value().options.mappings;
}

std::string errors_of(const std::string& block) {
  const auto config = parse(block);
  return config ? "" : to_string(config.error());
}

TEST_CASE("Mappings: a destination is a subject, a map, or a list of maps, in order") {
  const auto mappings = read(
      "{ b: x, a: {destination: y, weight: 50}, c: [{dest: z, weight: '25%'}, "
      "{dest: w, weight: 75}] }");
  REQUIRE(mappings.size() == 3);
  CHECK(mappings[0] == MappingOptions{"b", {{"x", 100}}});
  CHECK(mappings[1] == MappingOptions{"a", {{"y", 50}}});
  CHECK(mappings[2] == MappingOptions{"c", {{"z", 25}, {"w", 75}}});
}

TEST_CASE("Mappings: weights are mandatory in maps, and add up to 100 at most") {
  CHECK(errors_of("{ a: {dest: b} }") != "");
  CHECK(errors_of("{ a: {dest: b, weight: 101} }") != "");
  CHECK(errors_of("{ a: {dest: b, weight: -1} }") != "");
  CHECK(errors_of("{ a: {dest: b, weight: 'x%'} }") != "");
  CHECK(errors_of("{ a: [{dest: b, weight: 60}, {dest: c, weight: 60}] }") ==
        "f.conf:1:11: Error adding mapping for \"a\": total weight needs to be <= 100\n");
  CHECK(errors_of("{ a: [{dest: b, weight: 10}, {dest: b, weight: 10}] }") ==
        "f.conf:1:11: Error adding mapping for \"a\": duplicate entry for \"b\"\n");
}

TEST_CASE("Mappings: what is for a cluster has no effect here") {
  const auto config = parse("{ a: [{dest: b, weight: 100, cluster: east}], c: d }");
  REQUIRE(config);
  CHECK(config.value().options.mappings.size() == 1);
  CHECK(config.value().notices.size() == 1);
}

TEST_CASE("Mappings: the caller judges the subjects") {
  ConfigSources sources;
  sources.check_mapping = [](const MappingOptions& mapping) -> std::optional<std::string> {
    if (mapping.source == "bad") return "no";
    return std::nullopt;
  };
  const auto config = parse_config_text("mappings {good: x, bad: y}", "f.conf", sources);
  REQUIRE_FALSE(config);
  CHECK(to_string(config.error()) == "f.conf:1:19: Error adding mapping for \"bad\": no\n");
}

}  // namespace
}  // namespace myelin
