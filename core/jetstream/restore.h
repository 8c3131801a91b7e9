// Restore: one backup on its way in. Its chunks become a stream that nobody knows until the last
// of them: its messages are stored as they come, with the sequences and times they had.
//
//     chunk  ->  an empty answer, when it is taken in
//     an empty message  ->  stream_create_response: the stream is there, or why not
//
// Chunks are taken in a bounded part a turn: a small one may hold a lot. A restore that ends
// without a stream leaves nothing behind.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/base/timers.h"
#include "core/jetstream/api_error.h"
#include "core/jetstream/backup_reader.h"
#include "core/jetstream/stream_config.h"
#include "core/pubsub/mailbox.h"
#include "core/pubsub/subscription.h"

namespace myelin {

class JetStream;
class Stream;

class Restore {
 public:
  // Of the stream with this config, which was checked. Announces it, and subscribes to the chunks.
  Restore(JetStream& jetstream, StreamConfig config, uint64_t client);
  ~Restore();
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;

  const std::string& deliver_subject() const { return deliver_subject_; }
  const InternalTaker& taker() const { return taker_; }
  const Timer& timer() const { return timer_; }

  // True if the restore is over.
  bool take(const Mail& mail);
  bool on_timer();

 private:
  struct Chunk {
    std::string reply;
    std::string bytes;  // empty: the end
  };

  bool work();
  bool finish(const std::string& reply);
  Status build();
  bool fail(const Error& error, const std::string& reply);
  void announce_end();
  void answer(const std::string& reply);

  BackupTaker make_taker();
  Status take_meta(std::string_view meta);
  Status take_record(const BackupRecord& record);
  Status take_message(const BackupRecord& record);
  Status take_consumer(std::string_view name, std::string_view meta);
  std::optional<WallTime> expiry_of(const BackupRecord& record) const;
  // For an error that has a number of its own.
  Error refuse(ApiError error);

  JetStream& jetstream_;
  StreamConfig config_;
  uint64_t client_;
  WallTime began_;
  std::string deliver_subject_;
  InternalTaker taker_;
  Subscription::Owner subscription_;
  Timer timer_;

  BackupReader reader_;
  std::deque<Chunk> chunks_;
  size_t taken_ = 0;  // bytes of the first chunk
  uint64_t waiting_size_ = 0;
  uint64_t size_ = 0;  // of all chunks so far
  Instant stalled_at_;

  std::unique_ptr<Stream> stream_;  // in the making
  BackupTaker::Ends ends_;
  uint64_t last_sequence_ = 0;  // given out, and perhaps no more
  WallTime last_time_;
  std::optional<ApiError> refusal_;
};

}  // namespace myelin
