#include "hosts/websocket/upgrade.h"

#include <arpa/inet.h>

#include <boost/beast/http/parser.hpp>

#include "core/base/text.h"
#include "hosts/common/clock.h"
#include "hosts/websocket/http_answer.h"
#include "hosts/websocket/http_date.h"
#include "hosts/websocket/upgrade_request.h"

namespace myelin {
namespace {

namespace http = boost::beast::http;
using Message = http::request<http::empty_body>;

constexpr std::string_view kDeflate = "permessage-deflate";

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

// Calls `act` with each trimmed part between separators; until it says true, which is the answer.
template <class Act>
bool any_part(std::string_view text, char separator, Act act) {
  for (;;) {
    const size_t end = text.find(separator);
    if (act(trimmed(text.substr(0, end)))) return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
}

template <class Act>
bool any_value(const Message& message, std::string_view name, Act act) {
  const auto range = message.equal_range(boost::beast::string_view(name.data(), name.size()));
  for (auto each = range.first; each != range.second; ++each) {
    if (act(view(each->value()))) return true;
  }
  return false;
}

std::string_view value_of(const Message& message, std::string_view name) {
  return view(message[boost::beast::string_view(name.data(), name.size())]);
}

bool has_token(const Message& message, std::string_view name, std::string_view token) {
  return any_value(message, name, [&](std::string_view value) {
    return any_part(value, ',',
                    [&](std::string_view part) { return equals_ignoring_case(part, token); });
  });
}

bool offers_deflate(const Message& message) {
  return any_value(message, "Sec-WebSocket-Extensions", [](std::string_view value) {
    return any_part(value, ',', [](std::string_view extension) {
      return any_part(extension, ';', [](std::string_view parameter) {
        return equals_ignoring_case(parameter, kDeflate);
      });
    });
  });
}

// 16 bytes in standard base64.
bool is_key(std::string_view key) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return key.size() == 24 && key.substr(22) == "==" && key.find_first_not_of(kAlphabet) == 22;
}

bool is_ip(std::string_view text) {
  unsigned char address[sizeof(in6_addr)];
  const std::string copy(text);
  return inet_pton(AF_INET, copy.c_str(), address) == 1 ||
         inet_pton(AF_INET6, copy.c_str(), address) == 1;
}

// Host in lower case, and port or the scheme's; false if it is neither "host" nor "host:port".
bool split_authority(std::string_view text, bool is_tls, WebOrigin& to) {
  const size_t colon = text.rfind(':');
  const size_t bracket = text.rfind(']');
  std::string_view host = text;
  std::string_view port = is_tls ? "443" : "80";
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon)) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (bracket == std::string_view::npos && host.find(':') != std::string_view::npos) return false;
    if (host.size() >= 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  }
  to.host = lower_case(host);
  to.port = std::string(port);
  return true;
}

// Why the Origin may not come here, in nats-server's words; empty: it may.
std::string origin_fault(const Message& message, const UpgradeRules& rules) {
  if (!rules.same_origin && rules.allowed_origins.empty()) return {};
  std::string_view text = value_of(message, "Origin");
  if (text.empty()) text = value_of(message, "Sec-WebSocket-Origin");
  if (text.empty()) return {};
  const std::optional<WebOrigin> origin = parse_origin(text);
  if (!origin) return "parse \"" + std::string(text) + "\": invalid URI for request";
  if (rules.same_origin) {
    WebOrigin here{.scheme = rules.is_tls ? "https" : "http"};
    if (!split_authority(value_of(message, "Host"), rules.is_tls, here) || here != *origin) {
      return "not same origin";
    }
  }
  if (rules.allowed_origins.empty()) return {};
  const auto& allowed = rules.allowed_origins;
  const bool is_allowed = std::find(allowed.begin(), allowed.end(), *origin) != allowed.end();
  return is_allowed ? "" : "not in the allowed list";
}

void read_cookies(const Message& message, const UpgradeRules& rules, PeerCredentials& to) {
  const auto take = [&](std::string_view pair) {
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) return false;
    const std::string_view name = trimmed(pair.substr(0, equals));
    std::string_view value = trimmed(pair.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    if (name == rules.jwt_cookie) {
      to.jwt = value;
    } else if (name == rules.user_cookie) {
      to.user = value;
    } else if (name == rules.pass_cookie) {
      to.password = value;
    } else if (name == rules.token_cookie) {
      to.token = value;
    }
    return false;
  };
  any_value(message, "Cookie", [&](std::string_view line) { return any_part(line, ';', take); });
}

std::string_view path_of(const Message& message) {
  const std::string_view target = view(message.target());
  return target.substr(0, target.find_first_of("?#"));
}

}  // namespace

std::optional<WebOrigin> parse_origin(std::string_view text) {
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  WebOrigin origin{.scheme = lower_case(text.substr(0, colon))};
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  if (!split_authority(rest, origin.scheme == "https", origin)) return std::nullopt;
  return origin;
}

UpgradeRules::UpgradeRules(const WebSocketListenOptions& options)
    : is_tls(options.tls.has_value()),
      same_origin(options.same_origin),
      compression(options.compression),
      jwt_cookie(options.jwt_cookie),
      user_cookie(options.user_cookie),
      pass_cookie(options.pass_cookie),
      token_cookie(options.token_cookie),
      headers(options.headers) {
  for (const std::string& text : options.allowed_origins) {
    if (std::optional<WebOrigin> origin = parse_origin(text)) {
      allowed_origins.push_back(std::move(*origin));
    }
  }
}

Upgrade::Upgrade() : request_(std::make_unique<Request>()) {}
Upgrade::~Upgrade() = default;

Upgrade::Progress Upgrade::take(std::string_view bytes) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const size_t searched = text_.size() < kEnd.size() ? 0 : text_.size() - kEnd.size() + 1;
  text_.append(bytes.substr(0, kRequestMax + 1));
  const size_t end = text_.find(kEnd, searched);
  if (end == std::string::npos) {
    return text_.size() > kRequestMax ? refuse(431, reason_of(431)) : Progress::kMore;
  }
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kRequestMax + kEnd.size());
  boost::system::error_code error;
  const size_t size = end + kEnd.size();
  parser.put(boost::asio::buffer(text_.data(), size), error);
  if (error == http::error::header_limit) return refuse(431, reason_of(431));
  if (error == http::error::bad_version) {
    return refuse(505, "HTTP Version Not Supported: unsupported protocol version");
  }
  if (error || !parser.is_done()) return refuse(400, reason_of(400));
  request_->message = parser.release();
  const auto hosts = request_->message.count(http::field::host);
  if (hosts > 1) return refuse(400, reason_of(400));
  if (hosts == 0 && request_->message.version() > 10) {
    return refuse(400, "Bad Request: missing required Host header");
  }
  if (size < text_.size() || bytes.size() > kRequestMax + 1) {
    refusal_.log = "client sent data before handshake is complete";
    return Progress::kRefused;
  }
  text_ = std::string();
  return Progress::kComplete;
}

bool Upgrade::judge(const UpgradeRules& rules) {
  const Message& message = request_->message;
  const std::string_view path = path_of(message);
  if (path.ends_with("/mqtt")) return refuse_handshake(404, "mqtt websocket endpoint not enabled");
  if (message.method() != http::verb::get) {
    return refuse_handshake(405, "request method must be GET");
  }
  if (value_of(message, "Host").empty()) return refuse_handshake(400, "'Host' missing in request");
  for (const auto& [name, token] : {std::pair("Upgrade", "websocket"), {"Connection", "Upgrade"}}) {
    if (has_token(message, name, token)) continue;
    return refuse_handshake(400, "invalid value for header '" + std::string(name) + "'");
  }
  const std::string_view key = value_of(message, "Sec-WebSocket-Key");
  if (key.empty()) return refuse_handshake(400, "key missing");
  if (!is_key(key)) return refuse_handshake(400, "invalid websocket key");
  if (!has_token(message, "Sec-WebSocket-Version", "13")) {
    return refuse_handshake(400, "invalid version");
  }
  const std::string fault = origin_fault(message, rules);
  if (!fault.empty()) return refuse_handshake(403, "origin not allowed: " + fault);

  accepted_.is_leaf_node = path.ends_with("/leafnode");
  accepted_.compresses = rules.compression && offers_deflate(message);
  accepted_.need_not_mask = value_of(message, "Nats-No-Masking") == "true";
  const std::string_view forwarded = value_of(message, "X-Forwarded-For");
  if (is_ip(forwarded)) accepted_.forwarded_for = forwarded;
  const std::string_view agent = value_of(message, "User-Agent");
  accepted_.is_browser = agent.substr(0, 8) == "Mozilla/";
  // Safari itself, which alone says "Version/", does not take them.
  accepted_.fragments_compressed = agent.find("Version/") == std::string_view::npos ||
                                   agent.find("Safari/") == std::string_view::npos;
  read_cookies(message, rules, accepted_.cookies);
  return true;
}

// No HTTP that could be served: as Go's net/http answers it.
Upgrade::Progress Upgrade::refuse(int status, std::string_view phrase) {
  const std::string line = decimal(status) + " " + std::string(phrase);
  refusal_.response = "HTTP/1.1 " + line +
                      "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" +
                      line;
  return Progress::kRefused;
}

// Differs: nats-server leaves the connection open for another request.
bool Upgrade::refuse_handshake(int status, std::string log) {
  const std::string phrase(reason_of(status));
  const bool is_head = request_->message.method() == http::verb::head;
  refusal_.response = "HTTP/1.1 " + decimal(status) + " " + phrase +
                      "\r\nContent-Type: text/plain; charset=utf-8\r\nSec-Websocket-Version: 13\r\n"
                      "X-Content-Type-Options: nosniff\r\nDate: " +
                      http_date(read_wall_clock().unix_ns / kNsPerSecond) +
                      "\r\nContent-Length: " + decimal(static_cast<int64_t>(phrase.size()) + 1) +
                      "\r\nConnection: close\r\n\r\n" + (is_head ? "" : phrase + "\n");
  refusal_.log = std::move(log);
  return false;
}

}  // namespace myelin
