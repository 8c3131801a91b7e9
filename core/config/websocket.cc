#include "core/config/websocket.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/config/authorization.h"
#include "core/config/tls.h"
#include "core/config/users.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

constexpr int kNoPort = -1;

struct WebSocketDraft {
  WebSocketListenOptions listen{.address = {{}, kNoPort}};
  WebSocketOptions server;
};

template <std::string WebSocketListenOptions::*text>
void read_text(ConfigReader& reader, const ConfigMember& member, WebSocketDraft& to) {
  reader.read(member, to.listen.*text);
}

template <bool WebSocketListenOptions::*flag>
void read_flag(ConfigReader& reader, const ConfigMember& member, WebSocketDraft& to) {
  reader.read(member, to.listen.*flag);
}

void read_listen(ConfigReader& reader, const ConfigMember& member, WebSocketDraft& to) {
  reader.read_listen(member, kNoPort, to.listen.address);
}

void read_port(ConfigReader& reader, const ConfigMember& member, WebSocketDraft& to) {
  reader.read_port(member, kNoPort, to.listen.address.port);
}

void read_host(ConfigReader& reader, const ConfigMember& member, WebSocketDraft& to) {
  reader.read(member, to.listen.address.host);
}

void read_tls_block(ConfigReader& reader, const ConfigMember& member, WebSocketDraft& to) {
  read_tls(reader, member, to.listen.tls);
}

void read_origins(ConfigReader& reader, const ConfigMember& member, WebSocketDraft& to) {
  reader.read(member, to.listen.allowed_origins);
}

// Seconds, or a string.
void read_handshake_timeout(ConfigReader& reader, const ConfigMember& member, WebSocketDraft& to) {
  if (!member.value.is(Kind::kInt) && !member.value.is(Kind::kString)) {
    reader.error(member.value, std::string("error parsing handshake timeout: unsupported type ") +
                                   name_of(member.value.kind));
    return;
  }
  reader.read_timeout(member, Duration::zero(), to.listen.handshake_timeout);
}

void read_ping_interval(ConfigReader& reader, const ConfigMember& member, WebSocketDraft& to) {
  Duration interval{};
  reader.read_lenient(member, Duration::zero(), interval);
  to.server.ping_interval.reset();
  if (interval > Duration::zero()) to.server.ping_interval = interval;
}

void read_no_auth_user(ConfigReader& reader, const ConfigMember& member, WebSocketDraft& to) {
  reader.read(member, to.server.authorization.no_auth_user);
}

void read_headers(ConfigReader& reader, const ConfigMember& member, WebSocketDraft& to) {
  if (!reader.has_kind(member, Kind::kMap)) return;
  to.listen.headers.clear();
  for (const ConfigMember& header : member.value.members) {
    std::string value;
    reader.read(header, value);
    // Differs: nats-server sends what breaks the response.
    if (header.key.find_first_of("\r\n: ") != std::string::npos ||
        value.find_first_of("\r\n") != std::string::npos) {
      reader.error(header.value, "websocket: invalid header " + quoted(header.key));
    }
    to.listen.headers.emplace_back(header.key, std::move(value));
  }
  std::sort(to.listen.headers.begin(), to.listen.headers.end());
}

constexpr KnownKey<AuthorizationOptions> kWebSocketAuthorizationKeys[] = {
    {"user", [](ConfigReader& reader, const ConfigMember& member,
                AuthorizationOptions& to) { read_credential(reader, member, to.user); }},
    {"username", [](ConfigReader& reader, const ConfigMember& member,
                    AuthorizationOptions& to) { read_credential(reader, member, to.user); }},
    {"pass", [](ConfigReader& reader, const ConfigMember& member,
                AuthorizationOptions& to) { read_credential(reader, member, to.password); }},
    {"password", [](ConfigReader& reader, const ConfigMember& member,
                    AuthorizationOptions& to) { read_credential(reader, member, to.password); }},
    {"token", [](ConfigReader& reader, const ConfigMember& member,
                 AuthorizationOptions& to) { read_credential(reader, member, to.token); }},
    {"timeout",
     [](ConfigReader& reader, const ConfigMember& member, AuthorizationOptions& to) {
       reader.read_timeout(member, Duration::zero(), to.timeout);
     }},
};

void read_authorization(ConfigReader& reader, const ConfigMember& member, WebSocketDraft& to) {
  if (!reader.has_kind(member, Kind::kMap)) return;
  AuthorizationOptions& own = to.server.authorization;
  read_map(reader, member.value, kWebSocketAuthorizationKeys, own);
  // Differs: nats-server runs open on a password that nobody has.
  if (own.user.empty() && !own.password.empty()) {
    reader.error(member.value, "Cannot have a password without a user");
  }
}

constexpr KnownKey<WebSocketDraft> kWebSocketKeys[] = {
    {"listen", read_listen},
    {"port", read_port},
    {"host", read_host},
    {"net", read_host},
    {"advertise", read_text<&WebSocketListenOptions::advertise>},
    {"no_tls", read_flag<&WebSocketListenOptions::no_tls>},
    {"tls", read_tls_block},
    {"same_origin", read_flag<&WebSocketListenOptions::same_origin>},
    {"allowed_origins", read_origins},
    {"allowed_origin", read_origins},
    {"allow_origins", read_origins},
    {"allow_origin", read_origins},
    {"origins", read_origins},
    {"origin", read_origins},
    {"handshake_timeout", read_handshake_timeout},
    {"compress", read_flag<&WebSocketListenOptions::compression>},
    {"compression", read_flag<&WebSocketListenOptions::compression>},
    {"authorization", read_authorization},
    {"authentication", read_authorization},
    {"jwt_cookie", read_text<&WebSocketListenOptions::jwt_cookie>},
    {"user_cookie", read_text<&WebSocketListenOptions::user_cookie>},
    {"pass_cookie", read_text<&WebSocketListenOptions::pass_cookie>},
    {"token_cookie", read_text<&WebSocketListenOptions::token_cookie>},
    {"no_auth_user", read_no_auth_user},
    {"headers", read_headers},
    {"ping_interval", read_ping_interval},
};

Status check_origin(const std::string& text) {
  const std::string mistake = "unable to parse allowed origin";
  const size_t colon = text.find("://");
  const bool is_path = !text.empty() && text[0] == '/';
  if (!is_path && (colon == std::string::npos || colon == 0)) {
    return invalid(mistake + ": parse " + quoted(text) + ": invalid URI for request");
  }
  const std::string scheme = is_path ? "" : lower_case(text.substr(0, colon));
  if (scheme != "http" && scheme != "https") {
    return invalid(mistake + " " + quoted(text) +
                   ": allowed origins must be absolute URLs with http or https scheme");
  }
  std::string authority = text.substr(colon + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (authority.empty()) return invalid(mistake + " " + quoted(text) + ": host is required");
  std::string host, port;
  const bool has_port = split_host_port(authority, host, port);
  if (!has_port && !split_host_port(authority + ":80", host, port)) {
    return invalid(mistake + ": address " + authority + ": too many colons in address");
  }
  return kOk;
}

Status check_authorization(const AuthorizationOptions& own, const AuthorizationOptions& global) {
  const std::vector<UserOptions>& users = global.users;
  TRY(check_no_auth_user(global, own.no_auth_user));
  for (const auto& [what, text] : {std::pair("username", &own.user), {"token", &own.token}}) {
    if (users.empty() || text->empty()) continue;
    return invalid(std::string("websocket authentication ") + what +
                   " not compatible with presence of users/nkeys");
  }
  return kOk;
}

Status check_headers(const WebSocketListenOptions& options) {
  constexpr std::string_view kOwn[] = {"host", "content-length", "connection", "upgrade",
                                       "nats-no-masking"};
  for (const auto& [name, value] : options.headers) {
    const std::string key = lower_case(name);
    if (std::find(std::begin(kOwn), std::end(kOwn), key) != std::end(kOwn)) {
      return invalid("websocket: invalid header " + quoted(name) + " not allowed");
    }
    if (key.rfind("sec-websocket-", 0) == 0) {
      return invalid("websocket: invalid header " + quoted(name) +
                     ", \"Sec-WebSocket-\" prefix not allowed");
    }
  }
  return kOk;
}

}  // namespace

void read_websocket(ConfigReader& reader, const ConfigMember& block, Config& to) {
  if (!block.value.is(Kind::kMap)) {
    reader.error(block.value,
                 std::string("Expected websocket to be a map, got ") + name_of(block.value.kind));
    return;
  }
  WebSocketDraft draft;
  read_map(reader, block.value, kWebSocketKeys, draft);
  to.daemon.websocket.reset();
  to.options.websocket.reset();
  if (draft.listen.address.port == kNoPort) return;
  to.daemon.websocket = std::move(draft.listen);
  to.options.websocket = std::move(draft.server);
}

Status complete_websocket(Config& config) {
  if (!config.daemon.websocket) return kOk;
  WebSocketListenOptions& listen = *config.daemon.websocket;
  if (listen.address.host.empty()) listen.address.host = WebSocketListenOptions{}.address.host;
  if (!listen.tls && !listen.no_tls) return invalid("websocket requires TLS configuration");
  for (const std::string& origin : listen.allowed_origins) TRY(check_origin(origin));
  TRY(check_authorization(config.options.websocket->authorization, config.options.authorization));
  if (!listen.jwt_cookie.empty() && !config.options.operators) {
    return invalid(
        "trusted operators or trusted keys configuration is required for JWT authentication via "
        "cookie " +
        quoted(listen.jwt_cookie));
  }
  TRY(check_headers(listen));
  if (listen.tls && listen.tls->verify_and_map) {
    config.options.authorization.mapped_connections |= kWebSocketConnection;
  }
  if (!listen.advertise.empty()) {
    std::string host, port;
    if (!split_host_port(listen.advertise, host, port) &&
        !split_host_port(listen.advertise + ":0", host, port)) {
      return invalid("Unable to get websocket connect URLs: invalid address " +
                     quoted(listen.advertise));
    }
  }
  return kOk;
}

void announce_websocket(Config& config) {
  if (!config.daemon.websocket) return;
  const WebSocketListenOptions& listen = *config.daemon.websocket;
  WebSocketOptions& server = *config.options.websocket;
  server.host = listen.address.host;
  server.port = listen.address.port;
  server.tls_required = listen.tls.has_value();
}

}  // namespace myelin
