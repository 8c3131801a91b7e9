// Snapshots: the backups of one JetStream that are under way, out and in. Each has its own mail and
// its own timer; when it is over it ends here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/timers.h"
#include "core/jetstream/api_error.h"
#include "core/jetstream/restore.h"
#include "core/jetstream/snapshot.h"
#include "core/pubsub/mailbox.h"

namespace myelin {

class Snapshots {
 public:
  explicit Snapshots(JetStream& jetstream) : jetstream_(jetstream) {}
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  // Why this stream has no snapshot now.
  std::optional<ApiError> refusal_of(const Stream& stream) const;
  // Of a stream that was not refused.
  void begin(Stream& stream, SnapshotRequest request, uint64_t client);
  // Where the chunks are to be sent. With a config that was checked.
  Result<std::string, ApiError> restore(StreamConfig config, uint64_t client);

  void take(const Mail& mail);
  void on_timer(const Timer& timer);

 private:
  JetStream& jetstream_;
  std::vector<std::unique_ptr<Snapshot>> snapshots_;
  std::vector<std::unique_ptr<Restore>> restores_;
};

}  // namespace myelin
