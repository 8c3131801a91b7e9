#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <string>

#include "hosts/common/logger.h"
#include "hosts/common/syslog_line.h"
#include "hosts/common/syslog_sender.h"
#include "tests/native/temporary_folder.h"

namespace myelin {
namespace {

using Network = SyslogAddress::Network;

constexpr int kPatienceMs = 10'000;

// A syslog of the test's own, on a port the kernel chose or on a path.
class FalseSyslog {
 public:
  explicit FalseSyslog(int type)
      : socket_(::socket(AF_INET, type, 0)), is_stream_(type == SOCK_STREAM) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    if (is_stream_) REQUIRE(::listen(socket_, 5) == 0);
    url_ = (is_stream_ ? "tcp://127.0.0.1:" : "udp://127.0.0.1:") +
           std::to_string(ntohs(address.sin_port));
  }
  FalseSyslog(int type, const std::string& path)
      : socket_(::socket(AF_UNIX, type, 0)),
        is_stream_(type == SOCK_STREAM),
        url_("unix://" + path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.copy(address.sun_path, sizeof address.sun_path - 1) == path.size());
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    if (is_stream_) REQUIRE(::listen(socket_, 5) == 0);
  }
  ~FalseSyslog() {
    ::close(socket_);
    if (connection_ >= 0) ::close(connection_);
  }

  const std::string& url() const { return url_; }

  void hang_up() {
    ::close(connection_);
    connection_ = -1;
  }

  // The next line, its newline with it.
  std::string line() {
    while (text_.find('\n') == std::string::npos) read();
    const size_t size = text_.find('\n') + 1;
    std::string line = text_.substr(0, size);
    text_.erase(0, size);
    return line;
  }

 private:
  void read() {
    if (is_stream_ && connection_ < 0) {
      wait_for(socket_);
      connection_ = ::accept(socket_, nullptr, nullptr);
    }
    const int from = is_stream_ ? connection_ : socket_;
    wait_for(from);
    char piece[70'000];
    const ssize_t size = ::recv(from, piece, sizeof piece, 0);
    REQUIRE(size > 0);
    text_.append(piece, static_cast<size_t>(size));
  }
  void wait_for(int socket) {
    pollfd wanted{.fd = socket, .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&wanted, 1, kPatienceMs) == 1);
  }

  int socket_;
  bool is_stream_;
  std::string url_;
  int connection_ = -1;
  std::string text_;
};

SyslogAddress parsed(std::string_view url) {
  auto address = parse_syslog_address(url);
  REQUIRE(address.ok());
  return address.value();
}

std::string mistake(std::string_view url) {
  const auto address = parse_syslog_address(url);
  return address.ok() ? "" : address.error().context;
}

std::string after(const std::string& line, std::string_view mark) {
  const size_t at = line.find(mark);
  return at == std::string::npos ? line : line.substr(at + mark.size());
}

}  // namespace

TEST_CASE("Syslog: addresses are those that nats-server takes") {
  CHECK(parsed("udp://localhost:514").network == Network::kUdp);
  CHECK(parsed("udp://localhost:514").host == "localhost");
  CHECK(parsed("tcp://[::1]:601").host == "::1");
  CHECK(parsed("tcp://[::1]:601").port == "601");
  CHECK(parsed("udp://:514").host == "localhost");
  CHECK(parsed("unix:///run/x.sock").path == "/run/x.sock");
  CHECK(mistake("http://x:1") == "error invalid network type: \"http\"");
  CHECK(mistake("localhost:514") == "error invalid network type: \"localhost\"");
  CHECK(mistake("nonsense") == "error invalid network type: \"\"");
  CHECK(mistake("udp://localhost") ==
        "error connecting to syslog: \"dial udp: address localhost: missing port in address\"");
  CHECK(mistake("unix://") != "");
}

TEST_CASE("Syslog: a line has the form that Go's library gives it") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const SyslogSource from{.host = "vm", .tag = "nats-server", .pid = 7};
  const WallTime at{.unix_ns = 1'795'279'047'123'000'000};
  CHECK(syslog_line(parsed("udp://x:1"), from, at, LogLevel::kInfo, "Starting") ==
        "<5>2026-11-21T16:37:27Z vm nats-server[7]: Starting\n");
  CHECK(syslog_line(parsed("unix:///x"), from, at, LogLevel::kError, "bad\n") ==
        "<3>Nov 21 16:37:27 nats-server[7]: bad\n");
  CHECK(syslog_line(SyslogAddress{}, from, at, LogLevel::kFatal, "end") ==
        "<26>Nov 21 16:37:27 nats-server[7]: end\n");
  ::setenv("TZ", "UTC-5:30", 1);
  ::tzset();
  CHECK(syslog_line(parsed("tcp://x:1"), from, at, LogLevel::kDebug, "d") ==
        "<7>2026-11-21T22:07:27+05:30 vm nats-server[7]: d\n");
  ::unsetenv("TZ");
  ::tzset();
  CHECK(syslog_line(parsed("udp://x:1"), from, at, LogLevel::kTrace, std::string(100'000, 'x'))
            .size() < 65'000);
}

TEST_CASE("Syslog: lines arrive in order over UDP, TCP and both kinds of unix socket") {
  const TemporaryFolder folder;
  const auto arrive_at = [](FalseSyslog& syslog) {
    Logger log;
    REQUIRE(log.configure({.remote_syslog = syslog.url()}).ok());
    for (int i = 0; i < 50; ++i) log.write(LogLevel::kInfo, "line " + std::to_string(i));
    for (int i = 0; i < 50; ++i) {
      CHECK(after(syslog.line(), "]: ") == "line " + std::to_string(i) + "\n");
    }
  };
  FalseSyslog udp(SOCK_DGRAM);
  arrive_at(udp);
  FalseSyslog tcp(SOCK_STREAM);
  arrive_at(tcp);
  FalseSyslog stream(SOCK_STREAM, folder.file("stream"));
  arrive_at(stream);
  FalseSyslog datagrams(SOCK_DGRAM, folder.file("datagrams"));
  arrive_at(datagrams);
}

TEST_CASE("Syslog: what was written before the end is sent") {
  FalseSyslog syslog(SOCK_STREAM);
  {
    Logger log;
    REQUIRE(log.configure({.remote_syslog = syslog.url()}).ok());
    log.write(LogLevel::kFatal, "the end");
  }
  CHECK(after(syslog.line(), "]: ") == "the end\n");
}

TEST_CASE("Syslog: after a lost connection there is another") {
  FalseSyslog syslog(SOCK_STREAM);
  SyslogSender sender(parsed(syslog.url()));
  REQUIRE(sender.start().ok());
  sender.send(LogLevel::kInfo, "before");
  CHECK(after(syslog.line(), "]: ") == "before\n");
  syslog.hang_up();
  // The first may vanish in the old connection, as it does with nats-server.
  sender.send(LogLevel::kInfo, "perhaps");
  sender.send(LogLevel::kInfo, "after");
  std::string line = after(syslog.line(), "]: ");
  if (line == "perhaps\n") line = after(syslog.line(), "]: ");
  CHECK(line == "after\n");
}

TEST_CASE("Syslog: nobody there loses lines and costs whoever logs no time") {
  std::string url;
  { url = FalseSyslog(SOCK_STREAM).url(); }
  Logger log;
  REQUIRE(log.configure({.remote_syslog = url}).ok());
  const auto began = std::chrono::steady_clock::now();
  for (size_t i = 0; i < 3 * SyslogSender::kWaitingMax; ++i) log.write(LogLevel::kInfo, "lost");
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
}

TEST_CASE("Syslog: a file stands before it, and a wrong address leaves the log as it was") {
  const TemporaryFolder folder;
  Logger log;
  REQUIRE(log.configure({.file = folder.file("log"), .remote_syslog = "udp://127.0.0.1:9"}).ok());
  CHECK(log.writes_to_file());
  const Status refused = log.configure({.remote_syslog = "gopher://x"});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::kInvalid);
  CHECK(log.writes_to_file());
}

}  // namespace myelin
