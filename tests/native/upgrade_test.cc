#include "hosts/websocket/upgrade.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

Headers usual() {
  return {{"Host", "here:80"},
          {"Upgrade", "websocket"},
          {"Connection", "keep-alive, Upgrade"},
          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
          {"Sec-WebSocket-Version", "13"}};
}
Headers with(const std::string& name, const std::string& value) {
  Headers headers = usual();
  std::erase_if(headers, [&](const auto& header) { return header.first == name; });
  if (!value.empty()) headers.emplace_back(name, value);
  return headers;
}
std::string request(const Headers& headers, const std::string& line = "GET / HTTP/1.1") {
  std::string text = line + "\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

// "101", or the status and what the log says.
std::string verdict(const std::string& text, const WebSocketListenOptions& options = {},
                    UpgradeAccepted* accepted = nullptr) {
  Upgrade upgrade;
  const Upgrade::Progress progress = upgrade.take(text);
  if (progress == Upgrade::Progress::kMore) return "more";
  if (progress == Upgrade::Progress::kComplete && upgrade.judge(UpgradeRules(options))) {
    if (accepted != nullptr) *accepted = upgrade.accepted();
    return "101";
  }
  const UpgradeRefusal& refusal = upgrade.refusal();
  const std::string status = refusal.response.empty() ? "" : refusal.response.substr(9, 3);
  return status + (refusal.log.empty() ? "" : " " + refusal.log);
}

}  // namespace

TEST_CASE("Upgrade: a request may come in pieces, and nothing behind it") {
  const std::string text = request(usual());
  Upgrade upgrade;
  for (size_t at = 0; at + 1 < text.size(); ++at) {
    REQUIRE(upgrade.take(text.substr(at, 1)) == Upgrade::Progress::kMore);
  }
  CHECK(upgrade.take("\n") == Upgrade::Progress::kComplete);
  CHECK(verdict(text + "x") == " client sent data before handshake is complete");
}

TEST_CASE("Upgrade: what is no HTTP is answered as Go's net/http does") {
  CHECK(verdict("GARBAGE\r\n\r\n") == "400");
  CHECK(verdict(request({}, "GET / HTTP/1.1")) == "400");
  CHECK(verdict(request({{"Host", "a"}, {"Host", "b"}})) == "400");
  CHECK(verdict(request(usual(), "GET / HTTP/2.0")) == "505");
  CHECK(verdict(request(with("X", std::string(Upgrade::kRequestMax, 'x')))) == "431");
  CHECK(verdict(std::string(Upgrade::kRequestMax + 1, 'x')) == "431");
  CHECK(verdict(request(with("Content-Length", "3")) + "abc") == "400");
}

TEST_CASE("Upgrade: nats-server's checks, in its order and words") {
  CHECK(verdict(request(usual())) == "101");
  CHECK(verdict(request(usual(), "GET /any/path?x HTTP/1.0")) == "101");
  CHECK(verdict(request(usual(), "POST / HTTP/1.1")) == "405 request method must be GET");
  CHECK(verdict(request(usual(), "GET /mqtt HTTP/1.1")) ==
        "404 mqtt websocket endpoint not enabled");
  CHECK(verdict(request(with("Upgrade", ""))) == "400 invalid value for header 'Upgrade'");
  CHECK(verdict(request(with("Connection", "close"))) ==
        "400 invalid value for header 'Connection'");
  CHECK(verdict(request(with("Sec-WebSocket-Key", ""))) == "400 key missing");
  CHECK(verdict(request(with("Sec-WebSocket-Key", "abc"))) == "400 invalid websocket key");
  CHECK(verdict(request(with("Sec-WebSocket-Version", "8"))) == "400 invalid version");
}

TEST_CASE("Upgrade: an Origin must be one that may come") {
  WebSocketListenOptions same;
  same.same_origin = true;
  CHECK(verdict(request(usual()), same) == "101");
  CHECK(verdict(request(with("Origin", "http://HERE")), same) == "101");
  CHECK(verdict(request(with("Origin", "https://here")), same) ==
        "403 origin not allowed: not same origin");
  CHECK(verdict(request(with("Origin", "http://here:81")), same) ==
        "403 origin not allowed: not same origin");
  CHECK(verdict(request(with("Origin", "null")), same) ==
        "403 origin not allowed: parse \"null\": invalid URI for request");
  WebSocketListenOptions listed;
  listed.allowed_origins = {"https://a.example", "http://b.example:8080"};
  CHECK(verdict(request(with("Origin", "https://a.example:443")), listed) == "101");
  CHECK(verdict(request(with("Origin", "http://b.example:8080")), listed) == "101");
  CHECK(verdict(request(with("Origin", "http://a.example")), listed) ==
        "403 origin not allowed: not in the allowed list");
  CHECK(verdict(request(with("Origin", "http://[::1]:8080")), listed) ==
        "403 origin not allowed: not in the allowed list");
}

TEST_CASE("Upgrade: what the request says of the client") {
  WebSocketListenOptions options;
  options.user_cookie = "u";
  options.pass_cookie = "p";
  options.token_cookie = "t";
  Headers headers = with("Cookie", "a=b; u=me; p=\"se=cret\"; t=tok");
  headers.emplace_back("X-Forwarded-For", "1.2.3.4");
  headers.emplace_back("User-Agent", "Mozilla/5.0 (X) Version/17 Safari/605");
  headers.emplace_back("Sec-WebSocket-Extensions", "foo, permessage-deflate; x=1");
  UpgradeAccepted accepted;
  REQUIRE(verdict(request(headers), options, &accepted) == "101");
  CHECK(accepted.cookies.user == "me");
  CHECK(accepted.cookies.password == "se=cret");
  CHECK(accepted.cookies.token == "tok");
  CHECK(accepted.cookies.jwt.empty());
  CHECK(accepted.forwarded_for == "1.2.3.4");
  CHECK(accepted.is_browser);
  CHECK_FALSE(accepted.fragments_compressed);
  CHECK_FALSE(accepted.compresses);
  options.compression = true;
  REQUIRE(verdict(request(headers), options, &accepted) == "101");
  CHECK(accepted.compresses);
  REQUIRE(verdict(request(with("X-Forwarded-For", "1.2.3.4, 5.6.7.8")), {}, &accepted) == "101");
  CHECK(accepted.forwarded_for.empty());
  REQUIRE(verdict(request(usual(), "GET /leafnode HTTP/1.1"), {}, &accepted) == "101");
  CHECK(accepted.is_leaf_node);
}

}  // namespace myelin
