// SlotDisk: the browser host's storage where the crash tests expect a SimStorage: SlotStorage on
// slots that lose power, and a host that gives it slots when it wants some, or later.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "hosts/browser/slot_storage.h"
#include "hosts/sim/sim_storage.h"
#include "tests/sim/sim_slots.h"

namespace myelin::sim {

class SlotDisk final : public Storage {
 public:
  using Faults = SimStorage::Faults;

  SlotDisk(uint64_t seed, Faults faults);

  Result<FileId> open(std::string_view name) override { return storage_->open(name); }
  Status reserve(FileId file, uint64_t size) override { return storage_->reserve(file, size); }
  Result<uint64_t> append(FileId file, Bytes bytes) override {
    return storage_->append(file, bytes);
  }
  Result<uint64_t> read(FileId file, uint64_t offset, std::span<std::byte> to) override {
    return storage_->read(file, offset, to);
  }
  Status truncate(FileId file, uint64_t size) override { return storage_->truncate(file, size); }
  Result<uint64_t> size(FileId file) override { return storage_->size(file); }
  Status rename(std::string_view from, std::string_view to) override {
    return storage_->rename(from, to);
  }
  Status remove(std::string_view name) override { return storage_->remove(name); }
  Result<std::vector<std::string>> list(std::string_view prefix) override {
    return storage_->list(prefix);
  }
  uint32_t free_files() const override { return storage_->free_files(); }
  bool may_lack_files() const override { return storage_->may_lack_files(); }
  SyncTicket sync(std::span<const FileId> files) override;

  std::vector<SlotStorage::Synced> complete();
  bool has_outstanding() const { return outstanding_ > 0; }
  void crash();
  // Flips a bit of what is durable, headers apart: those of a file's content are read by others.
  bool rot();
  // Beyond what is used already.
  void set_capacity(uint64_t capacity);

 private:
  class NoLog final : public Log {
    void write(LogLevel, std::string_view) override {}
  };

  void load();

  Random random_;
  Faults faults_;
  NoLog log_;
  SimSlots slots_;
  std::optional<SlotStorage> storage_;
  size_t outstanding_ = 0;
};

}  // namespace myelin::sim
