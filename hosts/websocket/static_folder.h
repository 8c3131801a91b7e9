// StaticFolder: a directory whose files may be read by anyone, and nothing beside it.
//
// A name is resolved beneath the directory by the system itself (openat2 with RESOLVE_BENEATH), so
// that neither "..", nor a symbolic link, nor a rename in the meantime leads out of it; links that
// stay inside are followed. On a system without that call no link is followed. Dotfiles, and what
// is no regular file, do not exist. A directory is its index.html; it is never listed.
//
// The directory is looked up for each request, so that it may be replaced while the server runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"

namespace myelin {

// An open file and what was true of it then. It may change or shrink while it is read.
class OpenFile {
 public:
  OpenFile() = default;
  OpenFile(int descriptor, uint64_t size, int64_t changed_ns, uint64_t number)
      : descriptor_(descriptor), size_(size), changed_ns_(changed_ns), number_(number) {}
  OpenFile(OpenFile&& other) noexcept { *this = std::move(other); }
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    size_ = other.size_;
    changed_ns_ = other.changed_ns_;
    number_ = other.number_;
    return *this;
  }
  ~OpenFile();

  int descriptor() const { return descriptor_; }
  uint64_t size() const { return size_; }
  int64_t changed_seconds() const { return changed_ns_ / 1'000'000'000; }
  // With its quotes: another one whenever time of change, size or file is another.
  std::string etag() const;

 private:
  int descriptor_ = -1;
  uint64_t size_ = 0;
  int64_t changed_ns_ = 0;
  uint64_t number_ = 0;
};

enum class FileLookup { kFound, kNotFound, kIsDirectory };

class StaticFolder {
 public:
  // The longest name that is looked for.
  static constexpr size_t kNameSizeMax = 1024;

  explicit StaticFolder(std::string path) : path_(std::move(path)) {}

  // Why it cannot be served, in the system's words.
  Status check() const;
  // `name` is a decoded path below the folder, without a leading '/'; "" and "a/" stand for the
  // index.html in them. kIsDirectory: there would be a file if it ended in '/'.
  FileLookup open(std::string_view name, OpenFile& file) const;

 private:
  std::string path_;
};

}  // namespace myelin
