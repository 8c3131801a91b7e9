#include "core/jetstream/stream_checks.h"

#include <algorithm>

#include "core/jetstream/jetstream.h"

namespace myelin {

namespace {

int64_t max_of(const JetStreamAccountLimits& limits, bool is_file) {
  return is_file ? limits.max_store : limits.max_memory;
}

int64_t max_of(const JetStreamOptions& options, bool is_file) {
  return is_file ? options.max_file_store : options.max_memory_store;
}

bool is_too_much(uint64_t bytes, int64_t max) {
  return max >= 0 && bytes > static_cast<uint64_t>(max);
}

ApiError exceeded(bool is_file) {
  return api_error(is_file ? ApiErrc::kStorageResourcesExceeded
                           : ApiErrc::kMemoryResourcesExceeded);
}

}  // namespace

StreamLimits limits_of(const Services& services, const StreamConfig& config) {
  StreamLimits limits{.duplicate_window = services.options.limits.duplicate_window};
  const JetStreamAccountLimits* of_account = services.limits(config.num_replicas);
  if (of_account == nullptr) return limits;
  limits.max_bytes_required = of_account->max_bytes_required;
  limits.memory_max_stream_bytes = of_account->memory_max_stream_bytes;
  limits.storage_max_stream_bytes = of_account->store_max_stream_bytes;
  return limits;
}

bool overlaps_another(const JetStream& jetstream, const StreamConfig& config) {
  for (const auto& [name, stream] : jetstream.streams()) {
    if (name == config.name) continue;
    if (subjects_overlap(stream->config().subjects, config.subjects)) return true;
  }
  return false;
}

std::optional<ApiError> check_count(const JetStream& jetstream, const StreamConfig& config) {
  const JetStreamAccountLimits* limits = jetstream.services().limits(config.num_replicas);
  if (limits == nullptr) return api_error(ApiErrc::kNoLimits);
  const auto& streams = jetstream.streams();
  const size_t others = streams.size() - streams.count(config.name);
  if (limits->max_streams > 0 && others >= static_cast<uint64_t>(limits->max_streams)) {
    return api_error(ApiErrc::kMaximumStreamsLimit);
  }
  return std::nullopt;
}

// A new stream without a bound counts as one byte.
std::optional<ApiError> check_reservation(const Services& services, const StreamConfig& config,
                                          std::optional<int64_t> had) {
  if (services.context.is_short_of_memory) return api_error(ApiErrc::kMemoryResourcesExceeded);
  const JetStreamAccountLimits* limits = services.limits(config.num_replicas);
  if (limits == nullptr) return api_error(ApiErrc::kNoLimits);
  if (config.max_consumers > 0 && limits->max_consumers > 0 &&
      config.max_consumers > limits->max_consumers) {
    return api_error(ApiErrc::kMaximumConsumersLimit);
  }
  const bool is_file = config.storage == StorageType::kFile;
  const auto before = static_cast<uint64_t>(std::max<int64_t>(had.value_or(0), 0));
  const auto wanted = static_cast<uint64_t>(std::max<int64_t>(config.max_bytes, had ? 0 : 1));
  if (is_too_much(services.usage.reserved(is_file) - before + wanted, max_of(*limits, is_file))) {
    return exceeded(is_file);
  }
  const uint64_t reserved = services.shared.usage.reserved(is_file);
  const bool grows = !had || wanted > before;
  if (grows && is_too_much(reserved - before + wanted, max_of(services.options, is_file))) {
    return exceeded(is_file);
  }
  return std::nullopt;
}

bool is_beyond_account(const Services& services, const StreamConfig& config, uint64_t more) {
  const JetStreamAccountLimits* limits = services.limits(config.num_replicas);
  const bool is_file = config.storage == StorageType::kFile;
  return limits != nullptr &&
         is_too_much(services.usage.used(is_file) + more, max_of(*limits, is_file));
}

std::optional<ApiError> check_compression(const Services& services, const StreamConfig& config) {
  if (config.compression == StoreCompression::kNone || services.codec.compress) return std::nullopt;
  return api_error(ApiErrc::kStreamInvalidConfig, "compression is not supported by this server");
}

}  // namespace myelin
