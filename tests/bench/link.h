// One TCP connection to 127.0.0.1, in bytes. Calls whose name begins with `try_` never wait; the
// others wait up to thirty seconds for the server and then throw Failure. Nothing is buffered here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tests/bench/file_descriptor.h"

namespace bench {

class Link {
 public:
  // Throws Failure when nobody listens.
  explicit Link(uint16_t port);

  // For a server that may not listen yet.
  static std::optional<Link> try_connect(uint16_t port);

  void send(std::string_view bytes);
  size_t receive(std::span<char> into);

  // How many bytes were taken, zero when the kernel would make us wait.
  size_t try_send(std::string_view bytes);
  size_t try_receive(std::span<char> into);

  int fd() const { return socket_.get(); }

 private:
  explicit Link(FileDescriptor socket);

  size_t receive_with(std::span<char> into, int flags);

  FileDescriptor socket_;
};

}  // namespace bench
