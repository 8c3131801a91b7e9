#include "hosts/common/store_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "core/base/buffer.h"
#include "hosts/common/system_call.h"

namespace myelin {
namespace {

constexpr std::string_view kFormat = "myelin-store 1\n";
constexpr const char* kFormatName = "format";
constexpr const char* kFormatNewName = "format.new";
constexpr const char* kLockName = "lock";
constexpr size_t kEntryNameSizeMax = 1024;
constexpr int kFolderDepthMax = 16;

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

StoreDirectory::~StoreDirectory() {
  if (lock_ >= 0) close(lock_);
  if (descriptor_ >= 0) close(descriptor_);
}

Status StoreDirectory::take(const std::string& path) {
  path_ = path;
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return system_error(path);
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) return system_error(path);
  // Before anything is made in it.
  struct stat ignored {};
  const bool is_store = fstatat(descriptor_, kFormatName, &ignored, 0) == 0;
  if (!is_store && is_nats_server_store(descriptor_, ".", 0)) {
    return Error{Errc::kUnsupported,
                 path +
                     " holds streams of nats-server, which are not read from its files: "
                     "choose another directory, then move them with `nats stream backup` "
                     "from the old server and `nats stream restore` to this one"};
  }
  lock_ = openat(descriptor_, kLockName, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_ < 0) return system_error(path + "/" + kLockName);
  if (retried([&] { return flock(lock_, LOCK_EX | LOCK_NB); }) != 0) {
    if (errno != EWOULDBLOCK) return system_error("lock " + path);
    return Error{Errc::kIo, path + " is in use by another server"};
  }
  return check_format();
}

Status StoreDirectory::check_format() {
  const int fd = openat(descriptor_, kFormatName, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd >= 0) {
    std::array<std::byte, 64> bytes;
    const auto count = read_all(fd, 0, bytes);
    close(fd);
    if (!count.ok()) return count.error();
    if (as_text(bytes).substr(0, static_cast<size_t>(count.value())) == kFormat) return kOk;
    return Error{Errc::kUnsupported, path_ + " has a format that this version does not know"};
  }
  if (errno != ENOENT) return system_error(path_ + "/" + kFormatName);
  const auto entries = entries_of(descriptor_, ".");
  if (!entries.ok()) return entries.error();
  for (const Entry& entry : entries.value()) {
    if (entry.name == kLockName || entry.name == kFormatNewName) continue;
    return Error{Errc::kUnsupported, path_ + " holds " + entry.name + " and is no store"};
  }
  const int made =
      openat(descriptor_, kFormatNewName, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (made < 0) return system_error(path_ + "/" + kFormatNewName);
  Status written = write_all(made, kFormat, 0);
  if (written.ok() && fsync(made) != 0) written = system_error("sync");
  close(made);
  TRY(written);
  if (renameat(descriptor_, kFormatNewName, descriptor_, kFormatName) != 0) {
    return system_error(path_ + "/" + kFormatName);
  }
  return sync_folder(".");
}

Result<std::vector<std::string>> StoreDirectory::files() const {
  std::vector<std::string> found;
  TRY(list(".", 0, found));
  return found;
}

Status StoreDirectory::list(const std::string& folder, int depth,
                            std::vector<std::string>& to) const {
  if (depth > kFolderDepthMax) return Error{Errc::kInvalid, path_ + " is too deep"};
  const auto entries = entries_of(descriptor_, folder);
  if (!entries.ok()) return entries.error();
  for (const Entry& entry : entries.value()) {
    std::string name = depth == 0 ? entry.name : folder + "/" + entry.name;
    if (entry.is_folder) {
      TRY(list(name, depth + 1, to));
    } else if (is_valid_name(name)) {
      to.push_back(std::move(name));
    }
  }
  return kOk;
}

Status StoreDirectory::sync_folder(const std::string& folder) const {
  const int fd = retried(
      [&] { return openat(descriptor_, folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0 && errno == ENOENT && folder != ".") return sync_folder(folder_of(folder));
  if (fd < 0) return system_error("open " + folder);
  Status synced = kOk;
  if (retried([&] { return fsync(fd); }) != 0) synced = system_error("sync " + folder);
  close(fd);
  return synced;
}

bool StoreDirectory::is_valid_name(std::string_view name) {
  if (name.empty() || name.size() > kEntryNameSizeMax) return false;
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

std::string StoreDirectory::folder_of(std::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? "." : std::string(name.substr(0, slash));
}

}  // namespace myelin
