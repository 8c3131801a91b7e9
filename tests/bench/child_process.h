// A forked process, ended with its owner: SIGTERM, and SIGKILL when that has no effect within three
// seconds. It also dies with the thread that forked it, so that a killed bench leaves nothing
// behind.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

namespace bench {

class ChildProcess {
 public:
  ChildProcess() = default;
  // Runs `work` in the child, which exits when it returns.
  explicit ChildProcess(const std::function<void()>& work);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  bool has_exited();

  // Sends the signal and waits for the end; false if there was none in time.
  bool stop(int signal, double patience_seconds);

 private:
  pid_t pid_ = -1;
};

}  // namespace bench
