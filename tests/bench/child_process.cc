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

constexpr uint64_t kStopPatienceNs = 3'000'000'000;
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
  if (has_exited()) return;
  ::kill(pid_, SIGTERM);
  const uint64_t began = wall_ns();
  while (wall_ns() - began < kStopPatienceNs) {
    if (has_exited()) return;
    const timespec interval{.tv_sec = 0, .tv_nsec = kPollIntervalNs};
    ::nanosleep(&interval, nullptr);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool ChildProcess::has_exited() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ < 0;
}

}  // namespace bench
