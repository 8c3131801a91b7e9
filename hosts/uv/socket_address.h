// SocketAddress: an address of the system's, and its IP and port as text. An IPv4 address that came
// through an IPv6 socket is shown as IPv4.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace myelin {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  std::string ip() const;  // empty if it is not an internet address
  uint16_t port() const;
};

}  // namespace myelin
