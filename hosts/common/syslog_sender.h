// SyslogSender: lines on their way to a syslog, on this machine or elsewhere.
//
// Names are resolved, connections made and lines sent by a thread of its own, so that whoever logs
// never waits. At most kWaitingMax lines wait; what is more, and what cannot be sent, is lost, and
// counted: the next line that gets through is followed by one that tells how many were. A syslog
// that cannot be reached is tried again once a second, and stderr is told, once each time it is
// lost. Nothing of this ever ends the process.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "hosts/common/syslog_line.h"
#include "hosts/common/work_thread.h"

namespace myelin {

class SyslogSender {
 public:
  static constexpr size_t kWaitingMax = 4096;

  explicit SyslogSender(SyslogAddress to);
  // Sends what waits, as far as that takes no longer than a second.
  ~SyslogSender();
  SyslogSender(const SyslogSender&) = delete;
  SyslogSender& operator=(const SyslogSender&) = delete;

  // Of the local syslog it is known at once whether there is one.
  Status start();
  void send(LogLevel level, std::string_view text);

 private:
  using Clock = std::chrono::steady_clock;

  void deliver(const std::string& line);
  bool transmit(const std::string& line);
  bool connect();
  void disconnect();
  void complain(const std::string& why);
  std::string line_of(LogLevel level, std::string_view text) const;

  const SyslogAddress to_;
  SyslogSource from_;
  std::atomic<size_t> waiting_ = 0;
  std::atomic<uint64_t> lost_ = 0;
  std::atomic<Clock::rep> give_up_at_;  // when the process ends

  // The thread's own.
  int socket_ = -1;
  Clock::time_point retry_at_{};
  bool has_complained_ = false;

  WorkThread thread_;
};

}  // namespace myelin
