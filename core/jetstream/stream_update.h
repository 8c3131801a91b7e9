// What STREAM.UPDATE may change of a stream, judged between two configs. Room for more bytes, other
// streams' subjects and the limits of consumers that exist are for the streams' owner.
#pragma once

#include <optional>

#include "core/jetstream/api_error.h"
#include "core/jetstream/stream_config.h"

namespace myelin {

// `updated` (normalized) against what is there: what may not change is an error. A stream that is
// sealed gets the settings that follow from it, in pedantic mode too.
std::optional<ApiError> check_update(const StreamConfig& old, StreamConfig& updated);

// Whether two configs (normalized) ask for the same stream, whatever levels their metadata tell of:
// creating it again is then no error.
bool is_same(const StreamConfig& a, const StreamConfig& b);

}  // namespace myelin
