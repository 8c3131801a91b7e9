#include "core/config/websocket.h"

#include <catch2/catch.hpp>

#include "core/config/reload.h"

namespace myelin {
namespace {

Config completed(const std::string& text) {
  auto config = parse_config_text(text, "f.conf", ConfigSources{});
  INFO(text);
  INFO((config ? "" : to_string(config.error())));
  REQUIRE(config);
  const Status status = complete(config.value());
  INFO((status ? "" : status.error().context));
  REQUIRE(status);
  return std::move(config.value());
}
Config with_block(const std::string& block) {
  return completed("websocket { port: 8080, no_tls: true, " + block + " }");
}

// Of the file, or of the whole.
std::string mistake_of(const std::string& text) {
  auto config = parse_config_text(text, "f.conf", ConfigSources{});
  if (!config) return to_string(config.error());
  const Status status = complete(config.value());
  return status ? "" : status.error().context;
}
std::string mistake_in(const std::string& block) {
  return mistake_of("websocket { port: 8080, no_tls: true, " + block + " }");
}

constexpr char kUsers[] = "authorization { users: [ {user: a, password: b} ] }\n";

TEST_CASE("WebSocket block: without a port nothing is opened") {
  CHECK_FALSE(completed("ws {}").daemon.websocket);
  CHECK_FALSE(completed("ws { compression: true, jwt_cookie: x }").options.websocket);
  CHECK_FALSE(completed("ws { port: 0 }").daemon.websocket);
}

TEST_CASE("WebSocket block: listen, or host and port") {
  CHECK(completed("ws { listen: 'h:1', no_tls: true }").daemon.websocket->address ==
        ListenAddress{"h", 1});
  CHECK(completed("ws { port: -1, no_tls: true }").daemon.websocket->address ==
        ListenAddress{"0.0.0.0", 0});
  const Config config = completed("ws { host: h, port: 5, no_tls: true }");
  CHECK(config.options.websocket->host == "h");
  CHECK(config.options.websocket->port == 5);
  CHECK_FALSE(config.options.websocket->tls_required);
}

TEST_CASE("WebSocket block: every key is read") {
  const Config config = with_block(
      "same_origin: true, allowed_origins: ['http://a', 'https://b:1'], compression: true, "
      "handshake_timeout: 3, user_cookie: u, pass_cookie: p, token_cookie: t, ping_interval: '5s', "
      "headers { X-B: two, X-A: one }, authorization { user: me, pass: secret, timeout: 4 }");
  const WebSocketListenOptions& listen = *config.daemon.websocket;
  CHECK(listen.same_origin);
  CHECK(listen.allowed_origins == std::vector<std::string>{"http://a", "https://b:1"});
  CHECK(listen.compression);
  CHECK(listen.handshake_timeout == seconds(3));
  CHECK(listen.user_cookie == "u");
  CHECK(listen.pass_cookie == "p");
  CHECK(listen.token_cookie == "t");
  CHECK(listen.headers ==
        std::vector<std::pair<std::string, std::string>>{{"X-A", "one"}, {"X-B", "two"}});
  const WebSocketOptions& server = *config.options.websocket;
  CHECK(server.ping_interval == seconds(5));
  CHECK(server.authorization.user == "me");
  CHECK(server.authorization.password == "secret");
  CHECK(server.authorization.timeout == seconds(4));
  CHECK(completed(kUsers + std::string("ws { port: 1, no_tls: true, no_auth_user: a }"))
            .options.websocket->authorization.no_auth_user == "a");
}

TEST_CASE("WebSocket block: TLS is a must unless it is declined") {
  CHECK(mistake_of("ws { port: 1 }") == "websocket requires TLS configuration");
}

TEST_CASE("WebSocket block: contradictions are refused in nats-server's words") {
  CHECK(mistake_in("allowed_origins: 'example.com'") ==
        "unable to parse allowed origin: parse \"example.com\": invalid URI for request");
  CHECK(mistake_in("allowed_origins: 'ftp://a'") ==
        "unable to parse allowed origin \"ftp://a\": allowed origins must be absolute URLs with "
        "http or https scheme");
  CHECK(mistake_in("allowed_origins: 'http://'") ==
        "unable to parse allowed origin \"http://\": host is required");
  CHECK(mistake_in("no_auth_user: a") ==
        "no_auth_user: \"a\" present, but users/nkeys are not defined");
  CHECK(mistake_of(kUsers + std::string("ws { port: 1, no_tls: true, no_auth_user: x }")) ==
        "no_auth_user: \"x\" not present as user or nkey in authorization block or account "
        "configuration");
  CHECK(mistake_of(kUsers + std::string("ws { port: 1, no_tls: true, authorization {user: x} }")) ==
        "websocket authentication username not compatible with presence of users/nkeys");
  CHECK(
      mistake_of(kUsers + std::string("ws { port: 1, no_tls: true, authorization {token: x} }")) ==
      "websocket authentication token not compatible with presence of users/nkeys");
  CHECK(mistake_in("jwt_cookie: j") ==
        "trusted operators or trusted keys configuration is required for JWT authentication via "
        "cookie \"j\"");
  CHECK(mistake_in("headers { Host: x }") == "websocket: invalid header \"Host\" not allowed");
  CHECK(mistake_in("headers { Sec-WebSocket-Accept: x }") ==
        "websocket: invalid header \"Sec-WebSocket-Accept\", \"Sec-WebSocket-\" prefix not "
        "allowed");
}

TEST_CASE("WebSocket block: nothing in it can change while the server runs, but certificates") {
  const auto change = [](const std::string& before, const std::string& after) {
    const auto changes = reload_changes(running(completed(before)), completed(after));
    return changes.ok() ? "" : changes.error().context;
  };
  const std::string block = "ws { port: 1, no_tls: true }";
  const std::string refusal = "config reload not supported for Websocket";
  CHECK(change(block, block).empty());
  CHECK(change(block, "ws { port: -1, no_tls: true }").empty());
  CHECK(change(block, "") == refusal);
  CHECK(change("", block) == refusal);
  CHECK(change(block, "ws { port: 2, no_tls: true }") == refusal);
  CHECK(change(block, "ws { port: 1, no_tls: true, same_origin: true }") == refusal);
  CHECK(change(block, "ws { port: 1, no_tls: true, authorization { token: t } }") == refusal);
  const std::string tls = "ws { port: 1, tls { cert_file: a, key_file: b } }";
  CHECK(change(tls, "ws { port: 1, tls { cert_file: c, key_file: d } }").empty());
}

}  // namespace
}  // namespace myelin
