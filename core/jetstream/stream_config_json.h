// StreamConfig from JSON and to JSON, as nats-server's encoder and decoder have it: names match
// without regard to case, durations are integers of nanoseconds, a value of the wrong type or of an
// unknown name of a policy is 10025.
#pragma once

#include <string_view>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/jetstream/api_error.h"
#include "core/jetstream/config_json.h"
#include "core/jetstream/stream_config.h"

namespace myelin {

// The body of STREAM.CREATE and STREAM.UPDATE.
struct StreamConfigRequest {
  StreamConfig config;
  bool pedantic = false;
};

// An empty body is an empty config. A feature that is not there yet is refused with 10052.
Result<StreamConfigRequest, ApiError> read_stream_config_request(std::string_view json,
                                                                 JsonStrictness strictness);
// A config that this server wrote, or that comes with a restore.
Result<StreamConfig, ApiError> read_stream_config(std::string_view json, JsonStrictness strictness);
Result<StreamConfig, ApiError> read_stream_config(JsonView object, JsonStrictness strictness);

void write(JsonWriter& json, const StreamConfig& config, ServerMetadata server_metadata);

}  // namespace myelin
