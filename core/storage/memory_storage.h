// MemoryStorage: the Storage port over RAM, for tests, for hosts without a disk, and for a server
// that keeps nothing.
//
// It holds at most `capacity` bytes (content and reservations together) in at most `files_max`
// files. Every change is in force when the call returns, so a sync has nothing to do: its ticket
// is ready at once and waits for the host, which asks for it with take_synced() and reports it to
// Server::synced. It survives nothing, and injects no faults: that is the simulator's Storage.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/storage/storage.h"

namespace myelin {

class MemoryStorage final : public Storage {
 public:
  static constexpr uint32_t kFilesMax = 65536;

  explicit MemoryStorage(uint64_t capacity, uint32_t files_max = kFilesMax);

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
    FileErrors failed;  // files that did not exist when the sync was asked for
  };
  // The tickets given out since the last call, oldest first.
  std::vector<Synced> take_synced();

 private:
  using Block = std::unique_ptr<std::byte[]>;

  struct File {
    std::vector<Block> blocks;  // kBlockSize each; only the last is partly used
    uint64_t size = 0;
    uint64_t reserved = 0;  // room promised beyond `size`
  };

  File* find(FileId file);
  void erase(FileId file);
  uint64_t room() const { return capacity_ - charged_; }

  uint64_t capacity_;
  uint32_t files_max_;
  uint64_t charged_ = 0;  // the sizes and reservations of all files
  uint32_t next_file_ = 1;
  uint64_t next_ticket_ = 1;
  std::map<std::string, FileId, std::less<>> names_;
  std::map<uint32_t, File> files_;
  std::vector<Synced> synced_;
};

}  // namespace myelin
