// What stands against a stream's configuration beside the configuration itself: the server's
// limits, what its host can do, what other streams take and were promised.
#pragma once

#include <cstdint>
#include <optional>

#include "core/jetstream/api_error.h"
#include "core/jetstream/stream_config.h"

namespace myelin {

class JetStream;
struct Services;

StreamLimits limits_of(const Services& services);

// Whether another stream takes a subject of these.
bool overlaps_another(const JetStream& jetstream, const StreamConfig& config);

// What max_bytes asks for must be there, beside what others were promised. `had`: what this stream
// has of it already.
std::optional<ApiError> check_reservation(const Services& services, const StreamConfig& config,
                                          int64_t had);

// Not every host lends the mathematics.
std::optional<ApiError> check_compression(const Services& services, const StreamConfig& config);

}  // namespace myelin
