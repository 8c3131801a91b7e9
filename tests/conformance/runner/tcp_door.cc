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
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "tests/conformance/runner/websocket_link.h"

namespace myelin::conformance {
namespace {

constexpr std::size_t kServersMax = 6;
constexpr std::string_view kListeningForClients = "Listening for client connections on ";
constexpr std::string_view kListeningForWebSocket = "Listening for websocket clients on ";

// What a server with JetStream holds outlives its clients.
bool has_state(const std::string& config) { return config.find("jetstream") != std::string::npos; }

// What {store} and {certs} mean is known once the server's directory is.
void replace_all(std::string& text, std::string_view name, const std::string& value) {
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
    text.replace(at, name.size(), value);
    at += value.size();
  }
}

}  // namespace

TcpDoor::TcpDoor(std::string name, std::filesystem::path binary, Way way)
    : name_(std::move(name)), binary_(std::move(binary)), way_(way) {}

TcpDoor::~TcpDoor() = default;

std::string_view TcpDoor::family() const { return name_.starts_with("truth") ? "truth" : "native"; }

bool TcpDoor::offers(std::string_view need) const {
  if (need == "tls") return Certificates::can_be_made();
  if (need == "websocket") return way_ == Way::kWebSocket;
  if (need == "tcp" || need == "plain") return way_ == Way::kTcp;
  return true;
}

void TcpDoor::begin(const std::string& config) {
  opened_ = 0;
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
  if (way_ == Way::kTcp) return dial();
  const int fd = connected_socket();
  if (fd < 0) return nullptr;
  using Shape = WebSocketLink::Shape;
  static constexpr std::array<Shape, 3> kShapes{Shape::kWhole, Shape::kFragments, Shape::kDeflated};
  const Shape shape = kShapes[opened_++ % kShapes.size()];
  auto link = std::make_unique<WebSocketLink>(fd, certificates_, shape, server().port());
  const auto answer = nlohmann::json::parse(link->upgrade(""));
  if (answer[":status"] != "101 Switching Protocols") throw std::runtime_error(answer.dump());
  return link;
}

std::unique_ptr<Link> TcpDoor::dial() {
  const int fd = connected_socket();
  if (fd < 0) return nullptr;
  if (way_ == Way::kTcp) return std::make_unique<TcpLink>(fd, certificates_);
  return std::make_unique<WebSocketLink>(fd, certificates_, WebSocketLink::Shape::kWhole,
                                         server().port());
}

// Negative where nobody listens.
int TcpDoor::connected_socket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error("no socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server().port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return -1;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

bool TcpDoor::wait(std::span<Link* const> links, Milliseconds at_most) {
  for (const Running& one : running_) one.process->drain_log();
  std::vector<pollfd> ready;
  ready.reserve(links.size());
  for (const Link* link : links) {
    const auto* const one = static_cast<const TcpLink*>(link);
    if (one->has_unread()) return true;
    ready.push_back({one->fd(), POLLIN, 0});
  }
  const int timeout = static_cast<int>(std::max<std::int64_t>(at_most.count(), 0));
  return poll(ready.data(), ready.size(), timeout) > 0;
}

bool TcpDoor::reload(const std::string& config) {
  server().write_config(completed(config, *running_.front().scratch));
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
  const std::string_view listening =
      way_ == Way::kTcp ? kListeningForClients : kListeningForWebSocket;
  auto process = std::make_unique<ServerProcess>(binary_, completed(config, *scratch),
                                                 scratch->path(), listening);
  running_.push_front({config, std::move(scratch), std::move(process)});
}

void TcpDoor::start_again(const std::string& config) {
  auto scratch = std::move(running_.front().scratch);
  running_.pop_front();
  start(config, std::move(scratch));
}

std::string TcpDoor::completed(std::string config, const TempDirectory& scratch) const {
  replace_all(config, "{store}", (scratch.path() / "store").string());
  if (config.find("{certs}") != std::string::npos) {
    replace_all(config, "{certs}", certificates_.folder());
  }
  if (way_ == Way::kWebSocket && config.find("websocket") == std::string::npos) {
    config += "\nwebsocket { host: 127.0.0.1, port: -1, no_tls: true, compression: true }\n";
  }
  return config;
}

ServerProcess& TcpDoor::server() {
  if (running_.empty()) throw std::runtime_error("no server runs");
  return *running_.front().process;
}

}  // namespace myelin::conformance
