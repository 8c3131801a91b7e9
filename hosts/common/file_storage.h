// FileStorage: the Storage port on the files of one directory.
//
//     loop thread   append: into the dirty buffer      SyncThread   writes at once, renames,
//                   read: dirty buffer over the file                removes, syncs, in order
//                   sync: a ticket                                  wake() -> take_synced()
//
// The directory is this process's alone while it is open (flock on `lock`), says what it is
// (`format`), and is refused if it holds anything else, above all what nats-server wrote: nothing
// in it is touched then. docs/storage-format.md.
//
// Everything is done in the order it was asked for, so that what destroys waits for the tickets
// before it. A file whose write or sync failed fails in every later sync; a directory that failed
// fails them all. Disk space is allocated
// when it is reserved. It keeps one descriptor for each file opened.
//
// It belongs to one thread; only wake() is called on another.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/storage/storage.h"
#include "hosts/common/sync_thread.h"

namespace myelin {

class FileStorage final : public Storage {
 public:
  static constexpr uint64_t kDirtyMax = 64 * 1024 * 1024;
  static constexpr uint32_t kFilesMax = 65536;

  using Synced = SyncThread::Synced;

  static Result<std::unique_ptr<FileStorage>> open_directory(const std::string& directory,
                                                             uint64_t dirty_max = kDirtyMax);
  // Writes what was appended, and waits for it; it is synced only as far as was asked.
  ~FileStorage() override;
  FileStorage(const FileStorage&) = delete;
  FileStorage& operator=(const FileStorage&) = delete;

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

  // Whom to call, on another thread, when there is something to take; null: nobody.
  void set_wake(SyncThread::Wake wake, void* context) { thread_.set_wake(wake, context); }
  // The tickets that have come to their end since the last call.
  std::vector<Synced> take_synced() { return thread_.take_finished(); }
  // Waits until everything asked for so far is done.
  void drain() { thread_.drain(); }

 private:
  struct File;

  explicit FileStorage(uint64_t dirty_max);
  Status take_directory(const std::string& directory);
  Status check_format();
  Status scan(const std::string& folder, int depth);

  File* find(FileId file);
  Status make_folders(std::string_view name);
  Status allocate(File& file, uint64_t size);
  void write_oldest(File& file);
  void let_go(FileId id);
  void settle_name(std::string_view name);
  static void end_file(File& file);
  static void fail(File& file, Error error);

  uint64_t dirty_max_;
  std::string path_;
  int directory_ = -1;
  int lock_ = -1;
  std::map<std::string, FileId, std::less<>> names_;  // 0: not opened yet
  std::map<uint32_t, std::unique_ptr<File>> files_;
  std::vector<std::unique_ptr<File>> gone_;            // removed, with jobs still to do
  std::set<std::string, std::less<>> changing_names_;  // the disk may not know yet
  std::set<std::string> changed_folders_;
  uint64_t reserved_ = 0;
  uint32_t next_file_ = 1;
  uint64_t next_ticket_ = 1;

  std::mutex mutex_;  // guards dirty_size_ and what a File says it guards
  uint64_t dirty_size_ = 0;

  // The thread's: a change of names failed, and nobody knows which names the disk has.
  std::optional<Error> names_failed_;

  SyncThread thread_;
};

}  // namespace myelin
