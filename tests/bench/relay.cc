#include "tests/bench/relay.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>
#include <vector>

#include "tests/bench/failure.h"
#include "tests/bench/file_descriptor.h"

namespace bench {
namespace {

FileDescriptor listening_socket(uint16_t& port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 2) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail_with_errno("listening");
  }
  port = ntohs(address.sin_port);
  return socket;
}

void copy_until_closed(int from, int to, size_t piece_size) {
  std::vector<char> piece(piece_size);
  for (;;) {
    const ssize_t size = ::recv(from, piece.data(), piece.size(), MSG_WAITALL);
    if (size <= 0) return;
    for (ssize_t done = 0; done < size;) {
      const ssize_t sent =
          ::send(to, piece.data() + done, static_cast<size_t>(size - done), MSG_NOSIGNAL);
      if (sent <= 0) return;
      done += sent;
    }
  }
}

}  // namespace

Relay::Relay(size_t piece_size) {
  uint16_t port = 0;
  const FileDescriptor listener = listening_socket(port);
  source_.emplace(port);
  const FileDescriptor from(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  sink_.emplace(port);
  const FileDescriptor to(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (from.get() < 0 || to.get() < 0) fail_with_errno("accepting");
  process_ = ChildProcess([&] { copy_until_closed(from.get(), to.get(), piece_size); });
}

Link Relay::take_source() { return std::move(source_.value()); }

Link Relay::take_sink() { return std::move(sink_.value()); }

}  // namespace bench
