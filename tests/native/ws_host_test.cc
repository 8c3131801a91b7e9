#include "hosts/websocket/ws_host.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "core/storage/memory_storage.h"
#include "hosts/common/entropy.h"

namespace myelin {
namespace {

constexpr uint64_t kPatienceMs = 10'000;
constexpr char kUpgrade[] =
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
constexpr char kConnect[] = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";

class TestLog final : public Log {
 public:
  void write(LogLevel, std::string_view text) override { lines += std::string(text) + "\n"; }
  std::string lines;
};

Options server_options(Options options) {
  options.websocket.emplace();
  return options;
}

class Host {
 public:
  explicit Host(WebSocketListenOptions listen = {}, Options options = {})
      : server_(server_options(std::move(options)), storage_, {}, log_, random_seed()),
        loop_(server_),
        host_(std::make_unique<WsHost>(loop_, completions_, log_, listen, 1'000'000)) {
    std::signal(SIGPIPE, SIG_IGN);
    loop_.set_completions([this] { return completions_.poll(); });
  }
  ~Host() { host_.reset(); }

  // The other side of a new connection.
  int connect() {
    int sockets[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
    host_->adopt({.descriptor = sockets[0], .kind = LinkKind::kUnix, .address = "10.0.0.1"});
    return sockets[1];
  }
  Loop& loop() { return loop_; }
  Server& server() { return server_; }
  const std::string& log() const { return log_.lines; }

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
  TestLog log_;
  MemoryStorage storage_{0};
  Server server_;
  Completions completions_;
  Loop loop_;
  std::unique_ptr<WsHost> host_;
};

class Client {
 public:
  explicit Client(Host& host) : host_(host), socket_(host.connect()) {}
  ~Client() { ::close(socket_); }

  bool send(std::string_view bytes) {
    return host_.run_until([&] {
      const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (size > 0) bytes.remove_prefix(static_cast<size_t>(size));
      return bytes.empty();
    });
  }
  bool try_send(std::string_view& bytes) {
    const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size > 0) bytes.remove_prefix(static_cast<size_t>(size));
    return size > 0;
  }
  bool reads_until(size_t size) {
    return host_.run_until([&] {
      read_some();
      return heard_.size() >= size;
    });
  }
  // Masked by zeroes, so that it can be read here.
  bool send_frame(unsigned char first, std::string_view payload) {
    std::string frame(1, static_cast<char>(first));
    const size_t size = payload.size();
    if (size < 126) {
      frame += static_cast<char>(0x80 | size);
    } else {
      frame += static_cast<char>(0x80 | 126);
      frame += static_cast<char>(size >> 8);
      frame += static_cast<char>(size & 0xff);
    }
    return send(frame + std::string(4, '\0') + std::string(payload));
  }
  bool upgrade(const std::string& extra = "") {
    return send(kUpgrade + extra + "\r\n") && hears("INFO ");
  }
  bool hears(std::string_view text) {
    return host_.run_until([&] {
      read_some();
      return heard_.find(text) != std::string::npos;
    });
  }
  bool is_closed() {
    return host_.run_until([&] {
      read_some();
      return has_ended_;
    });
  }
  const std::string& heard() const { return heard_; }

 private:
  void read_some() {
    char block[64 * 1024];
    ssize_t size = 0;
    while ((size = recv(socket_, block, sizeof block, MSG_DONTWAIT)) > 0) {
      heard_.append(block, static_cast<size_t>(size));
    }
    if (size == 0 || (errno != EAGAIN && errno != EINTR)) has_ended_ = true;
  }

  Host& host_;
  int socket_;
  bool has_ended_ = false;
  std::string heard_;
};

constexpr unsigned char kBinary = 0x82;
constexpr unsigned char kClose = 0x88;

std::string close_frame(uint16_t code, std::string_view reason) {
  return std::string("\x88") + static_cast<char>(2 + reason.size()) + static_cast<char>(code >> 8) +
         static_cast<char>(code & 0xff) + std::string(reason);
}

}  // namespace

TEST_CASE("WsHost: messages go from client to client, a frame for each drain") {
  Host host;
  Client subscriber(host);
  Client publisher(host);
  REQUIRE(subscriber.upgrade());
  REQUIRE(publisher.upgrade());
  REQUIRE(subscriber.send_frame(kBinary, std::string(kConnect) + "SUB a 1\r\nPING\r\n"));
  REQUIRE(subscriber.hears("\x82\x06PONG\r\n"));
  REQUIRE(publisher.send_frame(kBinary, kConnect));
  REQUIRE(publisher.send_frame(kBinary, "PUB a 2\r\nhi\r\nPUB a 3\r\nyou\r\n"));
  CHECK(subscriber.hears("\x82\x1fMSG a 1 2\r\nhi\r\nMSG a 1 3\r\nyou\r\n"));
}

TEST_CASE("WsHost: a refused request is answered, logged and ended") {
  Host host;
  Client client(host);
  REQUIRE(client.send("POST / HTTP/1.1\r\nHost: x\r\n\r\n"));
  REQUIRE(client.is_closed());
  CHECK_THAT(client.heard(), Catch::StartsWith("HTTP/1.1 405 Method Not Allowed\r\n") &&
                                 Catch::EndsWith("\r\n\r\nMethod Not Allowed\n"));
  CHECK(host.log() == "10.0.0.1:0 - websocket handshake error: request method must be GET\n");
  CHECK(host.server().is_empty());
}

TEST_CASE("WsHost: who does not ask in time is let go") {
  WebSocketListenOptions options;
  options.handshake_timeout = milliseconds(20);
  Host host(options);
  Client silent(host);
  Client half(host);
  REQUIRE(half.send("GET / HTTP/1.1\r\n"));
  CHECK(silent.is_closed());
  CHECK(half.is_closed());
}

TEST_CASE("WsHost: it may end while requests are awaited") {
  auto host = std::make_unique<Host>();
  const int socket = host->connect();
  host->loop().run_once();
  host.reset();
  ::close(socket);
}

TEST_CASE("WsHost: a close is echoed behind what was asked before") {
  Host host;
  Client client(host);
  REQUIRE(client.upgrade());
  REQUIRE(client.send_frame(kBinary, std::string(kConnect) + "PING\r\n"));
  REQUIRE(client.send_frame(kClose, std::string("\x03\xe8") + "bye"));
  REQUIRE(client.is_closed());
  CHECK_THAT(client.heard(), Catch::EndsWith("\x82\x06PONG\r\n" + close_frame(1000, "bye")));
  CHECK(host.run_until([&] { return host.server().is_empty(); }));
}

TEST_CASE("WsHost: a frame against the rules closes with the reason, which the log has too") {
  Host host;
  Client client(host);
  REQUIRE(client.upgrade());
  REQUIRE(client.send(std::string("\x82\x01x", 3)));
  REQUIRE(client.is_closed());
  CHECK_THAT(client.heard(), Catch::EndsWith(close_frame(1002, "mask bit missing")));
  CHECK_THAT(host.log(), Catch::Contains("wid:1 - read error: mask bit missing\n"));
}

TEST_CASE("WsHost: the Server's reasons are said in close frames") {
  Options options;
  options.max_payload = 10;
  Host host({}, options);
  Client client(host);
  REQUIRE(client.upgrade());
  REQUIRE(client.send_frame(kBinary, std::string(kConnect) + "PUB a 11\r\n"));
  REQUIRE(client.is_closed());
  CHECK_THAT(client.heard(),
             Catch::Contains("-ERR 'Maximum Payload Violation'\r\n") &&
                 Catch::EndsWith(close_frame(1009, "Maximum Message Payload Exceeded")));
  Client other(host);
  REQUIRE(other.upgrade());
  host.loop().shut_down(1000);
  REQUIRE(other.is_closed());
  CHECK_THAT(other.heard(), Catch::EndsWith(close_frame(1001, "Server Shutdown")));
}

TEST_CASE("WsHost: who says the last word and does not read what waits is given up") {
  Host host;
  host.loop().set_linger(milliseconds(50));
  Client publisher(host);
  REQUIRE(publisher.upgrade());
  REQUIRE(publisher.send_frame(kBinary, kConnect));
  const std::string publish = "PUB a 60000\r\n" + std::string(60'000, 'x') + "\r\n";
  for (const char* last_word : {"\x88\x80mask", "\x82\x06PING\r\n"}) {
    Client subscriber(host);
    REQUIRE(subscriber.upgrade());
    REQUIRE(subscriber.send_frame(kBinary, std::string(kConnect) + "SUB a 1\r\nPING\r\n"));
    REQUIRE(subscriber.hears("PONG\r\n"));
    for (int count = 0; count < 50; ++count) REQUIRE(publisher.send_frame(kBinary, publish));
    REQUIRE(subscriber.send(last_word));
    CHECK(host.run_until([&] { return host.loop().links() == 1; }));
  }
}

TEST_CASE("WsHost: a browser gets frames of 4096 bytes at most") {
  Host host;
  Client client(host);
  REQUIRE(client.upgrade("User-Agent: Mozilla/5.0\r\n"));
  const std::string payload(6000, 'x');
  REQUIRE(client.send_frame(kBinary, std::string(kConnect) + "SUB a 1\r\n"));
  REQUIRE(client.send_frame(kBinary, "PUB a 6000\r\n" + payload + "\r\n"));
  const std::string message = "MSG a 1 6000\r\n" + payload + "\r\n";
  const auto frame = [](const std::string& part) {
    return std::string("\x82\x7e") + static_cast<char>(part.size() >> 8) +
           static_cast<char>(part.size() & 0xff) + part;
  };
  CHECK(client.hears(frame(message.substr(0, 4096)) + frame(message.substr(4096))));
}

TEST_CASE("WsHost: large output is deflated for those who asked for it") {
  WebSocketListenOptions options;
  options.compression = true;
  Host host(options);
  Client client(host);
  REQUIRE(
      client.send(std::string(kUpgrade) + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"));
  REQUIRE(client.hears("\xc2"));  // INFO is long
  REQUIRE(client.send_frame(kBinary, std::string(kConnect) + "PING\r\n"));
  CHECK(client.hears("\x82\x06PONG\r\n"));
}

TEST_CASE("WsHost: who sends pings and reads nothing is no longer read") {
  Host host;
  Client client(host);
  REQUIRE(client.upgrade());
  // Far more pongs than the socket takes; none of them is kept by the host.
  const std::string ping = std::string("\x89\xfd\0\0\0\0", 6) + std::string(125, 'p');
  std::string pings;
  for (int count = 0; count < 400; ++count) pings += ping;
  size_t sent = 0;
  bool is_stuck = false;
  for (int round = 0; round < 200 && !is_stuck; ++round) {
    std::string_view left = pings;
    int idle_turns = 0;
    while (!left.empty() && !is_stuck) {
      const bool was_taken = client.try_send(left);
      host.loop().run_once();
      idle_turns = was_taken ? 0 : idle_turns + 1;
      is_stuck = idle_turns > 50;
    }
    sent += pings.size() - left.size();
  }
  CHECK(is_stuck);
  // Once it reads, every pong comes.
  const size_t whole = sent / ping.size();
  CHECK(client.reads_until(whole * 127));
}

TEST_CASE("WsHost: a slow reader is seen to read, and gets everything in order") {
  Host host;
  Client subscriber(host);
  Client publisher(host);
  REQUIRE(subscriber.upgrade());
  REQUIRE(publisher.upgrade());
  REQUIRE(subscriber.send_frame(kBinary, std::string(kConnect) + "SUB a 1\r\nPING\r\n"));
  REQUIRE(subscriber.hears("PONG\r\n"));
  REQUIRE(publisher.send_frame(kBinary, kConnect));
  std::string message = "PUB a 30000\r\n" + std::string(30000, 'y') + "\r\n";
  for (int count = 0; count < 100; ++count) REQUIRE(publisher.send_frame(kBinary, message));
  REQUIRE(publisher.send_frame(kBinary, "PUB a 4\r\nlast\r\n"));
  CHECK(subscriber.hears("MSG a 1 4\r\nlast\r\n"));
  CHECK(subscriber.heard().size() > 100 * 30000);
}

}  // namespace myelin
