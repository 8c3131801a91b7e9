// Snapshot: one backup of a stream on its way out, in chunks that the receiver acknowledges.
//
//     chunk, reply $JS.SNAPSHOT.ACK.<stream>.<token>.<size>.<index>  ->  an empty answer
//     ...                                       at most window_size of them unanswered
//     the last chunk, without a reply; then an empty message: 204, or why it ends early
//
// The stream is looked up anew for each piece: it may be gone.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/time.h"
#include "core/base/timers.h"
#include "core/jetstream/backup_writer.h"
#include "core/pubsub/mailbox.h"
#include "core/pubsub/subscription.h"

namespace myelin {

class JetStream;
class Stream;

struct SnapshotRequest {
  std::string deliver_subject;
  bool no_consumers = false;
  int64_t chunk_size = 0;
  int64_t window_size = 0;
};

class Snapshot {
 public:
  // `client` asked for it. Announces it, and subscribes to the acknowledgements.
  Snapshot(JetStream& jetstream, Stream& stream, SnapshotRequest request, uint64_t client);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  uint64_t stream_id() const { return stream_id_; }
  // Whether it still reads the stream: neither waiting for somebody to listen, nor for the last
  // acknowledgements alone.
  bool is_reading() const { return has_begun_ && !is_written_; }
  const InternalTaker& taker() const { return taker_; }
  const Timer& timer() const { return timer_; }

  // A chunk was acknowledged. Many may be in one turn: what may follow is sent in the next ones.
  void on_ack();
  // Sends what may be sent, a bounded amount. True if the snapshot is over.
  bool pump();

 private:
  bool may_begin();
  bool fill(Stream& stream);
  void send_chunk(size_t size, bool is_last);
  void end(std::string_view header);
  void complete();

  JetStream& jetstream_;
  SnapshotRequest request_;
  uint64_t client_;
  std::string stream_name_;
  uint64_t stream_id_;
  BackupWriter writer_;
  WallTime began_;

  InternalTaker taker_;
  std::string ack_prefix_;
  Subscription::Owner subscription_;
  Timer timer_;
  Instant wait_until_;  // for interest
  bool has_begun_ = false;
  bool had_interest_ = false;
  bool is_written_ = false;

  std::string out_;
  uint64_t slots_ = 0;  // chunks that may be sent
  uint64_t slots_max_ = 0;
  uint64_t index_ = 1;  // of the next chunk
  Instant last_sent_;
};

}  // namespace myelin
