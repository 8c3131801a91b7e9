// The JSON of STREAM.CREATE and CONSUMER.CREATE: refused, or read, judged and written; and what was
// written reads back as the same config.
#include <string>
#include <vector>

#include "core/base/json_syntax.h"
#include "core/jetstream/consumer_config_json.h"
#include "core/jetstream/stream_config_json.h"
#include "tests/fuzz/input.h"

namespace {

using namespace myelin;

template <class Config>
std::string written(const Config& config) {
  std::string text;
  JsonWriter json(text);
  write(json, config, ServerMetadata::kHidden);
  return text;
}

void check_stream(std::string_view json) {
  const auto request = read_stream_config_request(json, JsonStrictness::kStrict);
  if (!request.ok()) return;
  REQUIRE_THAT(read_stream_config_request(json, JsonStrictness::kLenient).ok());
  const auto config = normalize(request.value().config, {}, request.value().pedantic);
  if (!config.ok()) return;
  const auto again = read_stream_config(written(config.value()), JsonStrictness::kStrict);
  REQUIRE_THAT(again.ok());
  REQUIRE_THAT(again.value() == config.value());
  const auto twice = normalize(again.value(), {}, true);
  REQUIRE_THAT(twice.ok());
  REQUIRE_THAT(twice.value() == config.value());
}

void check_consumer(std::string_view json) {
  const auto request = read_consumer_request(json, JsonStrictness::kStrict);
  if (!request.ok()) return;
  StreamConfig stream;
  stream.num_replicas = 1;
  stream.subjects = {"a.>"};
  ConsumerConfig config = request.value().config;
  if (apply_defaults(config, stream, {}, request.value().pedantic)) return;
  if (check(config, stream, {})) return;
  set_inactive_threshold(config);
  const auto again = read_consumer_config(written(config), JsonStrictness::kStrict);
  REQUIRE_THAT(again.ok());
  REQUIRE_THAT(again.value() == config);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  const std::string_view rest = input.rest();
  const std::vector<char> own(rest.begin(), rest.end());
  const std::string_view json(own.data(), own.size());

  check_stream(json);
  check_consumer(json);
  // What the library reads, the scanner takes for whole: a refusal always has its reason.
  constexpr int kDepthMax = 32;
  if (JsonDocument::parse(json, kDepthMax)) {
    REQUIRE_THAT(scan_json(json, kDepthMax, 0).is_valid());
  }
  return 0;
}
