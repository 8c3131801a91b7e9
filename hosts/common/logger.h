// Logger: the Log port of a daemon. Writes each line at once to stderr or a file, or hands it to
// the thread that keeps a syslog.
//
// A file may grow to a limit, then it is renamed and a new one begun; old ones beyond a number are
// removed. A disk that is full or gone loses lines and nothing else: the Logger never fails, never
// blocks on its own account and never ends the process. Not safe for use by several threads.
#pragma once

#include <memory>
#include <string>

#include "core/base/log.h"
#include "core/base/result.h"
#include "hosts/common/log_line.h"
#include "hosts/common/syslog_sender.h"

namespace myelin {

struct LoggerOptions {
  std::string file;        // empty: stderr
  int64_t size_limit = 0;  // of the file; 0: none
  int64_t files_max = 0;   // the file and its backups; 0: all are kept
  bool has_time = true;
  bool is_utc = false;
  bool uses_syslog = false;   // unless there is a file
  std::string remote_syslog;  // unless there is a file: "udp://HOST:PORT" and the like

  friend bool operator==(const LoggerOptions&, const LoggerOptions&) = default;
};

class Logger final : public Log {
 public:
  // To stderr, until configured otherwise.
  Logger();
  ~Logger() override;
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  // After an error ("open x: no such file or directory", or kInvalid and what is wrong with a
  // syslog) all is as before. Called again with the
  // same options it opens the file anew, which is how an outside rotation is followed.
  Status configure(const LoggerOptions& options);
  bool writes_to_file() const { return file_ >= 0; }

  void write(LogLevel level, std::string_view text) override;

 private:
  void rotate();
  void remove_old_backups();

  LoggerOptions options_;
  LogLineStyle style_;
  std::unique_ptr<SyslogSender> syslog_;
  int file_ = -1;
  int64_t file_size_ = 0;
  int64_t size_limit_ = 0;  // the next rotation; grows when one fails
};

}  // namespace myelin
