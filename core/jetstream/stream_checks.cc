#include "core/jetstream/stream_checks.h"

#include <algorithm>

#include "core/jetstream/jetstream.h"

namespace myelin {

StreamLimits limits_of(const Services& services) {
  return {.duplicate_window = services.options.limits.duplicate_window};
}

bool overlaps_another(const JetStream& jetstream, const StreamConfig& config) {
  for (const auto& [name, stream] : jetstream.streams()) {
    if (name == config.name) continue;
    if (subjects_overlap(stream->config().subjects, config.subjects)) return true;
  }
  return false;
}

// A stream without a bound counts as one byte.
std::optional<ApiError> check_reservation(const Services& services, const StreamConfig& config,
                                          int64_t had) {
  if (services.context.is_short_of_memory) return api_error(ApiErrc::kMemoryResourcesExceeded);
  const bool is_file = config.storage == StorageType::kFile;
  const int64_t max = is_file ? services.options.max_file_store : services.options.max_memory_store;
  if (max < 0) return std::nullopt;
  const uint64_t reserved = services.shared.usage.reserved(is_file);
  const auto others = reserved - static_cast<uint64_t>(std::max<int64_t>(had, 0));
  const auto wanted = static_cast<uint64_t>(std::max<int64_t>(config.max_bytes, 1));
  if (others + wanted <= static_cast<uint64_t>(max)) return std::nullopt;
  return api_error(is_file ? ApiErrc::kStorageResourcesExceeded
                           : ApiErrc::kMemoryResourcesExceeded);
}

std::optional<ApiError> check_compression(const Services& services, const StreamConfig& config) {
  if (config.compression == StoreCompression::kNone || services.codec.compress) return std::nullopt;
  return api_error(ApiErrc::kStreamInvalidConfig, "compression is not supported by this server");
}

}  // namespace myelin
