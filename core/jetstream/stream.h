// Stream: one durable stream: what it keeps, who consumes it, and the way of a publish into it.
//
//     Mail -> take: headers judged (publish.h) -> store -> retention -> PubAck behind the gate
//     synced -> released() moves on -> consumers are woken
//
// Preconditions of a publish see what is stored; consumers and gets see what is released: of a
// stream that syncs before it answers, what is on the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/timers.h"
#include "core/jetstream/consumers.h"
#include "core/jetstream/dedupe.h"
#include "core/jetstream/message_store.h"
#include "core/jetstream/services.h"
#include "core/jetstream/stream_config.h"
#include "core/pubsub/mailbox.h"
#include "core/pubsub/subscription.h"
#include "core/storage/memory_storage.h"

namespace myelin {

class Stream {
 public:
  Stream(Services& services, StreamConfig config, WallTime created, uint64_t id);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  const std::string& name() const { return config_.name; }
  const StreamConfig& config() const { return config_; }
  WallTime created() const { return created_; }
  uint64_t id() const { return id_; }
  Services& services() { return services_; }
  MessageStore& store() { return *store_; }
  Consumers& consumers() { return consumers_; }
  bool is_file() const { return config_.storage == StorageType::kFile; }

  // Opens the store and reads it, in slices, until true.
  Status open();
  Result<bool> recover(uint64_t& budget);
  // Subscribes to its subjects; from now on it takes messages.
  Status start();
  // No more messages, consumers end with their 409, the store is destroyed.
  Status destroy();
  // The new config was checked (stream_update.h, overlaps).
  Status update(StreamConfig config);

  // The last sequence that consumers and gets may see.
  uint64_t released() const { return released_; }

  // An answer that promises what this stream has done so far: at once, or behind the gate.
  void answer(std::string_view reply, std::string_view body);
  // Something of it must be synced some time: the store or the consumers' log.
  void touch();
  void collect_unsynced(std::vector<FileId>& files);
  void sync_asked(SyncTicket ticket);
  void on_synced(SyncTicket ticket, const FileErrors& failed);
  bool is_offline() const { return store_->offline().has_value(); }

  // A message of a client, or of the server.
  void take(const Mail& mail);
  void on_timer();

  Result<bool> remove_message(uint64_t sequence);
  Result<uint64_t> purge(const SubjectFilter& filter, uint64_t below, uint64_t keep);

  // A consumer is done with this message (acked, terminated, or delivered without acks): interest
  // and work-queue retention may remove it.
  void on_consumed(uint64_t sequence);
  // A consumer ended, or asks for less: what nobody needs any more goes.
  void on_consumers_changed();

 private:
  friend class Publish;
  Services& services_;
  StreamConfig config_;
  WallTime created_;
  uint64_t id_;
  std::unique_ptr<MemoryStorage> memory_;  // of a memory stream
  std::unique_ptr<MessageStore> store_;
  Consumers consumers_;
  Dedupe dedupe_;
  InternalTaker taker_;
  std::vector<Subscription::Owner> subscriptions_;
  uint64_t released_ = 0;
  Timer timer_;
  bool is_touched_ = false;
};

}  // namespace myelin
