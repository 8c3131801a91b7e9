#include "hosts/native/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "hosts/common/go_text.h"

namespace myelin {
namespace {

Error failure(const char* call, const std::string& path, int error) {
  return {error == ENOENT ? Errc::kNotFound : Errc::kIo,
          std::string(call) + " " + path + ": " + go_errno(error)};
}

}  // namespace

Result<std::string> read_whole_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failure("open", path, errno);
  std::string content;
  char block[16 * 1024];
  ssize_t size = 0;
  while ((size = read(file, block, sizeof block)) > 0 || (size < 0 && errno == EINTR)) {
    if (size > 0) content.append(block, static_cast<size_t>(size));
    if (content.size() > kWholeFileMax) break;
  }
  const int error = errno;
  close(file);
  if (size < 0) return failure("read", path, error);
  if (content.size() > kWholeFileMax) return failure("read", path, EFBIG);
  return content;
}

Status write_whole_file(const std::string& path, std::string_view content, mode_t mode) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0) return failure("open", path, errno);
  int error = 0;
  while (!content.empty() && error == 0) {
    const ssize_t size = write(file, content.data(), content.size());
    if (size > 0) {
      content.remove_prefix(static_cast<size_t>(size));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (close(file) != 0 && error == 0) error = errno;
  if (error != 0) return failure("write", path, error);
  return kOk;
}

Status remove_file(const std::string& path) {
  if (unlink(path.c_str()) == 0) return kOk;
  return failure("remove", path, errno);
}

}  // namespace myelin
