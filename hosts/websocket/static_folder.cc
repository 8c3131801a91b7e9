#include "hosts/websocket/static_folder.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>

#include "hosts/common/go_text.h"

namespace myelin {
namespace {

// Not to wait for a fifo's other end, nor to become a terminal's session.
constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
constexpr int kFolderFlags = O_PATH | O_DIRECTORY | O_CLOEXEC;

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }
  void replace(int value) {
    if (value_ >= 0) close(value_);
    value_ = value;
  }

 private:
  int value_;
};

// Every segment is a name: not empty, no dotfile (which "." and ".." are), no NUL.
bool is_plain(std::string_view name) {
  if (name.empty() || name.size() > StaticFolder::kNameSizeMax) return false;
  if (name.find('\0') != std::string_view::npos) return false;
  size_t begin = 0;
  while (begin <= name.size()) {
    const size_t end = std::min(name.find('/', begin), name.size());
    if (end == begin || name[begin] == '.') return false;
    begin = end + 1;
  }
  return true;
}

// Segment by segment, through no link.
int open_without_links(int folder, const std::string& name) {
  Descriptor at(dup(folder));
  size_t begin = 0;
  for (size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', begin)) {
    const std::string segment = name.substr(begin, slash - begin);
    at.replace(openat(at.get(), segment.c_str(), kFolderFlags | O_NOFOLLOW));
    if (at.get() < 0) return -1;
    begin = slash + 1;
  }
  return openat(at.get(), name.c_str() + begin, kReadFlags | O_NOFOLLOW);
}

int open_beneath(int folder, const std::string& name) {
  open_how how{};
  how.flags = kReadFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const long opened = syscall(SYS_openat2, folder, name.c_str(), &how, sizeof how);
  // An old kernel, or a sandbox that knows no such call.
  if (opened < 0 && (errno == ENOSYS || errno == EPERM)) return open_without_links(folder, name);
  return static_cast<int>(opened);
}

}  // namespace

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::string OpenFile::etag() const {
  char text[64];
  std::snprintf(text, sizeof text, "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"",
                static_cast<uint64_t>(changed_ns_), size_, number_);
  return text;
}

Status StaticFolder::check() const {
  const Descriptor folder(::open(path_.c_str(), kFolderFlags));
  if (folder.get() >= 0) return kOk;
  return Error{Errc::kIo, "open " + path_ + ": " + go_errno(errno)};
}

FileLookup StaticFolder::open(std::string_view name, OpenFile& file) const {
  std::string wanted(name);
  if (wanted.empty() || wanted.ends_with('/')) wanted += "index.html";
  if (!is_plain(wanted)) return FileLookup::kNotFound;
  const Descriptor folder(::open(path_.c_str(), kFolderFlags));
  if (folder.get() < 0) return FileLookup::kNotFound;
  Descriptor opened(open_beneath(folder.get(), wanted));
  struct stat facts {};
  if (opened.get() < 0 || fstat(opened.get(), &facts) != 0) return FileLookup::kNotFound;
  if (S_ISDIR(facts.st_mode)) {
    OpenFile index;
    const bool has_index = open(wanted + "/", index) == FileLookup::kFound;
    return has_index ? FileLookup::kIsDirectory : FileLookup::kNotFound;
  }
  if (!S_ISREG(facts.st_mode)) return FileLookup::kNotFound;
  const int64_t changed_ns = int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
  file = OpenFile(opened.release(), static_cast<uint64_t>(facts.st_size), changed_ns, facts.st_ino);
  return FileLookup::kFound;
}

}  // namespace myelin
