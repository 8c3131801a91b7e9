#include "tests/bench/child_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <exception>
#include <utility>

#include "tests/bench/clock.h"
#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr double kStopPatienceSeconds = 3;
constexpr long kPollIntervalNs = 1'000'000;

}  // namespace

ChildProcess::ChildProcess(const std::function<void()>& work) {
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail_with_errno("forking");
  if (pid_ > 0) return;

  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  try {
    work();
  } catch (const std::exception&) {
    ::_exit(1);
  }
  ::_exit(0);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (has_exited() || stop(SIGTERM, kStopPatienceSeconds)) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool ChildProcess::stop(int signal, double patience_seconds) {
  if (has_exited()) return true;
  ::kill(pid_, signal);
  const uint64_t began = wall_ns();
  while (static_cast<double>(wall_ns() - began) < patience_seconds * 1e9) {
    if (has_exited()) return true;
    const timespec interval{.tv_sec = 0, .tv_nsec = kPollIntervalNs};
    ::nanosleep(&interval, nullptr);
  }
  return false;
}

bool ChildProcess::has_exited() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ < 0;
}

}  // namespace bench
