// What a reload does to a log-in that waits for its host: an old answer must not count for what is
// configured now, nor refer to whom that configured before.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/base/text.h"
#include "core/identity/nkey.h"
#include "core/limits.h"
#include "tests/unit/server_bench.h"

namespace myelin {
namespace {

constexpr const char* kHash = "$2b$10$abcdefghijklmnopqrstuuK1yMxkzdzfVgkGv4gQ1r2bJh6Kq1eYm";

std::string key_of(NkeyKind kind, char name) { return encode_nkey(kind, std::string(32, name)); }

// Whoever signs, the host is asked; here it is the test that says whether that was good.
Codecs all_alike() {
  Codecs codecs;
  const auto public_key = [](std::string_view) -> std::optional<std::string> {
    return std::string(32, 's');
  };
  codecs.keys.ed25519_public_key = codecs.keys.x25519_public_key = public_key;
  codecs.keys.sign_ed25519 = [](std::string_view, std::string_view) -> std::optional<std::string> {
    return std::string(64, 'x');
  };
  codecs.keys.verify_ed25519 = [](std::string_view, std::string_view, std::string_view) {
    return true;
  };
  return codecs;
}

std::string token(const std::string& claims) {
  return base64_url(R"({"typ":"JWT","alg":"ed25519-nkey"})") + '.' + base64_url(claims) + '.' +
         base64_url(std::string(64, 'x'));
}

struct Host : Bench {
  explicit Host(Options options) : Bench(std::move(options), all_alike()) {
    now.wall = {1'000'000'000};
  }

  ClientId open() { return Bench::open(Peer{.nonce = "nonce"}); }
  void answer(const std::string& good) {
    REQUIRE(tasks.size() == 1);
    const Task task = tasks[0];
    tasks.clear();
    server.done(now, task.id, good);
    drain();
  }
};

std::string between(const std::string& text, const std::string& before, char end) {
  const size_t at = text.find(before);
  REQUIRE(at != std::string::npos);
  return text.substr(at + before.size(), text.find(end, at + before.size()) - at - before.size());
}

// Asked about somebody, the service makes him a user of APP: what it publishes.
std::string service_lets_in(const std::string& request, const std::string& issuer) {
  const std::string inbox = between(request, "MSG $SYS.REQ.USER.AUTH 1 ", ' ');
  const std::string jwt = request.substr(request.find("\r\n") + 2);
  const std::string claims = decode_base64_url(between(jwt, ".", '.')).value();
  const std::string user_nkey = between(claims, "\"user_nkey\":\"", '"');
  const std::string about = "\"iss\":\"" + issuer + "\",\"sub\":\"" + user_nkey + "\",\"aud\":\"";
  const std::string user = token("{" + about + "APP\",\"nats\":{\"type\":\"user\",\"version\":2}}");
  const std::string answer =
      token("{" + about + between(claims, "\"iss\":\"", '"') + "\",\"nats\":{\"jwt\":\"" + user +
            "\",\"type\":\"authorization_response\",\"version\":2}}");
  return "PUB " + inbox + " " + std::to_string(answer.size()) + "\r\n" + answer + "\r\n";
}

}  // namespace

TEST_CASE("Client: a second CONNECT of whom a service let in is judged anew after a reload") {
  const std::string issuer = key_of(NkeyKind::kAccount, 'i');
  Options options;
  options.accounts = {{.name = "AUTH"}, {.name = "APP"}};
  options.authorization.users = {{.user = "auth", .password = "a", .account = "AUTH"},
                                 {.user = "ann", .password = kHash, .account = "APP"}};
  options.authorization.callout =
      AuthCalloutOptions{.issuer = issuer, .account = "AUTH", .auth_users = {"auth"}};
  Host host(options);
  const ClientId service = host.open();
  const std::string quiet = "\",\"verbose\":false}\r\n";
  host.say(service,
           "CONNECT {\"user\":\"auth\",\"pass\":\"a" + quiet + "SUB $SYS.REQ.USER.AUTH 1\r\n");
  const ClientId client = host.open();
  host.heard.clear();
  host.say(client, "CONNECT {\"user\":\"bob\",\"pass\":\"b" + quiet);
  host.say(service, service_lets_in(host.heard[service.value], issuer));
  host.answer("11");
  REQUIRE(host.say(client, "PING\r\n") == "PONG\r\n");

  host.say(client, "CONNECT {\"user\":\"ann\",\"pass\":\"x" + quiet);
  REQUIRE(host.tasks.size() == 1);
  const TaskId before = host.tasks[0].id;
  host.server.reload(host.now, options);
  host.drain();
  REQUIRE(host.tasks.size() == 1);
  CHECK(host.tasks[0].id.value != before.value);
  host.heard.clear();
  host.answer("1");
  CHECK(host.heard[service.value].find("MSG $SYS.REQ.USER.AUTH 1 ") == 0);
}

TEST_CASE("Client: an account is not looked up for who has given up") {
  Options options;
  options.operators = OperatorOptions{.trusted_keys = {key_of(NkeyKind::kOperator, 'o')},
                                      .resolver = ResolverKind::kFull};
  Host host(options);
  host.drain();
  host.tasks.clear();
  // Whoever has a key can sign for an account that nobody knows.
  const auto log_in = [&host](const std::string& account) {
    const std::string jwt =
        token("{\"iss\":\"" + account + "\",\"sub\":\"" + key_of(NkeyKind::kUser, 'u') +
              "\",\"nats\":{\"type\":\"user\",\"version\":2}}");
    const ClientId client = host.open();
    host.say(client, "CONNECT {\"jwt\":\"" + jwt + "\",\"sig\":\"x\"}\r\n");
    const Task verify = host.tasks.back();
    REQUIRE(std::holds_alternative<VerifyEd25519>(verify.work));
    host.tasks.pop_back();
    host.server.done(host.now, verify.id, std::string("1"));
    host.drain();
  };
  const auto account = [](size_t number) {
    std::string key(32, 'a');
    key[0] = static_cast<char>(number % 256);
    key[1] = static_cast<char>(number / 256);
    return encode_nkey(NkeyKind::kAccount, key);
  };
  for (size_t number = 0; number < kAccountFetchesMax + 3; ++number) log_in(account(number));
  REQUIRE(host.tasks.size() == kAccountFetchesMax);
  host.now.mono = host.now.mono + seconds(5);
  host.server.advance(host.now);
  host.drain();
  const std::string last = account(kAccountFetchesMax + 3);
  log_in(last);
  REQUIRE(host.tasks.size() == kAccountFetchesMax);
  host.server.done(host.now, host.tasks.front().id, std::string());
  host.drain();
  REQUIRE(host.tasks.size() == kAccountFetchesMax + 1);
  CHECK(std::get<FetchAccountJwt>(host.tasks.back().work).account == last);
}

TEST_CASE("Client: a proxy is not taken for another one that a reload puts in its place") {
  const std::string gone = key_of(NkeyKind::kUser, 'g');
  const std::string stays = key_of(NkeyKind::kUser, 's');
  Options options;
  options.operators = OperatorOptions{.trusted_keys = {key_of(NkeyKind::kOperator, 'o')}};
  options.trusted_proxies = {gone, stays};
  Host host(options);
  const ClientId client = host.open();
  host.say(client, "CONNECT {\"proxy_sig\":\"" + base64_url(std::string(64, 'x')) + "\"}\r\n");
  REQUIRE(host.tasks.size() == 1);
  REQUIRE(std::get<VerifyEd25519>(host.tasks[0].work).checks.size() == 2);
  options.trusted_proxies = {stays};
  host.server.reload(host.now, options);
  host.drain();
  REQUIRE(host.tasks.size() == 1);
  CHECK(std::get<VerifyEd25519>(host.tasks[0].work).checks.size() == 1);
}

}  // namespace myelin
