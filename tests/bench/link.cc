#include "tests/bench/link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <string>
#include <utility>

#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr time_t kPatienceSeconds = 30;

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

}  // namespace

Link::Link(uint16_t port) : Link(connected_socket(port)) {
  if (fd() < 0) fail_with_errno("connecting to port " + std::to_string(port));
}

Link::Link(FileDescriptor socket) : socket_(std::move(socket)) {}

std::optional<Link> Link::try_connect(uint16_t port) {
  FileDescriptor socket = connected_socket(port);
  if (socket.get() < 0) return std::nullopt;
  return Link(std::move(socket));
}

void Link::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail_with_errno("sending");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

size_t Link::try_send(std::string_view bytes) {
  const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) return static_cast<size_t>(sent);
  if (errno == EAGAIN || errno == EINTR) return 0;
  fail_with_errno("sending");
}

size_t Link::receive(std::span<char> into) {
  const size_t size = receive_with(into, 0);
  if (size == 0) throw Failure("the server kept silent for thirty seconds");
  return size;
}

size_t Link::try_receive(std::span<char> into) { return receive_with(into, MSG_DONTWAIT); }

size_t Link::receive_with(std::span<char> into, int flags) {
  for (;;) {
    const ssize_t size = ::recv(fd(), into.data(), into.size(), flags);
    if (size > 0) return static_cast<size_t>(size);
    if (size == 0) throw Failure("the server closed a connection");
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return 0;
    fail_with_errno("receiving");
  }
}

}  // namespace bench
