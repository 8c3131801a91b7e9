#include "tests/interop/libnats/server.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

extern char** environ;

namespace myelin::interop {
namespace {

constexpr auto kPatience = std::chrono::seconds(15);
constexpr std::string_view kListening = "Listening for client connections on ";
constexpr std::string_view kReady = "Server is ready";

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::filesystem::path new_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "myelin-interop-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) fail("mkdtemp");
  return name;
}

// Reads whatever comes until the writer is gone.
void drain_log(int log) {
  char bytes[4096];
  while (read(log, bytes, sizeof bytes) > 0) {
  }
  close(log);
}

}  // namespace

Server::Server(std::string binary, std::vector<std::string> flags, std::string config)
    : binary_(std::filesystem::absolute(binary).string()),
      flags_(std::move(flags)),
      folder_(new_folder()) {
  if (!config.empty()) {
    const std::string path = (folder_ / "server.conf").string();
    std::ofstream(path) << config;
    flags_.insert(flags_.end(), {"-c", path});
  }
  start();
}

Server::~Server() {
  if (process_ != 0) stop(SIGKILL);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Server::start() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe2");
  spawn(ends[1]);
  close(ends[1]);
  try {
    await_ready(ends[0]);
  } catch (...) {
    close(ends[0]);
    stop(SIGKILL);
    throw;
  }
  log_reader_ = std::thread(drain_log, ends[0]);
}

void Server::spawn(int log_write_end) {
  std::vector<std::string> words{binary_, "-a", "127.0.0.1", "-p", std::to_string(port_)};
  words.insert(words.end(), flags_.begin(), flags_.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, log_write_end, STDERR_FILENO);
  posix_spawn_file_actions_addchdir_np(&actions, folder_.c_str());
  const int error =
      posix_spawn(&process_, binary_.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    process_ = 0;
    throw std::system_error(error, std::generic_category(), binary_);
  }
}

void Server::await_ready(int log_read_end) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::string log;
  while (log.find(kReady) == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd readable{.fd = log_read_end, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&readable, 1, static_cast<int>(left.count())) <= 0) {
      throw std::runtime_error("the server is not ready in time; its log: " + log);
    }
    char bytes[4096];
    const ssize_t size = read(log_read_end, bytes, sizeof bytes);
    if (size <= 0) throw std::runtime_error("the server ended; its log: " + log);
    log.append(bytes, static_cast<size_t>(size));
  }
  const size_t address = log.find(kListening);
  if (address == std::string::npos) throw std::runtime_error("no listening line: " + log);
  const size_t colon = log.find(':', address + kListening.size());
  port_ = std::atoi(log.c_str() + colon + 1);
}

int Server::stop(int which) {
  signal(which);
  return ended();
}

int Server::ended() {
  await_end();
  int status = 0;
  if (waitpid(process_, &status, 0) != process_) fail("waitpid");
  process_ = 0;
  if (log_reader_.joinable()) log_reader_.join();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// A process that does not end in time is killed, which the caller sees in its exit code.
void Server::await_end() const {
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, process_, 0));
  pollfd ended{.fd = handle, .events = POLLIN, .revents = 0};
  if (poll(&ended, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) <= 0) {
    signal(SIGKILL);
  }
  close(handle);
}

void Server::signal(int which) const {
  if (process_ != 0) kill(process_, which);
}

}  // namespace myelin::interop
