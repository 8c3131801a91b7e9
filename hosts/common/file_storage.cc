#include "hosts/common/file_storage.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>

namespace myelin {
namespace {

constexpr std::string_view kFormat = "myelin-store 1\n";
constexpr const char* kFormatName = "format";
constexpr const char* kFormatNewName = "format.new";
constexpr const char* kLockName = "lock";
constexpr size_t kNameSizeMax = 1024;
constexpr int kFolderDepthMax = 16;
constexpr uint64_t kAllocationStep = 1024 * 1024;
constexpr size_t kChunkSizeMax = 4 * 1024 * 1024;

Error system_error(std::string context) {
  const int code = errno;
  context += ": ";
  context += std::strerror(code);
  if (code == ENOSPC || code == EDQUOT || code == EMFILE || code == ENFILE) {
    return {Errc::kFull, std::move(context)};
  }
  if (code == ENOENT) return {Errc::kNotFound, std::move(context)};
  return {Errc::kIo, std::move(context)};
}

template <class Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

bool is_valid_name(std::string_view name) {
  if (name.empty() || name.size() > kNameSizeMax) return false;
  if (name == kFormatName || name == kFormatNewName || name == kLockName) return false;
  if (name.find('\0') != std::string_view::npos) return false;
  for (int depth = 0; depth < kFolderDepthMax; ++depth) {
    const size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == ".." || part.size() > 255) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
  return false;
}

std::string folder_of(std::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? "." : std::string(name.substr(0, slash));
}

Status write_all(int fd, std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t count =
        retried([&] { return pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (count < 0) return system_error("write");
    if (count == 0) return Error{Errc::kIo, "write: nothing was taken"};
    bytes.remove_prefix(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return kOk;
}

// Fewer bytes only at the end of the file.
Result<uint64_t> read_all(int fd, uint64_t offset, std::span<std::byte> to) {
  uint64_t done = 0;
  while (!to.empty()) {
    const ssize_t count =
        retried([&] { return pread(fd, to.data(), to.size(), static_cast<off_t>(offset + done)); });
    if (count < 0) return system_error("read");
    if (count == 0) break;
    done += static_cast<uint64_t>(count);
    to = to.subspan(static_cast<size_t>(count));
  }
  return done;
}

Status sync_folder(int directory, const std::string& folder) {
  const int fd = retried(
      [&] { return openat(directory, folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) return system_error("open " + folder);
  Status synced = kOk;
  if (retried([&] { return fsync(fd); }) != 0) synced = system_error("sync " + folder);
  close(fd);
  return synced;
}

struct Entry {
  std::string name;
  bool is_folder = false;
};

Result<std::vector<Entry>> entries_of(int directory, const std::string& folder) {
  const int fd = retried([&] {
    return openat(directory, folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  });
  if (fd < 0) return system_error("open " + folder);
  DIR* stream = fdopendir(fd);
  if (stream == nullptr) {
    close(fd);
    return system_error("open " + folder);
  }
  std::vector<Entry> entries;
  errno = 0;
  while (const dirent* entry = readdir(stream)) {
    const std::string name = entry->d_name;
    struct stat status {};
    if (name == "." || name == "..") continue;
    if (fstatat(dirfd(stream), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode))) {
      entries.push_back({name, S_ISDIR(status.st_mode)});
    }
    errno = 0;
  }
  const bool is_whole = errno == 0;
  const Error failure = system_error("list " + folder);
  closedir(stream);
  if (!is_whole) return failure;
  return entries;
}

// nats-server keeps <store_dir>/jetstream/<account>/streams/<stream>/{meta.inf,msgs/*.blk}.
bool is_nats_server_store(int directory, const std::string& folder, int depth) {
  const auto entries = entries_of(directory, folder);
  if (!entries.ok()) return false;
  for (const Entry& entry : entries.value()) {
    if (entry.is_folder) {
      if (depth == 0 && (entry.name == "jetstream" || entry.name == "$G")) return true;
      if (depth < 6 && is_nats_server_store(directory, folder + "/" + entry.name, depth + 1)) {
        return true;
      }
    } else if (entry.name == "meta.inf" || entry.name.ends_with(".blk")) {
      return true;
    }
  }
  return false;
}

}  // namespace

struct FileStorage::File {
  struct Chunk {
    uint64_t offset = 0;
    std::string bytes;
    bool is_taken = false;  // by the thread: it grows no more
  };

  // The loop's.
  uint64_t size = 0;
  uint64_t reserved = 0;
  uint64_t allocated = 0;   // up to here there is room on the disk
  bool may_extend = false;  // the newest chunk
  int fd = -1;              // until the job that ends the file
  // Guarded by FileStorage::mutex_.
  std::deque<Chunk> dirty;
  // The thread's.
  std::optional<Error> failed;
  std::atomic<bool> is_ended = false;
};

Result<std::unique_ptr<FileStorage>> FileStorage::open_directory(const std::string& directory,
                                                                 uint64_t dirty_max) {
  std::unique_ptr<FileStorage> storage(new FileStorage(dirty_max));
  TRY(storage->take_directory(directory));
  TRY(storage->thread_.start());
  return storage;
}

FileStorage::FileStorage(uint64_t dirty_max) : dirty_max_(dirty_max) {}

FileStorage::~FileStorage() {
  thread_.finish();
  for (auto& [id, file] : files_) {
    if (file->fd >= 0 && !file->is_ended) close(file->fd);
  }
  if (lock_ >= 0) close(lock_);
  if (directory_ >= 0) close(directory_);
}

Status FileStorage::take_directory(const std::string& directory) {
  path_ = directory;
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return system_error(directory);
  directory_ = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory_ < 0) return system_error(directory);
  // Before anything is made in it.
  struct stat ignored {};
  const bool is_store = fstatat(directory_, kFormatName, &ignored, 0) == 0;
  if (!is_store && is_nats_server_store(directory_, ".", 0)) {
    return Error{Errc::kUnsupported,
                 directory +
                     " holds streams of nats-server, which are not read from its files: "
                     "choose another directory, then move them with `nats stream backup` "
                     "from the old server and `nats stream restore` to this one"};
  }
  lock_ = openat(directory_, kLockName, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_ < 0) return system_error(directory + "/" + kLockName);
  if (retried([&] { return flock(lock_, LOCK_EX | LOCK_NB); }) != 0) {
    if (errno != EWOULDBLOCK) return system_error("lock " + directory);
    return Error{Errc::kIo, directory + " is in use by another server"};
  }
  TRY(check_format());
  return scan(".", 0);
}

Status FileStorage::check_format() {
  const int fd = openat(directory_, kFormatName, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd >= 0) {
    std::array<std::byte, 64> bytes;
    const auto count = read_all(fd, 0, bytes);
    close(fd);
    if (!count.ok()) return count.error();
    if (as_text(bytes).substr(0, static_cast<size_t>(count.value())) == kFormat) return kOk;
    return Error{Errc::kUnsupported, path_ + " has a format that this version does not know"};
  }
  if (errno != ENOENT) return system_error(path_ + "/" + kFormatName);
  const auto entries = entries_of(directory_, ".");
  if (!entries.ok()) return entries.error();
  for (const Entry& entry : entries.value()) {
    if (entry.name == kLockName || entry.name == kFormatNewName) continue;
    return Error{Errc::kUnsupported, path_ + " holds " + entry.name + " and is no store"};
  }
  const int made =
      openat(directory_, kFormatNewName, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (made < 0) return system_error(path_ + "/" + kFormatNewName);
  Status written = write_all(made, kFormat, 0);
  if (written.ok() && fsync(made) != 0) written = system_error("sync");
  close(made);
  TRY(written);
  if (renameat(directory_, kFormatNewName, directory_, kFormatName) != 0) {
    return system_error(path_ + "/" + kFormatName);
  }
  return sync_folder(directory_, ".");
}

Status FileStorage::scan(const std::string& folder, int depth) {
  if (depth > kFolderDepthMax) return Error{Errc::kInvalid, path_ + " is too deep"};
  const auto entries = entries_of(directory_, folder);
  if (!entries.ok()) return entries.error();
  for (const Entry& entry : entries.value()) {
    const std::string name = depth == 0 ? entry.name : folder + "/" + entry.name;
    if (entry.is_folder) {
      TRY(scan(name, depth + 1));
    } else if (is_valid_name(name)) {
      names_.emplace(name, FileId{});
    }
  }
  return kOk;
}

Result<FileId> FileStorage::open(std::string_view name) {
  if (!is_valid_name(name)) return Error{Errc::kInvalid, std::string(name)};
  const auto known = names_.find(name);
  if (known != names_.end() && known->second.value != 0) return known->second;
  if ((known == names_.end() && free_files() == 0) || next_file_ == UINT32_MAX) {
    return Error{Errc::kFull, "too many files"};
  }
  settle_name(name);
  const std::string path(name);
  if (known == names_.end()) {
    TRY(make_folders(name));
    changed_folders_.insert(folder_of(name));
  }
  const int fd = retried([&] {
    return openat(directory_, path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  });
  if (fd < 0) return system_error(path);
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(fd);
    return Error{Errc::kIo, path + " is no file"};
  }
  auto file = std::make_unique<File>();
  file->fd = fd;
  file->size = static_cast<uint64_t>(status.st_size);
  file->allocated = file->size;
  const FileId id{next_file_++};
  files_.emplace(id.value, std::move(file));
  names_[path] = id;
  return id;
}

// Every folder on the way to `name`.
Status FileStorage::make_folders(std::string_view name) {
  for (size_t slash = name.find('/'); slash != std::string_view::npos;
       slash = name.find('/', slash + 1)) {
    const std::string folder(name.substr(0, slash));
    if (mkdirat(directory_, folder.c_str(), 0700) == 0) {
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
  thread_.drain();
  changing_names_.clear();
}

Status FileStorage::reserve(FileId id, uint64_t size) {
  File* file = find(id);
  if (file == nullptr) return Error{Errc::kNotFound, "reserve"};
  if (size <= file->reserved) return kOk;
  {
    const std::lock_guard lock(mutex_);
    const uint64_t taken = dirty_size_ + reserved_ - file->reserved;
    if (taken > dirty_max_ || size > dirty_max_ - taken) {
      return Error{Errc::kFull, "too much is waiting to be written"};
    }
  }
  TRY(allocate(*file, size));
  reserved_ += size - file->reserved;
  file->reserved = size;
  return kOk;
}

Status FileStorage::allocate(File& file, uint64_t size) {
  const uint64_t end = file.size + size;
  if (end <= file.allocated) return kOk;
  for (const uint64_t wanted : {std::max(size, kAllocationStep), size}) {
    const int failed = retried([&] {
      return fallocate(file.fd, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(file.size),
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
  if (fstatvfs(file.fd, &room) != 0) return system_error("reserve");
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
    thread_.submit([this, file]() -> std::optional<Synced> {
      write_oldest(*file);
      return std::nullopt;
    });
  }
  return offset;
}

// On the thread. Chunks of a file are written in the order they were begun.
void FileStorage::write_oldest(File& file) {
  std::unique_lock lock(mutex_);
  File::Chunk& chunk = file.dirty.front();
  chunk.is_taken = true;
  lock.unlock();
  const Status written = write_all(file.fd, chunk.bytes, chunk.offset);
  if (!written.ok()) fail(file, written.error());
  lock.lock();
  dirty_size_ -= chunk.bytes.size();
  file.dirty.pop_front();
}

void FileStorage::end_file(File& file) {
  close(file.fd);
  file.is_ended = true;
}

void FileStorage::fail(File& file, Error error) {
  if (!file.failed) file.failed = std::move(error);
}

Result<uint64_t> FileStorage::read(FileId id, uint64_t offset, std::span<std::byte> to) {
  const File* file = find(id);
  if (file == nullptr) return Error{Errc::kNotFound, "read"};
  if (offset >= file->size) return uint64_t{0};
  const uint64_t size = std::min<uint64_t>(to.size(), file->size - offset);
  const std::span<std::byte> wanted = to.first(static_cast<size_t>(size));
  // A chunk must not reach the file between the two looks.
  const std::lock_guard lock(mutex_);
  const bool is_dirty = !file->dirty.empty();
  const auto from_file = read_all(file->fd, offset, wanted);
  if (!from_file.ok()) return from_file.error();
  if (!is_dirty) return from_file.value();
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
  thread_.submit([file, size]() -> std::optional<Synced> {
    if (retried([&] { return ftruncate(file->fd, static_cast<off_t>(size)); }) != 0) {
      fail(*file, system_error("truncate"));
    }
    return std::nullopt;
  });
  return kOk;
}

Result<uint64_t> FileStorage::size(FileId id) {
  const File* file = find(id);
  if (file == nullptr) return Error{Errc::kNotFound, "size"};
  return file->size;
}

Status FileStorage::rename(std::string_view from, std::string_view to) {
  if (!is_valid_name(to)) return Error{Errc::kInvalid, std::string(to)};
  if (!names_.contains(from)) return Error{Errc::kNotFound, std::string(from)};
  if (from == to) return kOk;
  const auto moved = open(from);
  if (!moved.ok()) return moved.error();
  TRY(make_folders(to));
  const auto replaced = names_.find(to);
  const FileId target = replaced == names_.end() ? FileId{} : replaced->second;
  File* const target_file = find(target);
  names_.erase(std::string(from));
  names_[std::string(to)] = moved.value();
  changed_folders_.insert({folder_of(from), folder_of(to)});
  changing_names_.insert({std::string(from), std::string(to)});
  File* file = find(moved.value());
  thread_.submit([this, file, target_file, old_name = std::string(from),
                  name = std::string(to)]() -> std::optional<Synced> {
    if (renameat(directory_, old_name.c_str(), directory_, name.c_str()) != 0) {
      fail(*file, system_error("rename " + old_name));
    }
    if (target_file != nullptr) end_file(*target_file);
    return std::nullopt;
  });
  if (target_file != nullptr) let_go(target);
  return kOk;
}

Status FileStorage::remove(std::string_view name) {
  if (!names_.contains(name)) return Error{Errc::kNotFound, std::string(name)};
  const auto opened = open(name);
  if (!opened.ok()) return opened.error();
  const FileId id = opened.value();
  File* file = find(id);
  names_.erase(std::string(name));
  changed_folders_.insert(folder_of(name));
  changing_names_.insert(std::string(name));
  thread_.submit([this, file, path = std::string(name)]() -> std::optional<Synced> {
    if (unlinkat(directory_, path.c_str(), 0) != 0 && errno != ENOENT) {
      names_failed_ = system_error("remove " + path);
    }
    end_file(*file);
    return std::nullopt;
  });
  let_go(id);
  return kOk;
}

// Of files that are gone, those the thread is done with are forgotten.
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
  Synced report{.ticket = SyncTicket{next_ticket_++}, .failed = {}};
  std::vector<std::pair<FileId, File*>> asked;
  for (const FileId id : files) {
    if (File* file = find(id)) {
      asked.emplace_back(id, file);
    } else {
      report.failed.push_back({id, {Errc::kNotFound, "sync"}});
    }
  }
  const SyncTicket ticket = report.ticket;
  thread_.submit([this, report = std::move(report), asked = std::move(asked),
                  folders = std::exchange(changed_folders_, {})]() -> std::optional<Synced> {
    Synced synced = report;
    for (const auto& [id, asked_file] : asked) {
      File* const file = asked_file;
      if (!file->failed && retried([file] { return fdatasync(file->fd); }) != 0) {
        fail(*file, system_error("sync"));
      }
    }
    for (const std::string& folder : folders) {
      const Status done = sync_folder(directory_, folder);
      if (!done.ok()) names_failed_ = done.error();
    }
    for (const auto& [id, file] : asked) {
      if (names_failed_) fail(*file, *names_failed_);
      if (file->failed) synced.failed.push_back({id, *file->failed});
    }
    return synced;
  });
  return ticket;
}

FileStorage::File* FileStorage::find(FileId id) {
  const auto known = files_.find(id.value);
  return known == files_.end() ? nullptr : known->second.get();
}

}  // namespace myelin
