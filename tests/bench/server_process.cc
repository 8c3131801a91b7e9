#include "tests/bench/server_process.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "tests/bench/failure.h"
#include "tests/bench/inbound.h"
#include "tests/bench/link.h"
#include "tests/bench/listener.h"

namespace bench {
namespace {

constexpr int kStartAttempts = 3;
constexpr uint64_t kStartPatienceNs = 60'000'000'000;
constexpr double kStopPatienceSeconds = 30;
constexpr long kPollIntervalNs = 50'000;
constexpr size_t kLastWordsSize = 400;

}  // namespace

ServerProcess::ServerProcess(const std::string& path, const std::vector<std::string>& arguments) {
  // Another program may take the free port before the server does.
  for (int attempt = 0; attempt < kStartAttempts; ++attempt) {
    start(path, arguments);
    if (wait_for_info()) return;
  }
  throw Failure("no INFO from " + path + ": " + last_words());
}

void ServerProcess::start(const std::string& path, const std::vector<std::string>& arguments) {
  log_ = FileDescriptor(::memfd_create("server log", MFD_CLOEXEC));
  if (log_.get() < 0) fail_with_errno("making a file for the server's log");
  port_ = Listener().port();

  std::vector<std::string> words{path, "-a", "127.0.0.1", "-p", std::to_string(port_)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  began_ns_ = wall_ns();
  process_ = ChildProcess([&] {
    ::dup2(log_.get(), STDOUT_FILENO);
    ::dup2(log_.get(), STDERR_FILENO);
    ::execv(argv[0], argv.data());
    fail_with_errno("exec");
  });
}

bool ServerProcess::wait_for_info() {
  while (wall_ns() - began_ns_ < kStartPatienceNs && !process_.has_exited()) {
    if (std::optional<Link> link = Link::try_connect(port_)) {
      Inbound inbound(Inbound::kSmall);
      Frame frame;
      while (!inbound.next(frame)) inbound.receive(*link);
      first_info_ns_ = wall_ns() - began_ns_;
      info_ = frame.line;
      return frame.kind == FrameKind::kInfo;
    }
    const timespec interval{.tv_sec = 0, .tv_nsec = kPollIntervalNs};
    ::nanosleep(&interval, nullptr);
  }
  return false;
}

void ServerProcess::stop() {
  if (!process_.stop(SIGTERM, kStopPatienceSeconds)) throw Failure("the server does not end");
}

void ServerProcess::kill() {
  if (!process_.stop(SIGKILL, kStopPatienceSeconds)) throw Failure("the server cannot be killed");
}

std::string ServerProcess::log() const {
  struct stat status {};
  ::fstat(log_.get(), &status);
  std::string text(static_cast<size_t>(status.st_size), '\0');
  const ssize_t size = ::pread(log_.get(), text.data(), text.size(), 0);
  text.resize(static_cast<size_t>(std::max<ssize_t>(size, 0)));
  return text;
}

uint16_t ServerProcess::port_in_log(std::string_view beginning) const {
  const std::string text = log();
  const size_t begin = text.find(beginning);
  const size_t end = text.find('\n', begin);
  if (begin == std::string::npos || end == std::string::npos) {
    throw Failure("no \"" + std::string(beginning) + "\" in the server's log");
  }
  const size_t colon = text.rfind(':', end);
  uint16_t port = 0;
  std::from_chars(text.data() + colon + 1, text.data() + end, port);
  if (port == 0) throw Failure("no port in: " + text.substr(begin, end - begin));
  return port;
}

std::string ServerProcess::last_words() const {
  const std::string text = log();
  if (text.empty()) return "it said nothing";
  return text.substr(text.size() - std::min(text.size(), kLastWordsSize));
}

}  // namespace bench
