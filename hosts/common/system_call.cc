#include "hosts/common/system_call.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace myelin {
namespace {

bool is_syncfs_honest() {
  struct utsname system {};
  int major = 0;
  int minor = 0;
  if (uname(&system) != 0 || std::sscanf(system.release, "%d.%d", &major, &minor) != 2) {
    return false;
  }
  return major > 5 || (major == 5 && minor >= 8);
}

}  // namespace

bool sync_file_system(int directory) { return is_syncfs_honest() && syncfs(directory) == 0; }

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

}  // namespace myelin
