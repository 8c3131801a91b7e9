#include "tests/bench/link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <string>
#include <utility>

#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr time_t kPatienceSeconds = 30;
constexpr size_t kAnswerMax = 4096;

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A connection to a port of the ephemeral range where nobody listens may by chance be given that
// very port as its own, and then TCP connects it to itself.
bool is_connected_to_itself(int fd) {
  sockaddr_in own{};
  sockaddr_in peer{};
  socklen_t own_size = sizeof own;
  socklen_t peer_size = sizeof peer;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &own_size) == 0 &&
         ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0 &&
         own.sin_port == peer.sin_port;
}

FileDescriptor connected_socket(uint16_t port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) fail_with_errno("making a socket");
  const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return FileDescriptor();
  }
  if (is_connected_to_itself(socket.get())) {
    errno = ECONNREFUSED;
    return FileDescriptor();
  }
  return socket;
}

// False when nothing happened for thirty seconds.
bool wait_for(int fd, short event) {
  pollfd wanted{.fd = fd, .events = event, .revents = 0};
  return ::poll(&wanted, 1, static_cast<int>(kPatienceSeconds * 1000)) > 0;
}

}  // namespace

Link::Link(const Address& address) : Link(connected_socket(address.port), address.wire) {
  if (fd() < 0) fail_with_errno("connecting to port " + std::to_string(address.port));
  if (wire_ == Wire::kSecureWebSocket) start_tls();
  if (is_websocket(wire_)) upgrade(address.port);
}

Link::Link(FileDescriptor socket, Wire wire) : socket_(std::move(socket)), wire_(wire) {}

std::optional<Link> Link::try_connect(uint16_t port) {
  FileDescriptor socket = connected_socket(port);
  if (socket.get() < 0) return std::nullopt;
  return Link(std::move(socket), Wire::kTcp);
}

void Link::start_tls() { tls_ = std::make_unique<TlsSession>(fd()); }

// One byte after the other, so that nothing that follows the answer is taken with it.
void Link::upgrade(uint16_t port) {
  send_all(upgrade_request(port, is_deflated()));
  std::string answer;
  while (!answer.ends_with("\r\n\r\n")) {
    char c = 0;
    if (receive_some({&c, 1}, true) == 0) throw Failure("no answer to a WebSocket's request");
    answer += c;
    if (answer.size() > kAnswerMax) throw Failure("an endless answer to a WebSocket's request");
  }
  check_upgrade(answer, is_deflated());
  frames_ = std::make_unique<FrameReader>();
}

std::string Link::framed(std::string_view bytes) const {
  std::string text;
  if (!is_websocket(wire_)) return text.assign(bytes);
  append_frame(text, bytes, is_deflated());
  return text;
}

void Link::send(std::string_view bytes) {
  is_websocket(wire_) ? send_all(framed(bytes)) : send_all(bytes);
}

void Link::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t sent = try_send(bytes);
    bytes.remove_prefix(sent);
    if (sent == 0 && !wait_for(fd(), POLLOUT)) throw Failure("nothing is taken for thirty seconds");
  }
}

size_t Link::try_send(std::string_view framed_bytes) {
  if (tls_) return tls_->try_write(framed_bytes);
  const ssize_t sent =
      ::send(fd(), framed_bytes.data(), framed_bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) return static_cast<size_t>(sent);
  if (errno == EAGAIN || errno == EINTR) return 0;
  fail_with_errno("sending");
}

size_t Link::receive(std::span<char> into) {
  const size_t size = receive_payload(into, true);
  if (size == 0) throw Failure("the server kept silent for thirty seconds");
  return size;
}

size_t Link::try_receive(std::span<char> into) { return receive_payload(into, false); }

size_t Link::receive_payload(std::span<char> into, bool may_wait) {
  if (is_deflated()) return receive_inflated(into, may_wait);
  for (;;) {
    const size_t size = receive_some(into, may_wait);
    if (size == 0 || !frames_) return size;
    if (const size_t payload_size = frames_->strip(into.first(size))) return payload_size;
  }
}

size_t Link::receive_inflated(std::span<char> into, bool may_wait) {
  while (inflated_begin_ == inflated_.size()) {
    inflated_.clear();
    inflated_begin_ = 0;
    const size_t size = receive_some(into, may_wait);
    if (size == 0) return 0;
    frames_->inflate(into.first(size), inflated_);
  }
  const size_t size = inflated_.copy(into.data(), into.size(), inflated_begin_);
  inflated_begin_ += size;
  return size;
}

size_t Link::receive_some(std::span<char> into, bool may_wait) {
  if (!tls_) return receive_from_socket(into, may_wait);
  for (;;) {
    const size_t size = tls_->try_read(into);
    if (size > 0 || !may_wait || !wait_for(fd(), POLLIN)) return size;
  }
}

size_t Link::receive_from_socket(std::span<char> into, bool may_wait) {
  for (;;) {
    const ssize_t size = ::recv(fd(), into.data(), into.size(), may_wait ? 0 : MSG_DONTWAIT);
    if (size > 0) return static_cast<size_t>(size);
    if (size == 0) throw Failure("the server closed a connection");
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return 0;
    fail_with_errno("receiving");
  }
}

}  // namespace bench
