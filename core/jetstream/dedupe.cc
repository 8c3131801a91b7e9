#include "core/jetstream/dedupe.h"

namespace myelin {

void Dedupe::forget_old(WallTime now) {
  while (!by_age_.empty() && now.unix_ns - by_age_.front().stored.unix_ns >= window_.count()) {
    ids_.erase(*by_age_.front().id);
    by_age_.pop_front();
  }
}

std::optional<uint64_t> Dedupe::find(std::string_view id, WallTime now) {
  forget_old(now);
  const auto found = ids_.find(id);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

void Dedupe::remember(std::string_view id, uint64_t sequence, WallTime stored) {
  if (window_ <= Duration::zero()) return;
  const auto [entry, is_new] = ids_.try_emplace(std::string(id), sequence);
  if (is_new) by_age_.push_back({stored, &entry->first});
}

}  // namespace myelin
