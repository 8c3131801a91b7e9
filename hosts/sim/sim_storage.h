// SimStorage: a disk that may lose power. The Storage port over RAM, with every fault that the port
// allows and some that disks add, drawn from a seed.
//
//     durable    what the platter holds: names, and content by file
//     journal    every change since, in order, each waiting to become durable
//     view       durable with the whole journal applied: what the server sees
//
// complete() lets one outstanding sync come true, not always the oldest: the changes it covers move
// from the journal to the platter. Or it fails, and then the changes of a failed file never get
// there for sure. crash() decides for each write left in the journal whether it is kept, lost or
// torn, and for the changes of names how many of them happened; then the server may be started
// again over the same object. rot() changes durable bytes.
//
// The disk is as large as it is told, and the same calls with the same seed end in the same bytes.
// It runs no time: when syncs complete is for the caller to say.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/storage/storage.h"

namespace myelin::sim {

class SimStorage final : public Storage {
 public:
  struct Faults {
    uint64_t capacity = UINT64_MAX / 2;
    bool has_torn_writes = true;
    bool has_reordered_syncs = true;
    // One in so many syncs of a file fails; 0: none.
    uint64_t sync_failure_rate = 0;
  };

  SimStorage(uint64_t seed, Faults faults);

  Result<FileId> open(std::string_view name) override;
  Status reserve(FileId file, uint64_t size) override;
  Result<uint64_t> append(FileId file, Bytes bytes) override;
  Result<uint64_t> read(FileId file, uint64_t offset, std::span<std::byte> to) override;
  Status truncate(FileId file, uint64_t size) override;
  Result<uint64_t> size(FileId file) override;
  Status rename(std::string_view from, std::string_view to) override;
  Status remove(std::string_view name) override;
  Result<std::vector<std::string>> list(std::string_view prefix) override;
  uint32_t free_files() const override;
  SyncTicket sync(std::span<const FileId> files) override;

  struct Synced {
    SyncTicket ticket;
    FileErrors failed;
  };
  // One outstanding sync has come to its end, and those it had to wait for before it.
  std::vector<Synced> complete();
  bool has_outstanding() const { return !outstanding_.empty(); }

  // The power is gone. Ids and outstanding tickets die.
  void crash();
  // Is called before each change, and may copy the disk as it stands; the copy has none.
  using Witness = std::function<void(const SimStorage&)>;
  void set_witness(Witness witness) { witness_ = std::move(witness); }
  // What the next crash keeps is drawn anew.
  void reseed(uint64_t seed) { random_ = Random(seed); }
  // Whether everything there is would outlive a crash.
  bool is_synced() const { return journal_.empty(); }
  // Flips a bit of what is durable, if there is any: the file and the offset.
  struct Rot {
    std::string name;
    uint64_t offset = 0;
  };
  std::optional<Rot> rot();

  // Calls that change something, so that a test can cut the power at each of them.
  uint64_t change_count() const { return change_count_; }
  void set_capacity(uint64_t capacity) { faults_.capacity = capacity; }
  void set_sync_failure_rate(uint64_t rate) { faults_.sync_failure_rate = rate; }
  // Of files and reservations.
  uint64_t used() const;
  // The files a sync of which has failed since the last crash.
  std::vector<std::string> failed_names() const;

 private:
  using Content = std::string;
  struct Change {
    enum class What { kWrite, kTruncate, kCreate, kRename, kRemove };
    What what = What::kWrite;
    uint32_t file = 0;  // of kRemove and kRename too: the one that has the name
    uint64_t offset = 0;
    std::string bytes;  // kWrite: what; else the (new) name
    std::string old_name;
    uint64_t waits_for = 0;  // what destroys: the last ticket before it
    uint64_t order = 0;      // of all changes
  };
  struct Outstanding {
    SyncTicket ticket;
    std::vector<uint32_t> files;
    FileErrors failed;   // files that were gone when it was asked for
    uint64_t order = 0;  // changes before this are covered
    uint64_t waits_for = 0;
  };
  struct File {
    Content view;
    uint64_t reserved = 0;
  };

  File* find(FileId file);
  void note(Change change);
  void forget(uint32_t file);
  bool is_held(const Change& change) const;
  Synced finish(Outstanding sync);
  static bool is_name_change(const Change& change);
  void apply(const Change& change);
  void write_part(const Change& change);
  static void put(Content& content, uint64_t offset, std::string_view bytes);

  Random random_;
  Faults faults_;
  Witness witness_;

  std::map<std::string, uint32_t, std::less<>> durable_names_;
  std::map<uint32_t, Content> durable_;
  std::deque<Change> journal_;

  std::map<std::string, uint32_t, std::less<>> names_;
  std::map<uint32_t, File> files_;
  std::set<uint32_t> failed_files_;
  std::deque<Outstanding> outstanding_;
  uint32_t next_file_ = 1;
  uint64_t next_ticket_ = 1;
  uint64_t next_order_ = 1;
  uint64_t change_count_ = 0;
};

}  // namespace myelin::sim
