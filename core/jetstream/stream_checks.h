// What stands against a stream's configuration beside the configuration itself: the server's
// limits and its account's, what its host can do, what other streams take and were promised.
#pragma once

#include <cstdint>
#include <optional>

#include "core/jetstream/api_error.h"
#include "core/jetstream/stream_config.h"

namespace myelin {

class JetStream;
struct Services;

StreamLimits limits_of(const Services& services, const StreamConfig& config);

// Whether another stream takes a subject of these.
bool overlaps_another(const JetStream& jetstream, const StreamConfig& config);

// Of a stream that is not there yet: the account may have one more.
std::optional<ApiError> check_count(const JetStream& jetstream, const StreamConfig& config);

// What max_bytes asks for must be there, beside what others were promised: of what the account may
// have, and of what the server has. `had`: what this stream was promised already, if it is there.
std::optional<ApiError> check_reservation(const Services& services, const StreamConfig& config,
                                          std::optional<int64_t> had);

// Beyond what the account may have, if so many bytes more are stored.
bool is_beyond_account(const Services& services, const StreamConfig& config, uint64_t more);

// Not every host lends the mathematics.
std::optional<ApiError> check_compression(const Services& services, const StreamConfig& config);

}  // namespace myelin
