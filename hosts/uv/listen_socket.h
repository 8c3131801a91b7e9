// ListenSocket: a socket to accept from, TCP or unix-domain, and the texts the official server has
// for why there is none.
#pragma once

#include <string>
#include <utility>

#include "core/base/result.h"
#include "core/config/daemon_options.h"
#include "core/server.h"

namespace myelin {

class ListenSocket {
 public:
  // A host name takes its first address, IPv4 if it has one. An any-address, "0.0.0.0" or "::",
  // takes both families, as in Go. It is bound, and hears nobody before listen(): who connects
  // while streams are read from the disk is refused, and may try elsewhere.
  static Result<ListenSocket> tcp(const ListenAddress& address);
  Status listen();
  // Listens. Replaces a socket file that nobody listens on any more.
  static Result<ListenSocket> unix_domain(const std::string& path);

  ListenSocket(ListenSocket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        kind_(other.kind_),
        port_(other.port_),
        address_(std::move(other.address_)) {}
  ListenSocket& operator=(ListenSocket&& other) noexcept;
  ~ListenSocket();

  int descriptor() const { return descriptor_; }
  LinkKind kind() const { return kind_; }
  int port() const { return port_; }  // the bound one; 0 for a unix-domain socket
  const std::string& address() const { return address_; }  // the bound IP, or the path
  // As Go prints it: "[::]:4222", or the path.
  std::string name() const;

 private:
  ListenSocket(int descriptor, LinkKind kind) : descriptor_(descriptor), kind_(kind) {}

  int descriptor_;
  LinkKind kind_;
  int port_ = 0;
  std::string address_;
};

}  // namespace myelin
