#include "hosts/common/syslog_sender.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <resolv.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <utility>

#include "hosts/common/clock.h"
#include "hosts/common/go_text.h"
#include "hosts/common/system_call.h"

namespace myelin {
namespace {

using Network = SyslogAddress::Network;

constexpr std::chrono::milliseconds kPatience{1000};  // to connect, to send a line, to take leave
constexpr std::chrono::milliseconds kRetryAfter{1000};
constexpr const char* kLocalPaths[] = {"/dev/log", "/var/run/syslog", "/var/run/log"};

bool wait_until_writable(int socket) {
  pollfd wanted{.fd = socket, .events = POLLOUT, .revents = 0};
  return retried([&] { return ::poll(&wanted, 1, static_cast<int>(kPatience.count())); }) > 0;
}

int new_socket(int family, int type) {
  return ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

// A connected socket, or -1 and errno.
int connected(int family, int type, const sockaddr* address, socklen_t size) {
  const int socket = new_socket(family, type);
  if (socket < 0) return -1;
  if (::connect(socket, address, size) == 0) return socket;
  int error = errno;
  if (error == EINPROGRESS || error == EAGAIN) {
    error = ETIMEDOUT;
    socklen_t error_size = sizeof error;
    if (wait_until_writable(socket))
      ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &error_size);
  }
  if (error == 0) return socket;
  ::close(socket);
  errno = error;
  return -1;
}

int connected_to_path(const std::string& path, int type) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return connected(AF_UNIX, type, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// A syslog of this machine may take datagrams or a stream; what it is shows in the attempt.
int connected_to_path(const std::string& path, int first, int second) {
  const int socket = connected_to_path(path, first);
  return socket < 0 && errno == EPROTOTYPE ? connected_to_path(path, second) : socket;
}

int connected_to_local_syslog() {
  for (const char* const path : kLocalPaths) {
    const int socket = connected_to_path(path, SOCK_DGRAM, SOCK_STREAM);
    if (socket >= 0) return socket;
  }
  return -1;
}

// A resolver that nobody answers holds up the end of the process: this thread's asks once, for a
// second. The state is the thread's own.
void make_resolver_impatient() {
  if (::res_init() != 0) return;
  _res.retrans = 1;
  _res.retry = 1;
}

int connected_to_host(const SyslogAddress& to, std::string& why) {
  make_resolver_impatient();
  addrinfo hints{};
  hints.ai_socktype = to.network == Network::kUdp ? SOCK_DGRAM : SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(to.host.c_str(), to.port.c_str(), &hints, &found);
  if (code != 0) {
    why = ::gai_strerror(code);
    return -1;
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, ::freeaddrinfo);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const int socket =
        connected(each->ai_family, each->ai_socktype, each->ai_addr, each->ai_addrlen);
    if (socket >= 0) return socket;
    why = go_errno(errno);
  }
  return -1;
}

std::string own_host_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

}  // namespace

SyslogSender::SyslogSender(SyslogAddress to)
    : to_(std::move(to)),
      from_{.host = own_host_name(), .tag = program_invocation_short_name, .pid = ::getpid()},
      give_up_at_(Clock::time_point::max().time_since_epoch().count()) {}

SyslogSender::~SyslogSender() {
  give_up_at_ = (Clock::now() + kPatience).time_since_epoch().count();
  thread_.finish();
  disconnect();
}

Status SyslogSender::start() {
  has_complained_ = to_.network == Network::kLocal;  // the error says it
  if (to_.network == Network::kLocal && !connect()) {
    return Error{Errc::kInvalid, "error connecting to syslog: \"Unix syslog delivery error\""};
  }
  return thread_.start();
}

void SyslogSender::send(LogLevel level, std::string_view text) {
  if (waiting_ >= kWaitingMax) {
    ++lost_;
    return;
  }
  ++waiting_;
  thread_.submit([this, line = line_of(level, text)] {
    deliver(line);
    --waiting_;
  });
}

std::string SyslogSender::line_of(LogLevel level, std::string_view text) const {
  return syslog_line(to_, from_, read_wall_clock(), level, text);
}

void SyslogSender::deliver(const std::string& line) {
  if (!transmit(line)) {
    ++lost_;
    return;
  }
  const uint64_t lost = lost_.exchange(0);
  if (lost == 0) return;
  const std::string report = std::to_string(lost) + " lines of the log were lost on their way";
  if (!transmit(line_of(LogLevel::kWarning, report))) lost_ += lost;
}

// A connection may have been lost long ago: a line that fails on an old one is tried on a new one.
bool SyslogSender::transmit(const std::string& line) {
  const bool was_connected = socket_ >= 0;
  for (const int attempt : {0, 1}) {
    if (Clock::now().time_since_epoch().count() > give_up_at_) return false;
    if (socket_ < 0 && !connect()) return false;
    std::string_view rest = line;
    while (!rest.empty()) {
      const ssize_t sent =
          retried([&] { return ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL); });
      if (sent >= 0) {
        rest.remove_prefix(static_cast<size_t>(sent));
      } else if (errno != EAGAIN || !wait_until_writable(socket_)) {
        break;
      }
    }
    if (rest.empty()) return true;
    disconnect();
    if (!was_connected || attempt > 0) return false;
  }
  return false;
}

bool SyslogSender::connect() {
  if (Clock::now() < retry_at_) return false;
  std::string why;
  if (to_.network == Network::kLocal) {
    socket_ = connected_to_local_syslog();
  } else if (to_.network == Network::kUnix) {
    socket_ = connected_to_path(to_.path, SOCK_STREAM, SOCK_DGRAM);
  } else {
    socket_ = connected_to_host(to_, why);
  }
  if (socket_ >= 0) {
    has_complained_ = false;
    return true;
  }
  if (why.empty()) why = go_errno(errno);
  retry_at_ = Clock::now() + kRetryAfter;
  complain(why);
  return false;
}

void SyslogSender::disconnect() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void SyslogSender::complain(const std::string& why) {
  if (std::exchange(has_complained_, true)) return;
  const std::string where = to_.path.empty() ? to_.host + ':' + to_.port : to_.path;
  const std::string text = "error connecting to syslog: \"" + where + ": " + why + "\"\n";
  [[maybe_unused]] const ssize_t size = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace myelin
