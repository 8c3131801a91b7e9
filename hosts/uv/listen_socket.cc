#include "hosts/uv/listen_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/text.h"
#include "hosts/common/go_text.h"
#include "hosts/uv/socket_address.h"

namespace myelin {
namespace {

constexpr int kSocketFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
constexpr int kBacklog = 4096;

bool is_any(const std::string& host) { return host.empty() || host == "0.0.0.0" || host == "::"; }

Error listen_error(const std::string& at, const char* call) {
  return {Errc::kIo, "listen tcp " + at + ": " + call + ": " + go_errno(errno)};
}

void set_option(int socket, int level, int option, int value) {
  setsockopt(socket, level, option, &value, sizeof value);
}

Result<SocketAddress> resolve(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(address.host.c_str(), decimal(address.port).c_str(), &hints, &found);
  if (error != 0) {
    const char* text = error == EAI_NONAME ? "no such host" : gai_strerror(error);
    return Error{Errc::kNotFound, "listen tcp: lookup " + address.host + ": " + text};
  }
  const addrinfo* chosen = found;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET) {
      chosen = each;
      break;
    }
  }
  SocketAddress resolved;
  std::memcpy(&resolved.storage, chosen->ai_addr, chosen->ai_addrlen);
  resolved.size = chosen->ai_addrlen;
  freeaddrinfo(found);
  return resolved;
}

SocketAddress any_address(int family, int port) {
  SocketAddress address;
  if (family == AF_INET6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<uint16_t>(port));
    address.size = sizeof v6;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<uint16_t>(port));
    address.size = sizeof v4;
  }
  return address;
}

// A descriptor, or -1 where the machine knows no such family.
int open_socket(const SocketAddress& address, bool takes_both_families) {
  const int socket = ::socket(address.storage.ss_family, kSocketFlags, 0);
  if (socket < 0) return -1;
  set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.storage.ss_family == AF_INET6) {
    set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, takes_both_families ? 0 : 1);
  }
  return socket;
}

}  // namespace

Result<ListenSocket> ListenSocket::tcp(const ListenAddress& address) {
  SocketAddress bound;
  int socket = -1;
  if (is_any(address.host)) {
    bound = any_address(AF_INET6, address.port);
    socket = open_socket(bound, true);
    if (socket < 0) bound = any_address(AF_INET, address.port);
  } else {
    Result<SocketAddress> resolved = resolve(address);
    if (!resolved.ok()) return resolved.error();
    bound = resolved.value();
  }
  if (socket < 0) socket = open_socket(bound, false);

  const std::string at =
      join_host_port(is_any(address.host) ? address.host : bound.ip(), address.port);
  if (socket < 0) return listen_error(at, "socket");
  ListenSocket owner(socket, LinkKind::kTcp);
  if (bind(socket, bound.get(), bound.size) != 0) return listen_error(at, "bind");
  bound.size = sizeof bound.storage;
  getsockname(socket, bound.get(), &bound.size);
  owner.port_ = bound.port();
  owner.address_ = bound.ip();
  return owner;
}

Status ListenSocket::listen() {
  if (::listen(descriptor_, kBacklog) == 0) return kOk;
  return listen_error(join_host_port(address_, port_), "listen");
}

Result<ListenSocket> ListenSocket::unix_domain(const std::string& path) {
  const auto fail = [&path](const char* call) {
    return Error{Errc::kIo, "listen unix " + path + ": " + call + ": " + go_errno(errno)};
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = EINVAL;
    return fail("bind");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  const int socket = ::socket(AF_UNIX, kSocketFlags, 0);
  if (socket < 0) return fail("socket");
  ListenSocket owner(socket, LinkKind::kUnix);
  int error = bind(socket, generic, sizeof address);
  if (error != 0 && errno == EADDRINUSE) {
    struct stat facts {};
    const int probe = ::socket(AF_UNIX, kSocketFlags, 0);
    const bool is_abandoned = lstat(path.c_str(), &facts) == 0 && S_ISSOCK(facts.st_mode) &&
                              connect(probe, generic, sizeof address) != 0 && errno == ECONNREFUSED;
    if (probe >= 0) ::close(probe);
    errno = EADDRINUSE;
    if (is_abandoned && unlink(path.c_str()) == 0) error = bind(socket, generic, sizeof address);
  }
  if (error != 0) return fail("bind");
  owner.address_ = path;  // from here on the file is ours to remove
  if (::listen(socket, kBacklog) != 0) return fail("listen");
  return owner;
}

std::string ListenSocket::name() const {
  return kind_ == LinkKind::kUnix ? address_ : join_host_port(address_, port_);
}

ListenSocket& ListenSocket::operator=(ListenSocket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(kind_, other.kind_);
  std::swap(port_, other.port_);
  std::swap(address_, other.address_);
  return *this;
}

ListenSocket::~ListenSocket() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (kind_ == LinkKind::kUnix && !address_.empty()) unlink(address_.c_str());
}

}  // namespace myelin
