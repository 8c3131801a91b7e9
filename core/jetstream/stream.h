// Stream: one stream: what it keeps, who consumes it, and the way of a publish into it.
//
//     Mail -> take: headers judged -> store -> retention -> PubAck, behind the gate
//     synced -> released() moves on -> consumers are woken
//
// Preconditions of a publish see what is stored; consumers and gets see what is released: of a
// stream that syncs before it answers, what is on the disk.
//
// stream.cc: its life and its durability; stream_publish.cc: what it takes; stream_retention.cc:
// what it lets go.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/timers.h"
#include "core/jetstream/consumers.h"
#include "core/jetstream/dedupe.h"
#include "core/jetstream/message_store.h"
#include "core/jetstream/publish_headers.h"
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
  // Among those of its account, and in the names of its files.
  uint64_t id() const { return id_; }
  // Among those of all accounts: SharedServices::streams.
  uint64_t number() const { return number_; }
  // Of what it keeps, in its Storage: "streams/7", behind its account's folder.
  const std::string& folder() const { return folder_; }
  Services& services() { return services_; }
  const Services& services() const { return services_; }
  MessageStore& store() { return *store_; }
  Consumers& consumers() { return consumers_; }
  bool is_file() const { return config_.storage == StorageType::kFile; }

  // Opens the store, and reads it in slices until true.
  Status open();
  bool is_open() const { return is_open_; }
  Result<bool> recover(uint64_t& budget);
  // Subscribes to its subjects: from now on it takes messages.
  void start();
  // No more messages, its consumers end, what it kept is removed.
  void destroy();
  // To a config that was checked (stream_update.h, overlaps).
  void update(StreamConfig config);

  // The last sequence that consumers and gets may see.
  uint64_t released() const { return released_; }

  // An answer that promises what this stream has done so far: at once, or behind the gate. An empty
  // one confirms an acknowledgement.
  void answer(std::string_view reply, std::string_view body);
  // Whether its answers wait for the disk.
  bool is_durable() const;

  // Something of it must be synced some time: messages, or its consumers' positions.
  void touch();
  void collect_unsynced(std::vector<FileId>& files);
  void sync_asked(SyncTicket ticket);
  void on_synced(SyncTicket ticket, const FileErrors& failed);
  // The three at once, of a memory stream.
  void sync_in_memory();
  bool is_offline() const { return store_->offline().has_value() || consumers_.is_offline(); }
  std::string offline_reason() const;  // while it is
  // What a publisher is told whose message may be lost.
  std::string failure_answer() const;
  // A slice of background work; true if there is more to do at once.
  bool work(uint64_t budget, bool wants_snapshot);

  // A message of a client, or of the server.
  void take(const Mail& mail);
  void on_timer();

  // False if there is no such message.
  Result<bool> remove_message(uint64_t sequence);
  // The same, its bytes gone from the disk once store().erased() has reached the number returned; 0
  // if there is no such message.
  Result<uint64_t> erase_message(uint64_t sequence);
  Result<uint64_t> purge(const SubjectFilter& filter, uint64_t below, uint64_t keep);

  // A consumer is done with this message (acked, terminated, or delivered without acks): interest
  // and work-queue retention may remove it.
  void on_consumed(uint64_t sequence);
  // A consumer ended, or asks for less: what nobody needs any more goes.
  void on_consumers_changed();

 private:
  struct Taken {
    uint64_t sequence = 0;
    bool is_duplicate = false;
  };

  void subscribe();
  void unsubscribe();
  void release();
  void charge();

  Result<Taken, ApiError> publish(const Mail& mail);
  void take_traced(const Mail& mail);
  void acknowledge(const Mail& mail, const Result<Taken, ApiError>& taken);
  std::optional<ApiError> check_expectations(const Mail& mail, const PublishHeaders& headers);
  std::optional<ApiError> check_content(const Mail& mail, const PublishHeaders& headers);
  std::optional<ApiError> check_room(const Mail& mail, const PublishHeaders& headers);
  Result<Taken, ApiError> store_message(const Mail& mail, const PublishHeaders& headers);
  void set_ttl(const MessageTtl& ttl, NewMessage& message, std::string& rewritten);
  Result<uint64_t, ApiError> append(const NewMessage& message, bool rolls_up_subject);
  std::optional<ApiError> check_discard_new(const NewMessage& message, bool rolls_up_subject);
  uint64_t size_in_store(const NewMessage& message) const;
  uint64_t size_in_store(uint64_t sequence);
  void roll_up(std::string_view subject, std::string_view rollup, bool was_stored);
  void learn_ids();

  void enforce_limits(std::string_view subject);
  void enforce_all_limits();
  bool let_go(uint64_t sequence);
  bool is_consumed(const StoredMessage& message) const;
  void let_go_consumed();
  bool expire_by_age();
  bool expire_by_ttl();
  bool is_exempt_from_age(const StoredMessage& message) const;
  bool expire(const StoredMessage& message);
  void place_marker(const std::string& subject);
  std::optional<WallTime> time_of_oldest();
  void set_timer(Duration wait_min = Duration::zero());

  Services& services_;
  bool is_open_ = false;
  StreamConfig config_;
  WallTime created_;
  uint64_t id_;
  uint64_t number_;
  std::string folder_;
  std::unique_ptr<MemoryStorage> memory_;  // of a memory stream
  std::unique_ptr<MessageStore> store_;
  Consumers consumers_;
  Dedupe dedupe_;
  bool knows_ids_ = false;  // since the restart
  InternalTaker taker_;
  std::vector<Subscription::Owner> subscriptions_;
  std::string ack_prefix_;  // {"stream":"NAME","seq":
  std::string ack_;         // the last answer

  uint64_t released_ = 0;
  struct Asked {
    SyncTicket ticket;
    uint64_t last_sequence = 0;
  };
  std::deque<Asked> asked_;
  bool is_touched_ = false;
  uint64_t charged_ = 0;  // bytes counted in Services

  bool has_consumed_left_ = false;  // which found no room to be removed
  Timer timer_;                     // ages, TTLs, and what is tried again
  uint64_t aged_before_ = 0;        // what is left before it stays, whatever its age
  Instant timer_at_{};
};

}  // namespace myelin
