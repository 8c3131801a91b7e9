#include "tests/conformance/runner/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace myelin::conformance {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartMax{15};
constexpr std::chrono::seconds kExitMax{15};
constexpr std::chrono::seconds kLineMax{10};
constexpr std::string_view kReady = "Server is ready";

std::chrono::milliseconds until(Clock::time_point end) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
}

}  // namespace

ServerProcess::ServerProcess(const std::filesystem::path& binary, const std::string& config,
                             const std::filesystem::path& scratch, std::string_view listening) {
  try {
    write_config(config);
    start(binary, scratch);
    find_port(listening);
  } catch (...) {
    end();
    throw;
  }
}

ServerProcess::~ServerProcess() { end(); }

void ServerProcess::end() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (log_fd_ >= 0) close(log_fd_);
}

void ServerProcess::write_config(const std::string& config) const {
  std::ofstream(directory_.path() / "server.conf", std::ios::binary) << config;
}

void ServerProcess::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

void ServerProcess::start(const std::filesystem::path& binary,
                          const std::filesystem::path& scratch) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  const std::string program = binary.string();
  const std::string config = (directory_.path() / "server.conf").string();
  const std::array<const char*, 8> arguments{program.c_str(), "-c", config.c_str(), "-a",
                                             "127.0.0.1",     "-p", "-1",           nullptr};
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(pipe_ends[1], STDERR_FILENO);
    dup2(pipe_ends[1], STDOUT_FILENO);
    setenv("TMPDIR", scratch.c_str(), 1);
    execv(program.c_str(), const_cast<char* const*>(arguments.data()));
    _exit(127);
  }
  close(pipe_ends[1]);
  log_fd_ = pipe_ends[0];
  fcntl(log_fd_, F_SETFL, O_NONBLOCK);
  if (pid_ < 0) throw std::runtime_error("fork failed");
}

void ServerProcess::find_port(std::string_view listening) {
  const auto end = Clock::now() + kStartMax;
  while (log_.find(kReady) == std::string::npos) {
    if (Clock::now() > end || !read_log(until(end))) {
      throw std::runtime_error("the server did not start:\n" + log_);
    }
  }
  const std::size_t at = log_.find(listening);
  if (at == std::string::npos) throw std::runtime_error("the server names no port:\n" + log_);
  const std::size_t line_end = log_.find('\n', at);
  const std::size_t colon = log_.rfind(':', line_end);
  port_ = static_cast<std::uint16_t>(std::strtoul(log_.c_str() + colon + 1, nullptr, 10));
  log_read_ = log_.size();
}

bool ServerProcess::wait_for_line(std::string_view wanted, std::string_view other) {
  const auto end = Clock::now() + kLineMax;
  while (true) {
    std::size_t line_end = log_.find('\n', log_read_);
    while (line_end != std::string::npos) {
      const std::string_view line(log_.data() + log_read_, line_end - log_read_);
      log_read_ = line_end + 1;
      if (line.find(wanted) != std::string_view::npos) return true;
      if (line.find(other) != std::string_view::npos) return false;
      line_end = log_.find('\n', log_read_);
    }
    if (Clock::now() > end || !read_log(until(end))) {
      throw std::runtime_error("the log does not say: " + std::string(wanted));
    }
  }
}

int ServerProcess::wait_for_exit() {
  const auto end = Clock::now() + kExitMax;
  while (read_log(until(end))) {
    if (Clock::now() > end) throw std::runtime_error("the server does not end");
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void ServerProcess::drain_log() {
  while (read_log(std::chrono::milliseconds(0))) {
    pollfd ready{log_fd_, POLLIN, 0};
    if (poll(&ready, 1, 0) <= 0) break;
  }
}

// False once the program has closed its end.
bool ServerProcess::read_log(std::chrono::milliseconds at_most) {
  pollfd ready{log_fd_, POLLIN, 0};
  if (poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(at_most.count(), 0))) <= 0) {
    return true;
  }
  std::array<char, 4096> bytes{};
  const ssize_t size = read(log_fd_, bytes.data(), bytes.size());
  if (size == 0) return false;
  if (size > 0) log_.append(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

}  // namespace myelin::conformance
