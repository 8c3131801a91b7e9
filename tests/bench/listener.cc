#include "tests/bench/listener.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/bench/failure.h"

namespace bench {

Listener::Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket_.get(), SOMAXCONN) != 0 ||
      ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail_with_errno("listening on a free port");
  }
  port_ = ntohs(address.sin_port);
}

FileDescriptor Listener::accept() {
  FileDescriptor connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (connection.get() < 0) fail_with_errno("accepting");
  return connection;
}

}  // namespace bench
