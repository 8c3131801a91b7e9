// Upgrade: the HTTP request by which a WebSocket begins, and the judgement on it, with
// nats-server's checks in its order. It is fed bytes and does no I/O.
//
//     take(bytes) ... kComplete -> judge(rules) -> accepted: facts of the client
//                                               -> refused: a response to send, words for the log
//
// Not final here: whether the key and the version are such as Beast takes (ws_protocol).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/daemon_options.h"
#include "core/server.h"

namespace myelin {

// Scheme, host in lower case, and port, of an Origin.
struct WebOrigin {
  std::string scheme;
  std::string host;
  std::string port;

  friend bool operator==(const WebOrigin&, const WebOrigin&) = default;
};
// "https://Example.com" -> {https, example.com, 443}; nothing if it is no absolute URI.
std::optional<WebOrigin> parse_origin(std::string_view text);

struct UpgradeRules {
  explicit UpgradeRules(const WebSocketListenOptions& options);

  bool is_tls = false;
  bool same_origin = false;
  std::vector<WebOrigin> allowed_origins;  // empty: any
  bool compression = false;
  std::string jwt_cookie;
  std::string user_cookie;
  std::string pass_cookie;
  std::string token_cookie;
  std::vector<std::pair<std::string, std::string>> headers;
};

struct UpgradeRefusal {
  std::string response;  // whole; empty: the connection ends without one
  std::string log;       // empty: nothing is logged
};

struct UpgradeAccepted {
  bool compresses = false;     // offered, and configured
  bool need_not_mask = false;  // asked for by Nats-No-Masking
  bool is_browser = false;     // takes frames of a bounded size
  bool fragments_compressed = true;
  bool is_leaf_node = false;  // which nobody here serves
  std::string forwarded_for;
  PeerCredentials cookies;
};

class Upgrade {
 public:
  // Larger requests are refused. A browser sends some 4 KiB of cookies at most.
  static constexpr size_t kRequestMax = 32 * 1024;

  enum class Progress { kMore, kComplete, kRefused };

  Upgrade();
  ~Upgrade();

  // kRefused: see refusal(). Nothing may follow the request before it is answered.
  Progress take(std::string_view bytes);
  // Of a complete request; false: see refusal().
  bool judge(const UpgradeRules& rules);

  const UpgradeRefusal& refusal() const { return refusal_; }
  const UpgradeAccepted& accepted() const { return accepted_; }
  // For ws_protocol, which knows its type.
  class Request;
  Request& request() { return *request_; }

 private:
  Progress refuse(int status, std::string_view reason_phrase);
  bool refuse_handshake(int status, std::string log);

  std::string text_;
  std::unique_ptr<Request> request_;
  UpgradeRefusal refusal_;
  UpgradeAccepted accepted_;
};

}  // namespace myelin
