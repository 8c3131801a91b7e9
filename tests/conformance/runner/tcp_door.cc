#include "tests/conformance/runner/tcp_door.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace myelin::conformance {
namespace {

constexpr std::size_t kServersMax = 6;
constexpr int kSendMaxMs = 10'000;

// What a server with JetStream holds outlives its clients.
bool has_state(const std::string& config) { return config.find("jetstream") != std::string::npos; }

std::string with_store(std::string config, const TempDirectory& scratch) {
  static constexpr std::string_view kStore = "{store}";
  for (std::size_t at = config.find(kStore); at != std::string::npos; at = config.find(kStore)) {
    config.replace(at, kStore.size(), (scratch.path() / "store").string());
  }
  return config;
}

class TcpLink : public Link {
 public:
  explicit TcpLink(int fd) : fd_(fd) {}
  ~TcpLink() override { close(); }
  TcpLink(const TcpLink&) = delete;
  TcpLink& operator=(const TcpLink&) = delete;

  int fd() const { return fd_; }

  void send(std::string_view bytes) override {
    while (!bytes.empty() && fd_ >= 0) {
      const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (size > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(size));
      } else if (errno == EAGAIN) {
        pollfd ready{fd_, POLLOUT, 0};
        if (poll(&ready, 1, kSendMaxMs) <= 0) throw std::runtime_error("the server takes nothing");
      } else if (errno != EINTR) {
        return;
      }
    }
  }

  State receive(std::string& into) override {
    std::array<char, 65536> bytes;
    while (fd_ >= 0) {
      const ssize_t size = recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (size > 0) {
        into.append(bytes.data(), static_cast<std::size_t>(size));
      } else if (size < 0 && errno == EAGAIN) {
        return State::kOpen;
      } else if (size == 0 || errno != EINTR) {
        return State::kClosed;
      }
    }
    return State::kClosed;
  }

  // Nobody reads a socket here unless receive() is called.
  void stop_reading() override {}

  void half_close() override {
    if (fd_ >= 0) shutdown(fd_, SHUT_WR);
  }

  void close() override {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

}  // namespace

TcpDoor::TcpDoor(std::string name, std::filesystem::path binary)
    : name_(std::move(name)), binary_(std::move(binary)) {}

TcpDoor::~TcpDoor() = default;

bool TcpDoor::offers(std::string_view need) const { return need != "tls"; }

void TcpDoor::begin(const std::string& config) {
  const auto same = std::find_if(running_.begin(), running_.end(),
                                 [&](const Running& one) { return one.config == config; });
  if (same != running_.end()) {
    running_.splice(running_.begin(), running_, same);
  } else {
    start(config, std::make_unique<TempDirectory>());
  }
}

void TcpDoor::end(bool spoilt) {
  if (running_.empty()) return;
  if (spoilt || has_state(running_.front().config)) running_.pop_front();
}

std::unique_ptr<Link> TcpDoor::open() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error("no socket");
  auto link = std::make_unique<TcpLink>(fd);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server().port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return nullptr;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return link;
}

bool TcpDoor::wait(std::span<Link* const> links, Milliseconds at_most) {
  for (const Running& one : running_) one.process->drain_log();
  std::vector<pollfd> ready;
  ready.reserve(links.size());
  for (const Link* link : links) {
    ready.push_back({static_cast<const TcpLink*>(link)->fd(), POLLIN, 0});
  }
  const int timeout = static_cast<int>(std::max<std::int64_t>(at_most.count(), 0));
  return poll(ready.data(), ready.size(), timeout) > 0;
}

bool TcpDoor::reload(const std::string& config) {
  server().write_config(with_store(config, *running_.front().scratch));
  server().drain_log();
  server().signal(SIGHUP);
  return server().wait_for_line("Reloaded server configuration", "Failed to reload");
}

void TcpDoor::lame_duck() {
  server().signal(SIGUSR2);
  server().wait_for_line("lame duck mode", "Server Exiting");
}

void TcpDoor::stop() {
  server().signal(SIGTERM);
  const int code = server().wait_for_exit();
  if (code != 0) throw std::runtime_error("the server ends with " + std::to_string(code));
}

void TcpDoor::restart(const std::string& config) {
  stop();
  start_again(config);
}

void TcpDoor::crash(const std::string& config) {
  server().signal(SIGKILL);
  server().wait_for_exit();
  start_again(config);
}

void TcpDoor::advance(Milliseconds by) { std::this_thread::sleep_for(by); }

Milliseconds TcpDoor::now() const {
  return std::chrono::duration_cast<Milliseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
}

void TcpDoor::start(const std::string& config, std::unique_ptr<TempDirectory> scratch) {
  while (running_.size() >= kServersMax) running_.pop_back();
  auto process =
      std::make_unique<ServerProcess>(binary_, with_store(config, *scratch), scratch->path());
  running_.push_front({config, std::move(scratch), std::move(process)});
}

void TcpDoor::start_again(const std::string& config) {
  auto scratch = std::move(running_.front().scratch);
  running_.pop_front();
  start(config, std::move(scratch));
}

ServerProcess& TcpDoor::server() {
  if (running_.empty()) throw std::runtime_error("no server runs");
  return *running_.front().process;
}

}  // namespace myelin::conformance
