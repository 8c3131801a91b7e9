#include "hosts/native/account_resolver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "core/base/text.h"
#include "tests/native/temporary_folder.h"

using namespace myelin;

namespace {

std::string account(char last) { return "A" + std::string(54, 'B') + last; }

// Answers of Tasks, waited for.
class Answers {
 public:
  AccountResolver::Finish finish() {
    return [this](TaskId id, TaskAnswer answer) {
      const std::lock_guard lock(mutex_);
      answers_.emplace(id.value, std::move(answer));
      came_.notify_all();
    };
  }
  TaskAnswer of(uint64_t id) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return answers_.count(id) > 0; });
    return answers_.at(id);
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::map<uint64_t, TaskAnswer> answers_;
};

// A server of HTTP that answers by what stands behind the last slash: "" and "ok" with 200, "huge"
// with too much, "hang" never, and anything else with 404.
class Site {
 public:
  Site() {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(socket_, 16) == 0);
    REQUIRE(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Site() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
    for (const int hanging : hanging_) close(hanging);
  }
  std::string url() const {
    return "http://user:secret@127.0.0.1:" + decimal(port_) + "/jwt/v1/accounts";
  }

 private:
  void serve() {
    for (;;) {
      const int link = accept(socket_, nullptr, nullptr);
      if (link < 0) return;
      char request[4096];
      const ssize_t size = read(link, request, sizeof request);
      const std::string line(request, static_cast<size_t>(std::max<ssize_t>(size, 0)));
      const std::string path = line.substr(0, line.find(" HTTP"));
      const std::string name = path.substr(path.rfind('/') + 1);
      if (name == "hang") {
        hanging_.push_back(link);
        continue;
      }
      const bool is_found = name.empty() || name == "ok" || name == "huge";
      const std::string body = name == "huge" ? std::string(2'000'000, 'x') : "jwt of " + name;
      std::string answer = is_found ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 404 Not Found\r\n";
      answer +=
          "Connection: close\r\nContent-Length: " + decimal(static_cast<int64_t>(body.size())) +
          "\r\n\r\n" + body;
      size_t sent = 0;
      while (sent < answer.size()) {
        const ssize_t count = send(link, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<size_t>(count);
      }
      close(link);
    }
  }

  int socket_ = -1;
  int port_ = 0;
  std::vector<int> hanging_;
  std::thread thread_;
};

}  // namespace

TEST_CASE(
    "AccountResolver: a directory keeps, lists and forgets claims in the order it is asked to") {
  const TemporaryFolder folder;
  auto opened = AccountResolver::open(ResolverKind::kFull, {.dir = folder.path().string()});
  REQUIRE(opened.ok());
  AccountResolver& resolver = *opened.value();
  CHECK(resolver.fetch_now(account('C')).value().empty());
  Answers answers;
  REQUIRE(resolver.start(answers.finish()).ok());
  resolver.submit({TaskId{1}, StoreAccountJwt{account('C'), "one"}});
  resolver.submit({TaskId{2}, StoreAccountJwt{account('C'), "one"}});
  resolver.submit({TaskId{3}, FetchAccountJwt{account('C')}});
  resolver.submit({TaskId{4}, ListAccountJwts{.after = "", .size_max = 1000}});
  resolver.submit({TaskId{5}, DeleteAccountJwt{account('C')}});
  resolver.submit({TaskId{6}, FetchAccountJwt{account('C')}});
  CHECK(answers.of(1).value() == "1");
  CHECK(answers.of(2).value().empty());
  CHECK(answers.of(3).value() == "one");
  CHECK(answers.of(4).value() == account('C') + "|one\n");
  CHECK(answers.of(5).ok());
  CHECK(answers.of(6).value().empty());
}

TEST_CASE("AccountResolver: a URL is asked for each account, and who hangs delays no other") {
  Site site;
  Answers answers;
  auto opened =
      AccountResolver::open(ResolverKind::kUrl, {.url = site.url(), .timeout = seconds(1)});
  REQUIRE(opened.ok());
  AccountResolver& resolver = *opened.value();
  CHECK(resolver.fetch_now("ok").value() == "jwt of ok");
  REQUIRE(resolver.start(answers.finish()).ok());
  resolver.submit({TaskId{1}, FetchAccountJwt{"hang"}});
  resolver.submit({TaskId{2}, FetchAccountJwt{"ok"}});
  resolver.submit({TaskId{3}, FetchAccountJwt{"none"}});
  resolver.submit({TaskId{4}, FetchAccountJwt{"huge"}});
  resolver.submit({TaskId{5}, StoreAccountJwt{account('C'), "one"}});
  CHECK(answers.of(2).value() == "jwt of ok");
  REQUIRE_FALSE(answers.of(3).ok());
  CHECK(answers.of(3).error().context.find(">: 404") != std::string::npos);
  CHECK(answers.of(3).error().context.find("secret") == std::string::npos);
  CHECK_FALSE(answers.of(4).ok());
  CHECK_FALSE(answers.of(5).ok());
  REQUIRE_FALSE(answers.of(1).ok());
  CHECK(answers.of(1).error().context.find("secret") == std::string::npos);
}

TEST_CASE("AccountResolver: a URL where nobody is refuses the start") {
  const auto opened = AccountResolver::open(ResolverKind::kUrl,
                                            {.url = "http://127.0.0.1:9/", .timeout = seconds(1)});
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().context.find("could not fetch <\"http://127.0.0.1:9/\">") == 0);
}
