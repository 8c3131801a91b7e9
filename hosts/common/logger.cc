#include "hosts/common/logger.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "hosts/common/clock.h"
#include "hosts/common/go_text.h"

namespace myelin {
namespace {

constexpr mode_t kLogFileMode = 0640;

int open_log(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kLogFileMode);
}

// Gives up at the first error: a line that cannot be written is lost.
void write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(file, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(size));
  }
}

bool is_terminal_like(int file) {
  struct stat facts {};
  return fstat(file, &facts) == 0 && S_ISCHR(facts.st_mode);
}

Result<std::unique_ptr<SyslogSender>> start_syslog(const LoggerOptions& options) {
  if (!options.file.empty() || !(options.uses_syslog || !options.remote_syslog.empty())) {
    return std::unique_ptr<SyslogSender>();
  }
  SyslogAddress to;
  if (!options.remote_syslog.empty()) {
    auto parsed = parse_syslog_address(options.remote_syslog);
    if (!parsed.ok()) return parsed.error();
    to = std::move(parsed.value());
  }
  auto sender = std::make_unique<SyslogSender>(std::move(to));
  TRY(sender->start());
  return sender;
}

}  // namespace

Logger::Logger() {
  style_.pid = getpid();
  style_.has_colours = is_terminal_like(STDERR_FILENO);
}

Logger::~Logger() {
  if (file_ >= 0) close(file_);
}

Status Logger::configure(const LoggerOptions& options) {
  auto syslog = start_syslog(options);
  if (!syslog.ok()) return syslog.error();
  int file = -1;
  struct stat facts {};
  if (!options.file.empty()) {
    file = open_log(options.file);
    if (file < 0 || fstat(file, &facts) != 0) {
      const int error = errno;
      if (file >= 0) close(file);
      return Error{Errc::kIo, "open " + options.file + ": " + go_errno(error)};
    }
  }
  if (file_ >= 0) close(file_);
  file_ = file;
  syslog_ = std::move(syslog.value());
  file_size_ = facts.st_size;
  options_ = options;
  size_limit_ = options.size_limit;
  style_.has_time = options.has_time;
  style_.is_utc = options.is_utc;
  style_.has_colours = file_ < 0 && is_terminal_like(STDERR_FILENO);
  if (file_ >= 0 && size_limit_ > 0 && file_size_ > size_limit_) {
    write(LogLevel::kInfo, "Rotating logfile...");
  }
  return kOk;
}

void Logger::write(LogLevel level, std::string_view text) {
  const std::string shown = one_line(text);
  if (syslog_) return syslog_->send(level, shown);
  const std::string line = log_line(style_, read_wall_clock(), level, shown);
  if (file_ < 0) return write_all(STDERR_FILENO, line);
  write_all(file_, line);
  file_size_ += static_cast<int64_t>(line.size());
  if (size_limit_ > 0 && file_size_ > size_limit_) rotate();
}

// The old file stays open until the new one is: whatever fails, there is a file to write to.
void Logger::rotate() {
  const std::string backup = log_backup_name(options_.file, read_wall_clock());
  int fresh = -1;
  if (rename(options_.file.c_str(), backup.c_str()) == 0) {
    fresh = open_log(options_.file);
    if (fresh < 0) rename(backup.c_str(), options_.file.c_str());
  }
  if (fresh < 0) {
    size_limit_ *= 2;
    return write(LogLevel::kError, "Unable to rotate the logfile, will attempt next rotation at " +
                                       std::to_string(size_limit_) + " bytes");
  }
  close(std::exchange(file_, fresh));
  file_size_ = 0;
  size_limit_ = 0;  // what is said about a rotation must not begin another
  write(LogLevel::kInfo, "Rotated log, backup saved as " + go_quote(backup));
  if (options_.files_max > 0) remove_old_backups();
  size_limit_ = options_.size_limit;
}

void Logger::remove_old_backups() {
  const std::filesystem::path path(options_.file);
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::vector<std::string> backups;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (is_log_backup(name, path.filename().string())) backups.push_back(std::move(name));
  }
  std::sort(backups.begin(), backups.end());
  const auto kept = static_cast<size_t>(options_.files_max - 1);
  for (size_t index = 0; index + kept < backups.size(); ++index) {
    if (!std::filesystem::remove(folder / backups[index], error) || error) return;
    write(LogLevel::kInfo, "Purged log file " + go_quote(backups[index]));
  }
}

}  // namespace myelin
