// SocketPair: a connection within this process, whose one end a host adopts as if it had accepted
// it, and whose other end the fuzzer speaks on. Neither end ever waits.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "hosts/uv/accepted_socket.h"
#include "tests/fuzz/input.h"

namespace myelin {

class SocketPair {
 public:
  SocketPair() {
    int ends[2];
    REQUIRE_THAT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    ours_ = ends[0];
    theirs_ = ends[1];
  }
  ~SocketPair() {
    if (ours_ >= 0) ::close(ours_);
    if (theirs_ >= 0) ::close(theirs_);
  }
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;

  // For a host, which owns it then.
  AcceptedSocket accepted() {
    return {.descriptor = std::exchange(theirs_, -1),
            .kind = LinkKind::kUnix,
            .address = "127.0.0.1",
            .port = 4000};
  }

  // False when the peer takes no more now, or is gone: what is left is dropped.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = ::send(ours_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(size));
    }
    return true;
  }

  // Appends what is there. False: the peer has closed.
  bool receive(std::string& into) {
    char bytes[65536];
    while (true) {
      const ssize_t size = recv(ours_, bytes, sizeof bytes, 0);
      if (size <= 0) return size < 0 && errno == EAGAIN;
      into.append(bytes, static_cast<size_t>(size));
    }
  }

  void end_sending() { shutdown(ours_, SHUT_WR); }
  void close() { ::close(std::exchange(ours_, -1)); }

 private:
  int ours_ = -1;
  int theirs_ = -1;
};

}  // namespace myelin
