#include "hosts/native/jetstream_store.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "hosts/common/go_text.h"

namespace myelin {
namespace {

constexpr mode_t kFolderMode = 0750;
// nats-server's guesses about a machine that does not tell.
constexpr int64_t kMemoryUnknown = int64_t{256} << 20;
constexpr int64_t kStoreUnknown = int64_t{1} << 40;

int64_t three_quarters(uint64_t size) { return static_cast<int64_t>(size / 4 * 3); }

// A quarter of what the process may open; the rest is for connections.
uint32_t descriptors_max() {
  constexpr rlim_t kMost = 16384;
  struct rlimit limit {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return FileStorage::kDescriptorsMax;
  return static_cast<uint32_t>(std::clamp<rlim_t>(limit.rlim_max / 4, 16, kMost));
}

Status make_folders(const std::string& path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST && errno != EISDIR) {
      return Error{Errc::kIo,
                   "could not create storage directory - mkdir " + folder + ": " + go_errno(errno)};
    }
    if (slash == std::string::npos) return kOk;
  }
}

}  // namespace

std::string jetstream_directory(const std::string& store_dir) {
  if (!store_dir.empty()) {
    return store_dir + (store_dir.ends_with('/') ? "jetstream" : "/jetstream");
  }
  const char* temporary = std::getenv("TMPDIR");
  if (temporary == nullptr || *temporary == '\0') temporary = "/tmp";
  return std::string(temporary) + "/nats/jetstream";
}

Result<std::unique_ptr<FileStorage>> open_jetstream_store(const std::string& directory) {
  struct stat status {};
  const bool is_there = stat(directory.c_str(), &status) == 0;
  if (is_there ? !S_ISDIR(status.st_mode) : errno == ENOTDIR) {
    return Error{Errc::kInvalid, "storage directory is not a directory"};
  }
  if (!is_there) TRY(make_folders(directory));
  if (access(directory.c_str(), W_OK | X_OK) != 0) {
    return Error{Errc::kInvalid, "storage directory is not writable"};
  }
  return FileStorage::open_directory(directory, {.descriptors = descriptors_max()});
}

MachineSizes machine_sizes(const std::string& directory) {
  MachineSizes sizes{.memory = kMemoryUnknown, .store = kStoreUnknown};
  struct sysinfo machine {};
  if (sysinfo(&machine) == 0 && machine.totalram > 0) {
    sizes.memory = three_quarters(uint64_t{machine.totalram} * machine.mem_unit);
  }
  struct statvfs disk {};
  if (statvfs(directory.c_str(), &disk) == 0) {
    sizes.store = three_quarters(uint64_t{disk.f_bavail} * disk.f_frsize);
  }
  return sizes;
}

void resolve(const MachineSizes& sizes, JetStreamOptions& options) {
  if (options.max_memory_store < 0) options.max_memory_store = sizes.memory;
  if (options.max_file_store < 0) options.max_file_store = sizes.store;
}

}  // namespace myelin
