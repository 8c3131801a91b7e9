#include "core/jetstream/snapshots.h"

#include <algorithm>
#include <utility>

#include "core/jetstream/jetstream.h"

namespace myelin {
namespace {

// Each may hold several megabytes.
constexpr size_t kUnderWayMax = 64;

// The first that `is_meant` and, asked by `is_over`, is over, ends.
template <class T, class IsMeant, class IsOver>
bool hand_to(std::vector<std::unique_ptr<T>>& all, IsMeant is_meant, IsOver is_over) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const std::unique_ptr<T>& one) { return is_meant(*one); });
  if (found == all.end()) return false;
  if (is_over(**found)) all.erase(found);
  return true;
}

}  // namespace

std::optional<ApiError> Snapshots::refusal_of(const Stream& stream) const {
  if (!stream.is_file()) return api_error(ApiErrc::kStreamSnapshot, "no impl");
  if (snapshots_.size() >= kUnderWayMax) return api_error(ApiErrc::kInsufficientResources);
  for (const auto& snapshot : snapshots_) {
    if (snapshot->stream_id() != stream.id() || !snapshot->is_reading()) continue;
    return api_error(ApiErrc::kStreamSnapshot, "snapshot in progress");
  }
  return std::nullopt;
}

void Snapshots::begin(Stream& stream, SnapshotRequest request, uint64_t client) {
  snapshots_.push_back(std::make_unique<Snapshot>(jetstream_, stream, std::move(request), client));
  if (snapshots_.back()->pump()) snapshots_.pop_back();
}

Result<std::string, ApiError> Snapshots::restore(StreamConfig config, uint64_t client) {
  if (restores_.size() >= kUnderWayMax) return api_error(ApiErrc::kInsufficientResources);
  restores_.push_back(std::make_unique<Restore>(jetstream_, std::move(config), client));
  return restores_.back()->deliver_subject();
}

void Snapshots::take(const Mail& mail) {
  const auto is_meant = [&](const auto& one) { return &one.taker() == mail.taker; };
  const bool is_ack = hand_to(snapshots_, is_meant, [](Snapshot& snapshot) {
    snapshot.on_ack();
    return false;
  });
  if (!is_ack) hand_to(restores_, is_meant, [&](Restore& restore) { return restore.take(mail); });
}

void Snapshots::on_timer(const Timer& timer) {
  const auto is_meant = [&](const auto& one) { return &one.timer() == &timer; };
  if (hand_to(snapshots_, is_meant, [](Snapshot& snapshot) { return snapshot.pump(); })) return;
  hand_to(restores_, is_meant, [](Restore& restore) { return restore.on_timer(); });
}

}  // namespace myelin
