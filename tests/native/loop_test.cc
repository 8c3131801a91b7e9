#include "hosts/uv/loop.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>

#include "core/storage/memory_storage.h"
#include "hosts/common/entropy.h"
#include "hosts/uv/listener.h"
#include "hosts/uv/tcp_link.h"
#include "tests/native/temporary_folder.h"

namespace myelin {
namespace {

constexpr uint64_t kPatienceMs = 10'000;

class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

// A Server with its Loop and one listener. Clients are sockets of the test's own, on the same
// thread: the loop runs while they wait.
class Host {
 public:
  explicit Host(ListenSocket socket, Options options = {})
      : server_(std::move(options), storage_, {}, log_, random_seed()),
        loop_(server_),
        listener_(std::make_unique<Listener>(loop_.uv(), std::move(socket), "Client", log_,
                                             [this](AcceptedSocket accepted) {
                                               TcpLink::adopt(loop_, std::move(accepted), doorway_);
                                             })) {
    std::signal(SIGPIPE, SIG_IGN);
  }

  Loop& loop() { return loop_; }
  Server& server() { return server_; }
  const ListenSocket& socket() const { return listener_->socket(); }
  void stop_listening() { listener_.reset(); }

  // Turns the loop until `is_done`, which is asked after each turn; false if it never is.
  template <class Condition>
  bool run_until(Condition is_done) {
    const uint64_t end = uv_hrtime() / 1'000'000 + kPatienceMs;
    bool done = false;
    while (!done && uv_hrtime() / 1'000'000 < end) {
      loop_.run_once();
      done = is_done();
    }
    return done;
  }

 private:
  NoLog log_;
  Doorway doorway_;
  MemoryStorage storage_{0};
  Server server_;
  Loop loop_;
  std::unique_ptr<Listener> listener_;
};

class Client {
 public:
  explicit Client(Host& host) : host_(host) {
    const ListenSocket& to = host.socket();
    if (to.kind() == LinkKind::kUnix) {
      socket_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      std::strncpy(address.sun_path, to.address().c_str(), sizeof address.sun_path - 1);
      connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    } else {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(static_cast<uint16_t>(to.port()));
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
      connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
  }
  ~Client() { close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  void finish_sending() { shutdown(socket_, SHUT_WR); }

  // The loop takes it while it is sent, however much it is.
  bool send(std::string_view bytes) {
    return host_.run_until([&] {
      const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (size > 0) bytes.remove_prefix(static_cast<size_t>(size));
      return bytes.empty();
    });
  }
  bool hears(std::string_view text) {
    return host_.run_until([&] {
      read_some();
      return heard_.find(text) != std::string::npos;
    });
  }
  bool hears_bytes(size_t size) {
    return host_.run_until([&] {
      read_some();
      return heard_.size() >= size;
    });
  }
  bool is_closed_by_host() {
    return host_.run_until([&] {
      read_some();
      return has_ended_;
    });
  }
  const std::string& heard() const { return heard_; }

 private:
  void connect_to(const sockaddr* address, socklen_t size) {
    if (connect(socket_, address, size) != 0) std::abort();
  }
  void read_some() {
    char block[64 * 1024];
    ssize_t size = 0;
    while ((size = recv(socket_, block, sizeof block, MSG_DONTWAIT)) > 0) {
      heard_.append(block, static_cast<size_t>(size));
    }
    if (size == 0 || (errno != EAGAIN && errno != EINTR)) has_ended_ = true;
  }

  Host& host_;
  int socket_ = -1;
  bool has_ended_ = false;
  std::string heard_;
};

constexpr char kConnect[] = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";

ListenSocket loopback() {
  Result<ListenSocket> socket = ListenSocket::tcp({"127.0.0.1", 0});
  REQUIRE(socket.ok());
  REQUIRE(socket.value().listen().ok());
  return std::move(socket.value());
}

}  // namespace

TEST_CASE("Loop: a TCP client is welcomed and answered") {
  Host host(loopback());
  Client client(host);
  CHECK(client.hears("INFO {"));
  CHECK(client.send(std::string(kConnect) + "PING\r\n"));
  CHECK(client.hears("PONG\r\n"));
  CHECK(host.server().connections() == 1);
}

TEST_CASE("Loop: the any-address takes IPv4 clients and shows them as such") {
  Result<ListenSocket> socket = ListenSocket::tcp({"0.0.0.0", 0});
  REQUIRE(socket.ok());
  REQUIRE(socket.value().listen().ok());
  Host host(std::move(socket.value()));
  Client client(host);
  CHECK(client.hears("\"client_ip\":\"127.0.0.1\""));
}

TEST_CASE("Loop: a unix-domain client is welcomed and answered, and the socket file goes") {
  const TemporaryFolder folder;
  const std::string path = folder.file("socket");
  {
    Result<ListenSocket> socket = ListenSocket::unix_domain(path);
    REQUIRE(socket.ok());
    Host host(std::move(socket.value()));
    Client client(host);
    CHECK(client.send(std::string(kConnect) + "PING\r\n"));
    CHECK(client.hears("PONG\r\n"));
    CHECK_FALSE(ListenSocket::unix_domain(path).ok());
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("Loop: an abandoned socket file is replaced, another file never") {
  const TemporaryFolder folder;
  const std::string path = folder.file("socket");
  const int abandoned = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  REQUIRE(bind(abandoned, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  close(abandoned);
  CHECK(ListenSocket::unix_domain(path).ok());

  {
    FILE* file = std::fopen(path.c_str(), "w");
    std::fclose(file);
  }
  CHECK_FALSE(ListenSocket::unix_domain(path).ok());
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("Loop: a peer that closed its side still gets the answers to what it sent") {
  Host host(loopback());
  Client client(host);
  CHECK(client.send(std::string(kConnect) + "SUB a 1\r\nPUB a 2\r\nhi\r\nPING\r\n"));
  client.finish_sending();
  CHECK(client.is_closed_by_host());
  CHECK(client.heard().find("MSG a 1 2\r\nhi\r\nPONG\r\n") != std::string::npos);
  CHECK(host.server().is_empty());
}

// A peer that closed its side with more to come than the kernel takes: its link is still there.
class Hoarder {
 public:
  explicit Hoarder(Host& host) : client(host) {
    CHECK(client.send(std::string(kConnect) + "SUB a 1\r\nPING\r\n"));
    CHECK(client.hears("PONG\r\n"));
    Client publisher(host);
    const std::string publish = "PUB a 1000000\r\n" + std::string(1'000'000, 'x') + "\r\n";
    for (int count = 0; count < 16; ++count) CHECK(publisher.send(publish));
    publisher.close();
    client.finish_sending();
    CHECK(host.run_until([&] { return host.server().is_empty(); }));
    CHECK(host.loop().links() == 1);
  }

  Client client;
};

TEST_CASE("Loop: a peer that closed its side and then resets leaves nothing behind") {
  Host host(loopback());
  Hoarder hoarder(host);
  hoarder.client.reset();
  CHECK(host.run_until([&] { return host.loop().links() == 0; }));
}

TEST_CASE("Loop: a peer that closed its side and does not read is given up") {
  Host host(loopback());
  host.loop().set_linger(milliseconds(50));
  const Hoarder hoarder(host);
  CHECK(host.run_until([&] { return host.loop().links() == 0; }));
}

TEST_CASE("Loop: an error reaches the peer before the close, unread input or not") {
  Host host(loopback());
  Client client(host);
  CHECK(client.hears("INFO {"));
  CHECK(client.send("CONNECT {}\r\nNONSENSE\r\n" + std::string(100'000, 'x')));
  CHECK(client.is_closed_by_host());
  CHECK(client.heard().find("-ERR 'Unknown Protocol Operation'\r\n") != std::string::npos);
}

TEST_CASE("Loop: what a socket does not take at once arrives whole and in order") {
  Host host(loopback());
  Client subscriber(host);
  Client publisher(host);
  CHECK(subscriber.send(std::string(kConnect) + "SUB big 1\r\nPING\r\n"));
  CHECK(subscriber.hears("PONG\r\n"));
  const size_t before = subscriber.heard().size();
  std::string wanted;
  CHECK(publisher.send(kConnect));
  for (char letter = 'a'; letter < 'a' + 16; ++letter) {
    const std::string payload(1'000'000, letter);
    CHECK(publisher.send("PUB big 1000000\r\n" + payload + "\r\n"));
    wanted += "MSG big 1 1000000\r\n" + payload + "\r\n";
  }
  CHECK(subscriber.hears_bytes(before + wanted.size()));
  CHECK(subscriber.heard().substr(before) == wanted);
}

TEST_CASE("Loop: peers that reset at any moment harm nobody else") {
  Host host(loopback());
  Client steady(host);
  CHECK(steady.send(std::string(kConnect) + "SUB > 1\r\nPING\r\n"));
  CHECK(steady.hears("PONG\r\n"));
  const std::string_view moments[] = {"", "CONN", "CONNECT {}\r\nSUB > 1\r\nPUB a 10\r\n12345",
                                      "CONNECT {}\r\nSUB > 1\r\nPUB a 2\r\nhi\r\nPING\r\n"};
  for (int round = 0; round < 20; ++round) {
    for (const std::string_view moment : moments) {
      Client other(host);
      CHECK(other.send(moment));
      if (round % 2 == 0) host.loop().run_once();
      other.reset();
    }
  }
  CHECK(steady.send("PUB last 3\r\nend\r\nPING\r\n"));
  CHECK(steady.hears("MSG last 1 3\r\nend\r\nPONG\r\n"));
  CHECK(host.run_until([&] { return host.server().connections() == 1; }));
}

TEST_CASE("Loop: a password is verified off the loop and the answer comes back") {
  Options options;
  options.authorization.user = "u";
  options.authorization.password = "$2a$04$D1re6/NFQQ2hF5Dc0KIkDeMrJQOZKlspdBfr9Ek9aQhp4UK4PedfW";
  Host host(loopback(), options);
  Client right(host);
  CHECK(right.send("CONNECT {\"verbose\":false,\"user\":\"u\",\"pass\":\"s3cret\"}\r\nPING\r\n"));
  CHECK(right.hears("PONG\r\n"));
  Client wrong(host);
  CHECK(wrong.send("CONNECT {\"verbose\":false,\"user\":\"u\",\"pass\":\"wrong\"}\r\nPING\r\n"));
  CHECK(wrong.hears("-ERR 'Authorization Violation'\r\n"));
  CHECK(wrong.is_closed_by_host());
}

TEST_CASE("Loop: a shutdown flushes what is queued, closes all and ends") {
  Host host(loopback());
  Client one(host);
  Client other(host);
  CHECK(one.send(std::string(kConnect) + "PING\r\n"));
  CHECK(other.send(kConnect));
  CHECK(one.hears("PONG\r\n"));
  host.stop_listening();
  host.loop().shut_down(kPatienceMs);
  host.loop().run();
  CHECK(one.is_closed_by_host());
  CHECK(other.is_closed_by_host());
}

}  // namespace myelin
