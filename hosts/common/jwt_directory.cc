#include "hosts/common/jwt_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "hosts/common/system_call.h"

namespace myelin {
namespace {

constexpr std::string_view kExtension = ".jwt";
constexpr const char* kNewName = "jwt.new";
constexpr size_t kAccountSize = 56;
// As large as a JWT may be, and a byte that tells that it is larger.
constexpr size_t kJwtFileSizeMax = 1024 * 1024 + 1;
constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kJwtFileMode = 0600;

// A public key, so that no name leads out of the directory.
bool is_account(std::string_view name) {
  const auto is_base32 = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7'); };
  return name.size() == kAccountSize && name[0] == 'A' &&
         std::all_of(name.begin(), name.end(), is_base32);
}

std::string file_of(const std::string& account) { return account + std::string(kExtension); }

Error no_account() { return {Errc::kInvalid, "invalid public key"}; }

// Every part of the path that is missing.
Status make_directory(const std::string& path) {
  for (size_t slash = 0; slash != std::string::npos;) {
    slash = path.find('/', slash + 1);
    const std::string part = path.substr(0, slash);
    if (!part.empty() && mkdir(part.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
      return system_error("mkdir " + part);
    }
  }
  return kOk;
}

}  // namespace

Result<std::unique_ptr<JwtDirectory>> JwtDirectory::open(JwtDirectoryOptions options, Instant now) {
  TRY(make_directory(options.path));
  const int descriptor =
      retried([&] { return ::open(options.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0) return system_error("open " + options.path);
  std::unique_ptr<JwtDirectory> directory(new JwtDirectory(std::move(options), descriptor));
  TRY(directory->list(now));
  return directory;
}

JwtDirectory::~JwtDirectory() { close(descriptor_); }

Status JwtDirectory::list(Instant now) {
  const int copy = openat(descriptor_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return system_error("open " + options_.path);
  DIR* const stream = fdopendir(copy);
  if (stream == nullptr) {
    close(copy);
    return system_error("open " + options_.path);
  }
  errno = 0;
  while (const dirent* entry = readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (!name.ends_with(kExtension)) continue;
    const std::string account(name.substr(0, name.size() - kExtension.size()));
    if (is_account(account)) entries_[account];
  }
  const bool is_whole = errno == 0;
  const Error failure = system_error("list " + options_.path);
  closedir(stream);
  if (!is_whole) return failure;
  for (auto& [account, entry] : entries_) entry = {.used = ++last_used_, .last_used = now};
  return kOk;
}

void JwtDirectory::use(const std::string& account, Instant now) {
  entries_[account] = {.used = ++last_used_, .last_used = now};
}

Result<std::string> JwtDirectory::load(const std::string& account, Instant now) {
  if (!is_account(account)) return no_account();
  TRY(forget_expired(now));
  // Somebody else may have put it there.
  Result<std::string> jwt = read(file_of(account));
  if (!jwt.ok() && jwt.error().code == Errc::kNotFound) {
    entries_.erase(account);
    return std::string();
  }
  if (jwt.ok()) use(account, now);
  return jwt;
}

Result<bool> JwtDirectory::store(const std::string& account, std::string_view jwt, Instant now) {
  if (!is_account(account)) return no_account();
  if (jwt.empty() || jwt.size() >= kJwtFileSizeMax) return Error{Errc::kInvalid, "invalid JWT"};
  TRY(forget_expired(now));
  const std::string name = file_of(account);
  if (entries_.count(account) > 0) {
    const Result<std::string> before = read(name);
    if (before.ok() && before.value() == jwt) {
      use(account, now);
      return false;
    }
  } else {
    TRY(make_room());
  }
  TRY(replace(name, jwt));
  use(account, now);
  return true;
}

Status JwtDirectory::remove(const std::string& account) {
  if (!is_account(account)) return no_account();
  const std::string name = file_of(account);
  const std::string kept = name + ".deleted";
  const bool is_kept = options_.deletion == JwtDirectoryOptions::Deletion::kRenamed;
  const int result = is_kept ? renameat(descriptor_, name.c_str(), descriptor_, kept.c_str())
                             : unlinkat(descriptor_, name.c_str(), 0);
  if (result != 0 && errno != ENOENT) return system_error("remove " + name);
  entries_.erase(account);
  return sync();
}

Result<std::string> JwtDirectory::page(const std::string& after, size_t size_max, Instant now) {
  TRY(forget_expired(now));
  std::string lines;
  for (auto entry = entries_.upper_bound(after); entry != entries_.end(); ++entry) {
    const Result<std::string> jwt = read(file_of(entry->first));
    if (!jwt.ok() && jwt.error().code == Errc::kNotFound) continue;
    if (!jwt.ok()) return jwt;
    if (jwt.value().empty()) continue;
    const std::string line = entry->first + "|" + jwt.value() + "\n";
    if (!lines.empty() && lines.size() + line.size() > size_max) break;
    lines += line;
  }
  return lines;
}

Status JwtDirectory::forget_expired(Instant now) {
  if (options_.ttl == Duration::zero()) return kOk;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (now < entry->second.last_used + options_.ttl) {
      ++entry;
      continue;
    }
    const std::string name = file_of(entry->first);
    if (unlinkat(descriptor_, name.c_str(), 0) != 0 && errno != ENOENT) {
      return system_error("remove " + name);
    }
    entry = entries_.erase(entry);
  }
  return kOk;
}

Status JwtDirectory::make_room() {
  if (options_.files_max == 0 || entries_.size() < options_.files_max) return kOk;
  if (!options_.is_cache) return Error{Errc::kFull, "jwt store is full"};
  const auto oldest = std::min_element(
      entries_.begin(), entries_.end(),
      [](const auto& one, const auto& other) { return one.second.used < other.second.used; });
  const std::string name = file_of(oldest->first);
  if (unlinkat(descriptor_, name.c_str(), 0) != 0 && errno != ENOENT) {
    return system_error("remove " + name);
  }
  entries_.erase(oldest);
  return kOk;
}

// Only what is a file: a link or a pipe of that name is none of ours.
Result<std::string> JwtDirectory::read(const std::string& name) const {
  const int fd = retried([&] {
    return openat(descriptor_, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  });
  if (fd < 0) {
    if (errno == ENOENT) return Error{Errc::kNotFound, name};
    return system_error("open " + name);
  }
  struct stat status {};
  std::string bytes;
  Status failure = kOk;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    failure = Error{Errc::kInvalid, name + " is not a file"};
  } else if (status.st_size >= static_cast<off_t>(kJwtFileSizeMax)) {
    failure = Error{Errc::kInvalid, name + " is too large"};
  } else {
    bytes.resize(static_cast<size_t>(status.st_size));
    const auto size = read_all(fd, 0, std::as_writable_bytes(std::span(bytes)));
    if (size.ok()) {
      bytes.resize(size.value());
    } else {
      failure = size.error();
    }
  }
  close(fd);
  if (!failure.ok()) return failure.error();
  return bytes;
}

Status JwtDirectory::replace(const std::string& name, std::string_view bytes) const {
  const int fd = retried([&] {
    return openat(descriptor_, kNewName, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                  kJwtFileMode);
  });
  if (fd < 0) return system_error("open " + std::string(kNewName));
  Status written = write_all(fd, bytes, 0);
  if (written.ok() && fsync(fd) != 0) written = system_error("sync " + name);
  close(fd);
  TRY(written);
  if (renameat(descriptor_, kNewName, descriptor_, name.c_str()) != 0) {
    return system_error("rename " + name);
  }
  return sync();
}

Status JwtDirectory::sync() const {
  if (fsync(descriptor_) != 0) return system_error("sync " + options_.path);
  return kOk;
}

}  // namespace myelin
