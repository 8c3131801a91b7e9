#include "tests/conformance/runner/bridge_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace myelin::conformance {
namespace {

constexpr int kSilenceMaxMs = 60'000;
constexpr std::uint32_t kFrameMax = 256u << 20;

enum Answer : char { kFailed = 0, kReady = 1, kMissing = 2 };

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::uint32_t number(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

std::string four_bytes(std::uint32_t value) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

}  // namespace

BridgeProcess::BridgeProcess(const std::string& command) {
  try {
    start(command);
    read_answer();
  } catch (...) {
    end();
    throw;
  }
}

BridgeProcess::~BridgeProcess() { end(); }

void BridgeProcess::start(const std::string& command) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (pipe2(in.data(), O_CLOEXEC) != 0) fail("pipe");
  to_ = in[1];
  if (pipe2(out.data(), O_CLOEXEC) != 0) {
    close(in[0]);
    fail("pipe");
  }
  from_ = out[0];
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    execl("/bin/sh", "sh", "-c", ("exec " + command).c_str(), nullptr);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  if (pid_ < 0) fail("fork");
}

// A program that has the end of its input ends itself, and the browser with it.
void BridgeProcess::end() {
  if (to_ >= 0) close(to_);
  if (pid_ > 0) {
    if (from_ >= 0) {
      pollfd gone{from_, POLLIN, 0};
      if (poll(&gone, 1, 5000) == 0) kill(pid_, SIGKILL);
    }
    waitpid(pid_, nullptr, 0);
  }
  if (from_ >= 0) close(from_);
}

std::string BridgeProcess::ask(std::string_view request) {
  write(four_bytes(static_cast<std::uint32_t>(request.size())));
  write(request);
  return read_answer();
}

std::string BridgeProcess::read_answer() {
  const std::uint32_t size = number(read(4));
  if (size == 0 || size > kFrameMax) throw std::runtime_error("the bridge sends no frames");
  std::string answer = read(size);
  const char kind = answer[0];
  answer.erase(0, 1);
  if (kind == kMissing) throw DoorMissing(answer);
  if (kind != kReady) throw std::runtime_error("the bridge: " + answer);
  return answer;
}

void BridgeProcess::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(to_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw std::runtime_error("the bridge is gone");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string BridgeProcess::read(std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    pollfd ready{from_, POLLIN, 0};
    if (poll(&ready, 1, kSilenceMaxMs) == 0) throw std::runtime_error("the bridge is silent");
    const ssize_t got = ::read(from_, bytes.data() + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::runtime_error("the bridge is gone");
    filled += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace myelin::conformance
