// Consumers: the consumers of one stream, by name, and the log of how far they came.
//
// Definitions live in the MetaLog; positions (delivered, acknowledged, pending) in a ConsumerLog of
// the stream's, appended to as they change and synced with whatever is synced next: after a crash
// something may be delivered again, never passed over. Consumers of memory streams, and those that
// are to be kept in memory, are written down nowhere and end with the process.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/jetstream/api_error.h"
#include "core/jetstream/consumer.h"
#include "core/jetstream/consumer_config.h"
#include "core/jetstream/consumer_config_json.h"
#include "core/jetstream/consumer_log.h"
#include "core/storage/storage.h"

namespace myelin {

class Stream;

class Consumers {
 public:
  explicit Consumers(Stream& stream);
  ~Consumers();
  Consumers(const Consumers&) = delete;
  Consumers& operator=(const Consumers&) = delete;

  // Makes, or updates, as CONSUMER.CREATE asks (facts 4.3 step 12 on; defaults and checks
  // included).
  Result<Consumer*, ApiError> create(ConsumerRequest request, std::string_view name);
  // With its definition, its 409s and its advisory; if that cannot be written down, it stays.
  Status remove(Consumer& consumer);
  // Until then it delivers nothing; absent: it goes on.
  Status pause(Consumer& consumer, std::optional<WallTime> until);
  // The stream goes, and what it defined is gone: all of them end.
  void remove_all();
  // The server goes: those that wait hear it.
  void shut_down();

  Consumer* find(std::string_view name);
  size_t size() const { return by_name_.size(); }
  // Those that clients made: not the ones that a mirror or a source uses.
  size_t public_size() const;
  // By name.
  using Map = std::map<std::string, std::unique_ptr<Consumer>, std::less<>>;
  const Map& by_name() const { return by_name_; }

  // Restart: the definitions found in the meta log, then the log of positions.
  Status restore(std::string_view name, std::string_view definition);
  Result<bool> recover(uint64_t& budget);
  // Of a backup, before start(): a consumer, and how far it came (backup_consumer.h; false: that
  // is no position). What was adopted is written down by define_adopted.
  std::optional<ApiError> adopt(ConsumerConfig config, std::string_view name, WallTime created);
  bool adopt_positions(std::string_view name, std::string_view state);
  Status define_adopted();
  // The stream is whole: positions beyond it are clamped, timers and interest begin.
  void start();

  // What the stream tells them.
  void on_released();                  // more may be visible
  void on_removed(uint64_t sequence);  // one message
  void on_purged();                    // any number
  // Whether a consumer asks for messages on this subject.
  bool has_interest(std::string_view subject) const;
  // Whether one that asks for this message has still to acknowledge it.
  bool is_needed(uint64_t sequence, std::string_view subject) const;

  // Durability of the positions, as RecordLog's; nothing for a memory stream.
  void collect_unsynced(std::vector<FileId>& files);
  void sync_asked(SyncTicket ticket);
  void on_synced(SyncTicket ticket, const FileErrors& failed);
  bool is_offline() const { return log_ && log_->offline().has_value(); }
  // Some position found no room when the last sync was asked for.
  bool has_unwritten() const { return has_unwritten_; }
  // What is missing may be what somebody still waits for.
  bool has_lost_positions() const { return log_ && !log_->lost().empty(); }
  // The log is rewritten when most of it is out of date. True while there is more to do.
  bool work(uint64_t budget);

 private:
  friend class Consumer;

  Result<Consumer*, ApiError> add(ConsumerConfig config, std::string_view name);
  Result<Consumer*, ApiError> update(Consumer& consumer, ConsumerConfig config);
  std::optional<ApiError> check_new(const ConsumerConfig& config) const;
  std::optional<ApiError> check_work_queue_conflicts(const ConsumerConfig& config,
                                                     std::string_view name) const;
  std::string free_name();
  Status define(const Consumer& consumer);
  void erase(Consumer& consumer);
  void make_log();
  Status open_log();
  uint64_t live_size() const;
  // False if there is no room for it.
  bool write_whole(Consumer& consumer);
  void write_changes(Consumer& consumer);

  // For Consumer.
  void note_changed(Consumer& consumer);
  void set_listening(Consumer& consumer, bool is_listening);
  void set_tracking(Consumer& consumer, bool is_tracking);

  using List = std::vector<Consumer*>;
  void set_member(List& list, uint32_t Consumer::*place, Consumer& consumer, bool is_member);

  Stream& stream_;
  Map by_name_;
  std::optional<ConsumerLog> log_;
  struct Recovering {
    Consumer* consumer = nullptr;
    bool has_positions = false;
    bool is_adopted = false;
  };
  std::map<uint64_t, Recovering> recovering_;  // by id
  List changed_;                               // with something to be written down
  List listening_;                             // waiting for messages
  List tracking_;                              // with messages that may be removed under them
  uint64_t told_ = 0;                          // released, and those who listen know
  std::optional<std::string> rewritten_;       // a rewrite came to this name
  bool has_unwritten_ = false;                 // positions, at the last sync asked for
};

}  // namespace myelin
