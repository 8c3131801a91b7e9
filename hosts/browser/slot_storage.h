// SlotStorage: the Storage port over a pool of Slots: each file is in one slot, and the slot's
// header has its name.
//
//     append   into the dirty buffer       commit()   does what was asked for, in order, until it
//     read     dirty buffer over the slot             must wait for slots -> take_synced()
//     sync     a ticket
//
// Nothing is written before commit(), so that what a turn appended to a file is one write; only a
// dirty buffer that is full is written out sooner. A sync flushes the slots that were written; a
// change of names is flushed before the next is made, and what destroys stands in line behind the
// tickets before it: so it happens after them.
//
// A file needs a slot only when commit() comes to it. Where none is free it stops there, and the
// host is asked for more (slots_wanted); tickets wait meanwhile. Once it has said that there are no
// more, files that find no slot are refused.
//
// Room is promised twice over. Where slots share what the disk has: by a file of zeros, the
// ballast, which is as large as what waits to be written and what is reserved; a write that finds
// the disk full takes its room from it, and then reserve() fails until it could grow again. Where
// each slot holds for itself what it was ever granted, as in Chromium, that gives nothing: so the
// slot is made as long as it may become, and as short again, before its file is promised anything.
// A slot has a header's length before it is counted as free, for names must find room on a full
// disk, too.
//
// After a crash: of two slots with one name the later named has it, the other is freed. A slot
// whose header is damaged is set aside, as it stands, and said so in the log.
//
// A file whose write or flush failed fails in every later sync; a header that failed fails them
// all, and from then on nothing is removed.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/base/log.h"
#include "core/storage/storage.h"
#include "hosts/browser/slot_header.h"
#include "hosts/browser/slots.h"

namespace myelin {

class SlotStorage final : public Storage {
 public:
  struct Bounds {
    uint64_t dirty = 16 * 1024 * 1024;  // bytes that wait to be written, and reservations
    uint32_t files = 4096;
  };
  struct Synced {
    SyncTicket ticket;
    FileErrors failed;
  };

  // Slots and Log outlive it.
  SlotStorage(Slots& slots, Log& log, Bounds bounds);
  SlotStorage(Slots& slots, Log& log) : SlotStorage(slots, log, Bounds()) {}
  ~SlotStorage() override;
  SlotStorage(const SlotStorage&) = delete;
  SlotStorage& operator=(const SlotStorage&) = delete;

  // Once, before anything else: reads what the `count` slots there are hold. Fails where that
  // cannot be told, or is of another version.
  Status load(uint32_t count);
  // So many more slots are there, new ones; 0: there can be no more for now.
  void add_slots(uint32_t count);
  // How many more would be good to have.
  uint32_t slots_wanted() const;
  // Does what can be done. False: something waits for slots.
  bool commit();
  // The tickets that have come to their end since the last call.
  std::vector<Synced> take_synced();
  // Bytes that wait to be written.
  uint64_t dirty_size() const { return dirty_size_; }

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
  bool may_lack_files() const override { return has_damage_; }
  SyncTicket sync(std::span<const FileId> files) override;

 private:
  static constexpr uint32_t kNoSlot = UINT32_MAX;

  struct Chunk {
    uint64_t offset = 0;
    std::string bytes;
  };
  struct File {
    uint32_t slot = kNoSlot;
    uint64_t sequence = 0;  // of the header that names it
    uint64_t size = 0;
    uint64_t reserved = 0;
    uint64_t room = 0;  // up to which size its slot was made once
    std::deque<Chunk> dirty;
    bool may_extend = false;  // the newest chunk
    bool is_gone = false;     // for the caller; what was asked of it before is still done
    std::optional<Error> failed;
  };

  // What is to be done, in this order. Files are named by number, and live until they are removed.
  struct Create {
    uint32_t file;
    std::string name;
  };
  struct WriteOldest {
    uint32_t file;
  };
  struct Truncate {
    uint32_t file;
    uint64_t size;
  };
  struct Rename {
    uint32_t file;
    std::string name;
    uint32_t target;  // had the name; 0: nobody
  };
  struct Remove {
    uint32_t file;
  };
  struct FreeSlot {
    uint32_t slot;
  };
  struct Sync {
    Synced report;
    std::vector<uint32_t> files;
  };
  using Job = std::variant<Create, WriteOldest, Truncate, Rename, Remove, FreeSlot, Sync>;

  File* find(FileId file);
  Status load_slot(uint32_t slot);
  void adopt(uint32_t slot, const SlotHeader& header, uint64_t content_size);
  bool prepare(uint32_t slot);
  Status make_room(File& file, uint64_t size);
  Status lengthen(File& file, uint64_t size);
  Status try_size(File& file, uint64_t size);
  Status grow_ballast(uint64_t size);
  bool shrink_ballast(uint64_t size);

  // Each does one job; false: it has to wait.
  bool perform(Create& job);
  bool perform(WriteOldest& job);
  bool perform(Truncate& job);
  bool perform(Rename& job);
  bool perform(Remove& job);
  bool perform(FreeSlot& job);
  bool perform(Sync& job);
  void let_go(File& file);
  void end(uint32_t file);
  void empty(uint32_t slot);

  std::optional<uint32_t> take_free_slot();
  Status write(uint32_t slot, uint64_t offset, Bytes bytes);
  Status flush(uint32_t slot);
  void name(uint32_t slot, SlotKind kind, std::string_view text);
  Status write_header(uint32_t slot, SlotKind kind, std::string_view text);

  Slots& slots_;
  Log& log_;
  const Bounds bounds_;

  std::vector<bool> has_unflushed_;        // by slot
  std::set<uint32_t> with_second_behind_;  // of their headers' copies
  std::set<uint32_t> free_slots_;
  bool has_damage_ = false;  // a slot was set aside
  bool may_grow_ = true;
  uint64_t last_sequence_ = 0;

  std::map<std::string, FileId, std::less<>> names_;
  std::map<uint32_t, std::unique_ptr<File>> files_;
  uint32_t next_file_ = 1;
  uint64_t next_ticket_ = 1;

  std::deque<Job> jobs_;
  uint32_t creates_waiting_ = 0;
  uint64_t dirty_size_ = 0;
  uint64_t reserved_ = 0;
  uint32_t ballast_slot_ = kNoSlot;
  uint64_t ballast_size_ = 0;
  // A change of names failed, and nobody knows which names the slots have.
  std::optional<Error> names_failed_;
  std::vector<Synced> finished_;
};

}  // namespace myelin
