#include "hosts/websocket/uv_stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <catch2/catch.hpp>
#include <csignal>

#include "core/storage/memory_storage.h"
#include "hosts/common/entropy.h"

namespace myelin {
namespace {

namespace http = boost::beast::http;
constexpr uint64_t kPatienceMs = 10'000;

class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

// Answers each request with its own body, as HTTP hosts do: one operation after the other.
class Echo final : private UvStream::Owner {
 public:
  Echo(Loop& loop, Completions& completions, int socket) : stream_(loop, completions, *this) {
    REQUIRE(stream_.attach({.descriptor = socket, .kind = LinkKind::kUnix}));
    read();
  }
  bool is_released() const { return is_released_; }
  UvStream& stream() { return stream_; }

 private:
  void read() {
    request_ = {};
    http::async_read(stream_, buffer_, request_, [this](boost::system::error_code error, size_t) {
      if (error) return stream_.close_when_written();
      response_ = {};
      response_.body() = request_.body();
      response_.prepare_payload();
      http::async_write(stream_, response_, [this](boost::system::error_code failed, size_t) {
        failed ? stream_.abort() : read();
      });
    });
  }
  void on_stream_released() override { is_released_ = true; }

  UvStream stream_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  bool is_released_ = false;
};

class Host {
 public:
  Host() : server_({}, storage_, {}, log_, random_seed()), loop_(server_) {
    std::signal(SIGPIPE, SIG_IGN);
    loop_.set_completions([this] { return completions_.poll(); });
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets_) == 0);
    echo_ = std::make_unique<Echo>(loop_, completions_, sockets_[0]);
  }
  ~Host() {
    if (!echo_->is_released()) echo_->stream().abort();
    run_until([&] { return echo_->is_released(); });
    close_peer();
  }

  Echo& echo() { return *echo_; }
  int peer() const { return sockets_[1]; }
  void close_peer() {
    if (sockets_[1] >= 0) ::close(std::exchange(sockets_[1], -1));
  }
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
  bool send(std::string_view bytes) {
    return run_until([&] {
      read_some();
      const ssize_t size = ::send(peer(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (size > 0) bytes.remove_prefix(static_cast<size_t>(size));
      return bytes.empty();
    });
  }
  bool hears_bytes(size_t size) {
    return run_until([&] {
      read_some();
      return heard_.size() >= size;
    });
  }
  const std::string& heard() const { return heard_; }

 private:
  void read_some() {
    char block[64 * 1024];
    ssize_t size = 0;
    while ((size = recv(peer(), block, sizeof block, MSG_DONTWAIT)) > 0) {
      heard_.append(block, static_cast<size_t>(size));
    }
  }

  NoLog log_;
  MemoryStorage storage_{0};
  Server server_;
  Completions completions_;
  Loop loop_;
  int sockets_[2] = {-1, -1};
  std::unique_ptr<Echo> echo_;
  std::string heard_;
};

std::string request_of(const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}
std::string response_of(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("UvStream: requests that come in one read are answered one by one") {
  Host host;
  REQUIRE(host.send(request_of("one") + request_of("two") + request_of("")));
  const std::string expected = response_of("one") + response_of("two") + response_of("");
  REQUIRE(host.hears_bytes(expected.size()));
  CHECK(host.heard() == expected);
}

TEST_CASE("UvStream: a request may come in pieces") {
  Host host;
  const std::string request = request_of("hello");
  for (const char& each : request) REQUIRE(host.send({&each, 1}));
  REQUIRE(host.hears_bytes(response_of("hello").size()));
  CHECK(host.heard() == response_of("hello"));
}

TEST_CASE("UvStream: what the kernel does not take at once is written later") {
  Host host;
  const std::string body(900'000, 'x');
  REQUIRE(host.send(request_of(body)));
  REQUIRE(host.hears_bytes(response_of(body).size()));
  CHECK(host.heard() == response_of(body));
}

TEST_CASE("UvStream: a peer that goes away ends its operations and releases the stream") {
  Host host;
  REQUIRE(host.send("POST / HTTP/1.1\r\nHo"));
  host.close_peer();
  CHECK(host.run_until([&] { return host.echo().is_released(); }));
}

TEST_CASE("UvStream: an abort ends a read that waits") {
  Host host;
  host.run_until([] { return true; });
  host.echo().stream().abort();
  CHECK(host.run_until([&] { return host.echo().is_released(); }));
}

}  // namespace myelin
