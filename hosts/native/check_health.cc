#include "hosts/native/check_health.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

#include "core/base/result.h"

namespace myelin {
namespace {

constexpr timeval kAnswerPatience{.tv_sec = 5, .tv_usec = 0};
constexpr size_t kAnswerMax = 64 * 1024;
constexpr std::string_view kScheme = "http://";

struct Address {
  std::string host;
  std::string port;
  std::string base_path;
};

Result<Address> parse_address(std::string_view text) {
  const std::string whole(text);
  if (text.substr(0, kScheme.size()) == kScheme) text.remove_prefix(kScheme.size());
  const std::string_view authority = text.substr(0, text.find('/'));
  std::string_view path = text.substr(authority.size());
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  const size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == authority.size()) {
    return Error{Errc::kInvalid, "not host:port of a server's monitoring: " + whole};
  }
  std::string_view host = authority.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return Address{std::string(host), std::string(authority.substr(colon + 1)), std::string(path)};
}

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Socket(Socket&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  Socket& operator=(Socket&&) = delete;

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

Result<Socket> connect_to(const Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (code != 0) return Error{Errc::kNotFound, address.host + ": " + gai_strerror(code)};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found, freeaddrinfo);
  std::string why;
  for (const addrinfo* one = all.get(); one != nullptr; one = one->ai_next) {
    Socket socket(::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.descriptor() < 0) continue;
    for (const int way : {SO_RCVTIMEO, SO_SNDTIMEO}) {
      setsockopt(socket.descriptor(), SOL_SOCKET, way, &kAnswerPatience, sizeof kAnswerPatience);
    }
    if (connect(socket.descriptor(), one->ai_addr, one->ai_addrlen) == 0) return socket;
    why = std::strerror(errno);
  }
  return Error{Errc::kIo, address.host + ":" + address.port + ": " + why};
}

Result<std::string> ask(const Socket& socket, const Address& address) {
  const std::string request = "GET " + address.base_path +
                              "/healthz HTTP/1.1\r\nHost: " + address.host +
                              "\r\nConnection: close\r\n\r\n";
  if (send(socket.descriptor(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return Error{Errc::kIo, "the server does not read"};
  }
  std::string answer;
  char part[4096];
  while (answer.size() < kAnswerMax) {
    const ssize_t count = recv(socket.descriptor(), part, sizeof part, 0);
    if (count < 0) return Error{Errc::kIo, "the server does not answer"};
    if (count == 0) break;
    answer.append(part, static_cast<size_t>(count));
  }
  return answer;
}

Status health(const std::string& text) {
  Result<Address> address = parse_address(text);
  if (!address.ok()) return address.error();
  Result<Socket> socket = connect_to(address.value());
  if (!socket.ok()) return socket.error();
  Result<std::string> answer = ask(socket.value(), address.value());
  if (!answer.ok()) return answer.error();
  const std::string_view whole = answer.value();
  if (whole.substr(0, 5) == "HTTP/" && whole.substr(8, 5) == " 200 ") return kOk;
  const size_t body = whole.find("\r\n\r\n");
  return Error{Errc::kIo, body == std::string_view::npos || body + 4 == whole.size()
                              ? "the answer is none of a server's monitoring"
                              : std::string(whole.substr(body + 4))};
}

}  // namespace

int check_health(const std::string& address) {
  const Status healthy = health(address);
  if (healthy.ok()) return 0;
  std::fprintf(stderr, "nats-server: %s\n", healthy.error().context.c_str());
  return 1;
}

}  // namespace myelin
