// ConsumerConfig from JSON and to JSON, by the rules of stream_config_json.h.
#pragma once

#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/jetstream/api_error.h"
#include "core/jetstream/config_json.h"
#include "core/jetstream/consumer_config.h"

namespace myelin {

// kCreate: fails where there is another one of the name; kUpdate: fails where there is none.
enum class ConsumerAction : uint8_t { kCreateOrUpdate, kCreate, kUpdate };

// The body of the CONSUMER.CREATE requests.
struct ConsumerRequest {
  std::string stream_name;
  ConsumerConfig config;
  ConsumerAction action = ConsumerAction::kCreateOrUpdate;
  bool pedantic = false;
};

Result<ConsumerRequest, ApiError> read_consumer_request(std::string_view json,
                                                        JsonStrictness strictness);
// A config that this server wrote, or that comes with a restore.
Result<ConsumerConfig, ApiError> read_consumer_config(std::string_view json,
                                                      JsonStrictness strictness);
Result<ConsumerConfig, ApiError> read_consumer_config(JsonView object, JsonStrictness strictness);

void write(JsonWriter& json, const ConsumerConfig& config, ServerMetadata server_metadata);

}  // namespace myelin
