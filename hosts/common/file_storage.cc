#include "hosts/common/file_storage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <iterator>
#include <utility>

#include "hosts/common/system_call.h"

namespace myelin {
namespace {

// A file is given room ahead as it grows: there may be ten thousand that stay small.
constexpr uint64_t kAllocationStepMin = 16 * 1024;
constexpr uint64_t kAllocationStepMax = 1024 * 1024;
constexpr size_t kChunkSizeMax = 4 * 1024 * 1024;
// What takes the disk longer is left to the syncer, so that writes go on meanwhile. One hop between
// threads less is what it saves the small ones.
constexpr uint64_t kSmallSync = 4 * 1024 * 1024;
// What a sync costs is learnt from those before; what was not chosen lately is forgotten slowly,
// and so tried again.
void learn(std::chrono::nanoseconds& chosen, std::chrono::nanoseconds cost,
           std::chrono::nanoseconds& other) {
  chosen = (chosen * 3 + cost) / 4;
  other -= other / 16;
}

std::string folder_of(std::string_view name) { return StoreDirectory::folder_of(name); }

}  // namespace

struct FileStorage::File {
  struct Chunk {
    uint64_t offset = 0;
    std::string bytes;
    bool is_taken = false;  // by the writer: it grows no more
  };

  // The loop's.
  uint64_t size = 0;
  uint64_t reserved = 0;
  uint64_t allocated = 0;   // up to here there is room on the disk
  bool may_extend = false;  // the newest chunk
  // Guarded by FileStorage::mutex_.
  std::deque<Chunk> dirty;
  DescriptorCache::Entry descriptor;
  uint64_t unsynced_size = 0;
  // Set by the job that ends the file, which is the last to touch it.
  std::atomic<bool> is_ended = false;
};

struct FileStorage::SyncRequest {
  Synced report;
  std::vector<std::pair<FileId, File*>> files;
  std::set<std::string> folders;
};

Result<std::unique_ptr<FileStorage>> FileStorage::open_directory(const std::string& directory,
                                                                 Bounds bounds) {
  std::unique_ptr<FileStorage> storage(new FileStorage(bounds));
  TRY(storage->take_directory(directory));
  TRY(storage->syncer_.start());
  TRY(storage->writer_.start());
  return storage;
}

FileStorage::FileStorage(Bounds bounds)
    : bounds_(bounds), descriptors_(bounds.descriptors), writer_([this] { begin_syncs(); }) {}

FileStorage::~FileStorage() {
  flush();
  writer_.finish();
  syncer_.finish();
}

Status FileStorage::take_directory(const std::string& directory) {
  TRY(directory_.take(directory));
  descriptors_.set_directory(directory_.descriptor());
  const auto names = directory_.files();
  if (!names.ok()) return names.error();
  for (const std::string& name : names.value()) names_.emplace(name, FileId{});
  return kOk;
}

Result<FileId> FileStorage::open(std::string_view name) {
  if (!StoreDirectory::is_valid_name(name)) return Error{Errc::kInvalid, std::string(name)};
  const auto known = names_.find(name);
  if (known != names_.end() && known->second.value != 0) return known->second;
  const bool is_new = known == names_.end();
  if ((is_new && free_files() == 0) || next_file_ == UINT32_MAX) {
    return Error{Errc::kFull, "too many files"};
  }
  settle_name(name);
  auto file = std::make_unique<File>();
  file->descriptor.name = name;
  {
    // The writer must not remove a folder between its making and its first file.
    const std::lock_guard lock(mutex_);
    if (is_new) TRY(make_folders(name));
    const Result<int> fd = descriptors_.create(file->descriptor);
    if (!fd.ok()) return fd.error();
    struct stat status {};
    if (fstat(fd.value(), &status) != 0 || !S_ISREG(status.st_mode)) {
      descriptors_.close(file->descriptor);
      return Error{Errc::kIo, file->descriptor.name + " is no file"};
    }
    file->size = file->allocated = static_cast<uint64_t>(status.st_size);
  }
  if (is_new) changed_folders_.insert(folder_of(name));
  const FileId id{next_file_++};
  files_.emplace(id.value, std::move(file));
  names_[std::string(name)] = id;
  return id;
}

// Every folder on the way to `name`.
Status FileStorage::make_folders(std::string_view name) {
  for (size_t slash = name.find('/'); slash != std::string_view::npos;
       slash = name.find('/', slash + 1)) {
    const std::string folder(name.substr(0, slash));
    if (mkdirat(directory_.descriptor(), folder.c_str(), 0700) == 0) {
      changed_folders_.insert(folder_of(folder));
    } else if (errno != EEXIST) {
      return system_error(folder);
    }
  }
  return kOk;
}

// A name that was removed or moved a moment ago may be given again only when the disk knows.
void FileStorage::settle_name(std::string_view name) {
  if (!changing_names_.contains(name)) return;
  if (changes_done_.load() != changes_asked_) drain();
  changing_names_.clear();
}

Status FileStorage::reserve(FileId id, uint64_t size) {
  File* file = find(id);
  if (file == nullptr) return Error{Errc::kNotFound, "reserve"};
  if (size <= file->reserved) return kOk;
  TRY(make_room(*file, size));
  TRY(allocate(*file, size));
  reserved_ += size - file->reserved;
  file->reserved = size;
  return kOk;
}

// In the dirty buffer. What is only reserved elsewhere will not go away by waiting.
Status FileStorage::make_room(const File& file, uint64_t size) {
  const uint64_t others = reserved_ - file.reserved;
  if (others <= bounds_.dirty && size <= bounds_.dirty - others) {
    const uint64_t dirty_max = bounds_.dirty - others - size;
    std::unique_lock lock(mutex_);
    if (dirty_size_ <= dirty_max) return kOk;
    lock.unlock();
    flush();
    lock.lock();
    if (written_.wait_for(lock, kPatience, [&] { return dirty_size_ <= dirty_max; })) return kOk;
  }
  return Error{Errc::kFull, "too much is waiting to be written"};
}

Status FileStorage::allocate(File& file, uint64_t size) {
  const uint64_t end = file.size + size;
  if (end <= file.allocated) return kOk;
  const std::lock_guard lock(mutex_);
  const Result<int> fd = descriptors_.get(file.descriptor);
  if (!fd.ok()) return fd.error();
  const uint64_t step = std::clamp(file.size, kAllocationStepMin, kAllocationStepMax);
  for (const uint64_t wanted : {std::max(size, step), size}) {
    const int failed = retried([&] {
      return fallocate(fd.value(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(file.size),
                       static_cast<off_t>(wanted));
    });
    if (failed == 0) {
      file.allocated = file.size + wanted;
      return kOk;
    }
    if (errno != ENOSPC && errno != EFBIG) break;
  }
  if (errno != EOPNOTSUPP && errno != ENOSYS) return system_error("reserve");
  // This file system promises nothing; what it says it has free is the best there is.
  struct statvfs room {};
  if (fstatvfs(fd.value(), &room) != 0) return system_error("reserve");
  if (static_cast<uint64_t>(room.f_bavail) * room.f_frsize < dirty_size_ + reserved_ + size) {
    return Error{Errc::kFull, "reserve"};
  }
  return kOk;
}

Result<uint64_t> FileStorage::append(FileId id, Bytes bytes) {
  File* file = find(id);
  if (file == nullptr) return Error{Errc::kNotFound, "append"};
  if (bytes.size() > file->reserved) TRY(reserve(id, bytes.size()));
  file->reserved -= bytes.size();
  reserved_ -= bytes.size();
  const uint64_t offset = file->size;
  if (bytes.empty()) return offset;
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = !file->may_extend || file->dirty.empty() || file->dirty.back().is_taken ||
             file->dirty.back().bytes.size() + bytes.size() > kChunkSizeMax;
    if (is_new) file->dirty.push_back({.offset = offset});
    file->dirty.back().bytes.append(as_text(bytes));
    dirty_size_ += bytes.size();
  }
  file->may_extend = true;
  file->size += bytes.size();
  if (is_new) {
    to_write_.push_back(file);
  }
  return offset;
}

void FileStorage::flush() {
  if (to_write_.empty()) return;
  writer_.submit([this, files = std::exchange(to_write_, {})] {
    for (File* file : files) write_oldest(*file);
  });
}

Result<uint64_t> FileStorage::read(FileId id, uint64_t offset, std::span<std::byte> to) {
  File* const file = find(id);
  if (file == nullptr) return Error{Errc::kNotFound, "read"};
  if (offset >= file->size) return uint64_t{0};
  const uint64_t size = std::min<uint64_t>(to.size(), file->size - offset);
  const std::span<std::byte> wanted = to.first(static_cast<size_t>(size));
  // A chunk must not reach the file between the two looks.
  const std::lock_guard lock(mutex_);
  if (!file->dirty.empty() && file->dirty.back().offset <= offset) {
    const File::Chunk& newest = file->dirty.back();
    std::memcpy(wanted.data(), newest.bytes.data() + (offset - newest.offset), wanted.size());
    return size;
  }
  const Result<int> fd = descriptors_.get(file->descriptor);
  if (!fd.ok()) return fd.error();
  const auto from_file = read_all(fd.value(), offset, wanted);
  if (!from_file.ok()) return from_file.error();
  if (file->dirty.empty()) return from_file.value();
  // What was appended later stands above what was appended earlier and cut since.
  for (const File::Chunk& chunk : file->dirty) {
    const uint64_t begin = std::max(offset, chunk.offset);
    const uint64_t end = std::min<uint64_t>(offset + size, chunk.offset + chunk.bytes.size());
    if (begin >= end) continue;
    std::memcpy(wanted.data() + (begin - offset), chunk.bytes.data() + (begin - chunk.offset),
                static_cast<size_t>(end - begin));
  }
  return size;
}

Status FileStorage::truncate(FileId id, uint64_t size) {
  File* file = find(id);
  if (file == nullptr) return Error{Errc::kNotFound, "truncate"};
  if (size > file->size) return Error{Errc::kInvalid, "truncate beyond the end"};
  file->size = size;
  file->allocated = std::min(file->allocated, size);
  file->may_extend = false;
  destroy([this, file, size] {
    const std::lock_guard lock(mutex_);
    const Result<int> fd = descriptors_.get(file->descriptor);
    if (!fd.ok()) return file->descriptor.fail(fd.error());
    if (retried([&] { return ftruncate(fd.value(), static_cast<off_t>(size)); }) != 0) {
      file->descriptor.fail(system_error("truncate"));
    }
    ++file->descriptor.writes;
  });
  return kOk;
}

Result<uint64_t> FileStorage::size(FileId id) {
  const File* file = find(id);
  if (file == nullptr) return Error{Errc::kNotFound, "size"};
  return file->size;
}

Status FileStorage::rename(std::string_view from, std::string_view to) {
  if (!StoreDirectory::is_valid_name(to)) return Error{Errc::kInvalid, std::string(to)};
  if (!names_.contains(from)) return Error{Errc::kNotFound, std::string(from)};
  if (from == to) return kOk;
  const auto moved = open(from);
  if (!moved.ok()) return moved.error();
  const auto replaced = names_.find(to);
  const FileId target = replaced == names_.end() ? FileId{} : replaced->second;
  File* const target_file = find(target);
  names_.erase(std::string(from));
  names_[std::string(to)] = moved.value();
  // Folders that are still to be made are names too.
  for (std::string folder = folder_of(to);; folder = folder_of(folder)) {
    changed_folders_.insert(folder);
    if (folder == ".") break;
  }
  changed_folders_.insert(folder_of(from));
  note_change({std::string(from), std::string(to)});
  destroy([this, file = find(moved.value()), target_file, name = std::string(to)] {
    rename_on_disk(*file, name, target_file);
  });
  if (target_file != nullptr) let_go(target);
  return kOk;
}

Status FileStorage::remove(std::string_view name) {
  if (!names_.contains(name)) return Error{Errc::kNotFound, std::string(name)};
  const auto opened = open(name);
  if (!opened.ok()) return opened.error();
  names_.erase(std::string(name));
  changed_folders_.insert(folder_of(name));
  note_change({std::string(name)});
  destroy([this, file = find(opened.value())] { remove_on_disk(*file); });
  let_go(opened.value());
  return kOk;
}

void FileStorage::note_change(std::initializer_list<std::string> names) {
  if (changes_done_.load() == changes_asked_) changing_names_.clear();
  ++changes_asked_;
  changing_names_.insert(names);
}

// Of files that are gone, those the writer is done with are forgotten.
void FileStorage::let_go(FileId id) {
  reserved_ -= std::exchange(files_.at(id.value)->reserved, 0);
  gone_.push_back(std::move(files_.at(id.value)));
  files_.erase(id.value);
  std::erase_if(gone_, [](const std::unique_ptr<File>& file) { return file->is_ended.load(); });
}

Result<std::vector<std::string>> FileStorage::list(std::string_view prefix) {
  std::vector<std::string> found;
  for (auto name = names_.lower_bound(prefix); name != names_.end(); ++name) {
    if (!name->first.starts_with(prefix)) break;
    found.push_back(name->first);
  }
  return found;
}

uint32_t FileStorage::free_files() const {
  return kFilesMax - static_cast<uint32_t>(std::min<size_t>(kFilesMax, names_.size()));
}

SyncTicket FileStorage::sync(std::span<const FileId> files) {
  const SyncTicket ticket{next_ticket_++};
  SyncRequest request{.report = {.ticket = ticket, .failed = {}},
                      .files = {},
                      .folders = std::exchange(changed_folders_, {})};
  for (const FileId id : files) {
    if (File* file = find(id)) {
      request.files.emplace_back(id, file);
    } else {
      request.report.failed.push_back({id, {Errc::kNotFound, "sync"}});
    }
  }
  flush();
  writer_.submit(
      [this, request = std::move(request)]() mutable { waiting_.push_back(std::move(request)); });
  return ticket;
}

FileStorage::File* FileStorage::find(FileId id) {
  const auto known = files_.find(id.value);
  return known == files_.end() ? nullptr : known->second.get();
}

void FileStorage::set_wake(Wake wake, void* context) {
  const std::lock_guard lock(mutex_);
  wake_ = wake;
  context_ = context;
  if (wake_ != nullptr && !finished_.empty()) wake_(context_);
}

std::vector<FileStorage::Synced> FileStorage::take_synced() {
  const std::lock_guard lock(mutex_);
  return std::exchange(finished_, {});
}

void FileStorage::drain() {
  flush();
  writer_.drain();
  syncer_.drain();
}

// On the writer -----------------------------------------------------------------------------------

// Chunks of a file are written in the order they were begun.
void FileStorage::write_oldest(File& file) {
  std::unique_lock lock(mutex_);
  File::Chunk& chunk = file.dirty.front();
  chunk.is_taken = true;
  DescriptorCache::Entry& descriptor = file.descriptor;
  const Result<int> fd = descriptors_.get(descriptor);
  Status written = fd.ok() ? Status(kOk) : Status(fd.error());
  if (fd.ok()) {
    ++descriptor.pins;
    lock.unlock();
    written = write_all(fd.value(), chunk.bytes, chunk.offset);
    lock.lock();
    --descriptor.pins;
  }
  if (!written.ok()) descriptor.fail(written.error());
  ++descriptor.writes;
  file.unsynced_size += chunk.bytes.size();
  dirty_size_ -= chunk.bytes.size();
  file.dirty.pop_front();
  written_.notify_one();
}

// After the tickets before it.
void FileStorage::destroy(WorkThread::Job change) {
  flush();
  writer_.submit([this, change = std::move(change)] {
    syncer_.drain();
    if (!waiting_.empty()) perform(std::exchange(waiting_, {}));
    change();
  });
}

void FileStorage::rename_on_disk(File& file, const std::string& name, File* target) {
  const std::lock_guard lock(mutex_);
  const std::string before = std::exchange(file.descriptor.name, name);
  const int directory = directory_.descriptor();
  for (size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    mkdirat(directory, name.substr(0, slash).c_str(), 0700);
  }
  if (renameat(directory, before.c_str(), directory, name.c_str()) != 0) {
    file.descriptor.fail(system_error("rename " + before));
  }
  remove_empty_folders(before);
  ++changes_done_;
  if (target == nullptr) return;
  descriptors_.close(target->descriptor);
  target->is_ended = true;
}

void FileStorage::remove_on_disk(File& file) {
  const std::lock_guard lock(mutex_);
  const std::string& name = file.descriptor.name;
  if (unlinkat(directory_.descriptor(), name.c_str(), 0) != 0 && errno != ENOENT) {
    names_failed_ = system_error("remove " + name);
  }
  remove_empty_folders(name);
  descriptors_.close(file.descriptor);
  ++changes_done_;
  file.is_ended = true;
}

void FileStorage::remove_empty_folders(const std::string& name) {
  std::string folder = folder_of(name);
  while (folder != "." && unlinkat(directory_.descriptor(), folder.c_str(), AT_REMOVEDIR) == 0) {
    folder = folder_of(folder);
  }
}

// Those that came with one batch of jobs, as one. Once the syncer has some, it gets all that follow
// until it is done: of two syncs of a file at a time, only one hears of an error.
void FileStorage::begin_syncs() {
  if (waiting_.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    uint64_t size = 0;
    for (const SyncRequest& request : waiting_) {
      for (const auto& [id, file] : request.files) size += std::exchange(file->unsynced_size, 0);
    }
    if (size > kSmallSync || is_syncer_busy_) {
      std::move(waiting_.begin(), waiting_.end(), std::back_inserter(handed_over_));
      waiting_.clear();
      if (!std::exchange(is_syncer_busy_, true)) syncer_.submit([this] { sync_handed_over(); });
      return;
    }
  }
  perform(std::exchange(waiting_, {}));
}

// On the syncer.
void FileStorage::sync_handed_over() {
  for (;;) {
    std::vector<SyncRequest> requests;
    {
      const std::lock_guard lock(mutex_);
      requests.swap(handed_over_);
      is_syncer_busy_ = !requests.empty();
    }
    if (requests.empty()) return;
    perform(std::move(requests));
  }
}

// On the writer or the syncer, never on both
// ---------------------------------------------------------------------

void FileStorage::perform(std::vector<SyncRequest> requests) {
  std::map<File*, uint64_t> writes;  // that the sync will cover
  std::set<std::string> folders;
  {
    const std::lock_guard lock(mutex_);
    for (SyncRequest& request : requests) {
      folders.merge(request.folders);
      for (const auto& [id, file] : request.files) {
        const DescriptorCache::Entry& descriptor = file->descriptor;
        if (descriptor.failed || descriptor.writes == descriptor.writes_synced) continue;
        writes.emplace(file, descriptor.writes);
      }
    }
  }
  sync_together(writes, folders);

  const std::lock_guard lock(mutex_);
  for (const auto& [file, covered] : writes) {
    file->descriptor.writes_synced = std::max(file->descriptor.writes_synced, covered);
  }
  for (SyncRequest& request : requests) {
    if (names_failed_) request.report.failed.push_back({kAllNames, *names_failed_});
    for (const auto& [id, file] : request.files) {
      if (names_failed_) file->descriptor.fail(*names_failed_);
      if (file->descriptor.failed) request.report.failed.push_back({id, *file->descriptor.failed});
    }
    finished_.push_back(std::move(request.report));
  }
  if (wake_ != nullptr) wake_(context_);
}

// By syncfs, which writes what other processes have dirty too, or one after the other. syncfs tells
// of an error once, and not whose it is: from then on each file is asked.
void FileStorage::sync_together(const std::map<File*, uint64_t>& files,
                                const std::set<std::string>& folders) {
  const size_t count = files.size() + folders.size();
  bool is_done = false;
  bool by_file_system = false;
  {
    const std::lock_guard lock(mutex_);
    by_file_system = is_file_system_sound_ && count > 1 && file_system_cost_ <= file_cost_ * count;
  }
  const auto begun = std::chrono::steady_clock::now();
  if (by_file_system) is_done = sync_file_system(directory_.descriptor());
  if (!is_done) sync_each(files, folders);
  if (count <= 1) return;
  const std::chrono::nanoseconds cost = std::chrono::steady_clock::now() - begun;
  const std::lock_guard lock(mutex_);
  if (by_file_system && !is_done) is_file_system_sound_ = false;
  if (by_file_system) {
    learn(file_system_cost_, cost, file_cost_);
  } else {
    learn(file_cost_, cost / count, file_system_cost_);
  }
}

// All are begun before the first is waited for: the disk then has them side by side.
void FileStorage::sync_each(const std::map<File*, uint64_t>& files,
                            const std::set<std::string>& folders) {
  if (files.size() > 1) {
    for (const auto& [file, writes] : files) {
      with_descriptor(*file, [](int fd) {
        sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);  // a hint: fdatasync hears of errors
        return 0;
      });
    }
  }
  for (const auto& [file, writes] : files) {
    with_descriptor(*file, [](int fd) { return fdatasync(fd); });
  }
  for (const std::string& folder : folders) {
    const Status done = directory_.sync_folder(folder);
    if (done.ok()) continue;
    const std::lock_guard lock(mutex_);
    names_failed_ = done.error();
  }
}

// A call that fails fails the file.
void FileStorage::with_descriptor(File& file, int (*call)(int fd)) {
  std::unique_lock lock(mutex_);
  DescriptorCache::Entry& descriptor = file.descriptor;
  const Result<int> fd = descriptors_.get(descriptor);
  if (!fd.ok()) return descriptor.fail(fd.error());
  ++descriptor.pins;
  lock.unlock();
  const int failed = retried([&] { return call(fd.value()); });
  const int error = errno;
  lock.lock();
  --descriptor.pins;
  errno = error;
  if (failed != 0) descriptor.fail(system_error("sync"));
}

}  // namespace myelin
