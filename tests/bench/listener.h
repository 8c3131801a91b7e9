// A TCP port of 127.0.0.1, chosen by the kernel, that accepts connections while its owner lives.
#pragma once

#include <cstdint>

#include "tests/bench/file_descriptor.h"

namespace bench {

class Listener {
 public:
  Listener();

  uint16_t port() const { return port_; }

  // Waits for the next connection.
  FileDescriptor accept();

 private:
  FileDescriptor socket_;
  uint16_t port_ = 0;
};

}  // namespace bench
