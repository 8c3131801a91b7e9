// MetaLog: the definitions of an account's streams and consumers, a small durable map from names to
// texts, in a record log of its own.
//
//     "stream/ORDERS"            {"config":{...},"created":"...","id":7}
//     "consumer/ORDERS/worker"   {"config":{...},"created":"...","id":3}
//
// Durable once a sync that was asked after the change is reported; whoever reads its notes asks. It
// is rewritten when most of it is out of date.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/storage/record_log.h"
#include "core/storage/storage.h"

namespace myelin {

// What an entry's name begins with.
inline constexpr std::string_view kStreamEntry = "stream/";
inline constexpr std::string_view kConsumerEntry = "consumer/";

class MetaLog {
 public:
  using Entries = std::map<std::string, std::string, std::less<>>;

  // Where it notes, once, that there is something to be synced, and as what.
  struct Note {
    std::vector<uint64_t>* changed = nullptr;
    uint64_t number = 0;
  };
  MetaLog(Storage& storage, std::string folder, uint64_t salt, Note note);

  // Reads all of it.
  Status recover();
  const Entries& entries() const { return entries_; }
  const std::vector<RecordLog::LostRange>& lost() const { return log_.lost(); }

  // kFull if the disk has no room, and then nothing has changed.
  Status put(std::string_view name, std::string_view text);
  Status remove(std::string_view name);
  // All names that begin with `prefix`.
  Status remove_all(std::string_view prefix);

  void collect_unsynced(std::vector<FileId>& files) const { log_.collect_unsynced(files); }
  void sync_asked(SyncTicket ticket);
  void on_synced(SyncTicket ticket, const FileErrors& failed);
  const std::optional<Error>& offline() const { return log_.offline(); }

 private:
  Status append(uint8_t kind, std::string_view name, std::string_view text);
  void read(const Record& record);
  void forget(std::string_view name);
  void compact();
  void note();

  RecordLog log_;
  Note note_;
  Entries entries_;
  uint64_t live_size_ = 0;  // of the records that still count
  bool is_unsynced_ = false;
  uint64_t outdated_before_ = 0;  // compacted: segments before this one are to go; 0: none
  std::optional<SyncTicket> compacted_by_;
};

}  // namespace myelin
