// How a client's link opens, before its first operation: INFO, a proxy's header, TLS, in the order
// that its listener has.
#include <utility>

#include "core/base/text.h"
#include "core/limits.h"
#include "core/pubsub/client.h"

namespace myelin {

void Client::open() {
  start_ = context_.now.wall;
  if (context_.options.debug) log(LogLevel::kDebug, "Client connection created");
  if (!peer_.waits_for_tls_first) return greet();
  state_ = State::kOpening;
  const Options& options = context_.options;
  Duration patience = options.tls_first_fallback;
  if (patience == Duration{}) {
    patience = peer_.awaits_proxy_header ? kProxyHeaderTimeout : options.tls_timeout;
  }
  context_.timers.set(gate_timer_, context_.now.mono + patience);
}

// INFO in the clear, and then what the link needs before CONNECT.
void Client::greet() {
  send_info(false);
  if (peer_.awaits_proxy_header) {
    state_ = State::kOpening;
    context_.timers.set(gate_timer_, context_.now.mono + kProxyHeaderTimeout);
  } else if (peer_.starts_tls_after_info) {
    state_ = State::kOpening;
    context_.timers.set(gate_timer_, context_.now.mono + context_.options.tls_timeout);
    tls_starts_ = true;
    mark_dirty();
  } else {
    start_timers();
  }
}

void Client::introduce(std::string address, uint16_t port) {
  if (is_closing() || !std::exchange(peer_.awaits_proxy_header, false)) return;
  if (!address.empty()) {
    peer_.address = std::move(address);
    peer_.port = port;
  }
  gate_timer_.cancel();
  if (peer_.waits_for_tls_first || peer_.starts_tls_after_info) {
    context_.timers.set(gate_timer_, context_.now.mono + context_.options.tls_timeout);
  } else {
    start_timers();
  }
}

bool Client::begin_tls() {
  if (is_closing() || is_securing_ || tls_) return false;
  if (!context_.handshake_rate.allow(context_.now.mono,
                                     context_.options.tls_connection_rate_limit)) {
    peer_.waits_for_tls_first = false;
    fail(Fault::kThrottled);
    return false;
  }
  if (context_.options.debug) log(LogLevel::kDebug, "Starting TLS client connection handshake");
  state_ = State::kOpening;
  is_securing_ = true;
  ping_timer_.cancel();
  context_.timers.set(gate_timer_, context_.now.mono + context_.options.tls_timeout);
  return true;
}

void Client::secured(TlsFacts facts) {
  if (is_closing() || tls_) return;
  // Nobody but an authorization service is shown whole certificates, which are large.
  const Options& options = context_.options;
  if (!options.authorization.callout && !options.operators) facts.verified_chain = {};
  tls_ = std::make_unique<TlsFacts>(std::move(facts));
  is_securing_ = false;
  gate_timer_.cancel();
  if (peer_.waits_for_tls_first) send_info(false);
  if (is_closing()) return;
  start_timers();
  // nats-server does not tell of those that came before HTTP.
  if (!context_.options.debug || peer_.websocket != nullptr) return;
  log(LogLevel::kDebug, "TLS handshake complete");
  log(LogLevel::kDebug, "TLS version " + tls_->version + ", cipher suite " + tls_->cipher);
}

void Client::tls_failed(std::string_view why, bool is_probe) {
  if (is_closing() || (is_probe && !context_.options.debug)) return;
  log(is_probe ? LogLevel::kDebug : LogLevel::kError, "TLS handshake error: " + std::string(why));
}

void Client::reading_failed(std::string_view why) {
  if (!is_closing()) log(LogLevel::kError, "read error: " + std::string(why));
}

void Client::proxy_header_failed(std::string_view why) {
  if (is_closing()) return;
  context_.log.write(LogLevel::kWarning, "Error reading PROXY protocol header from " +
                                             peer_.address + ":" + decimal(int64_t{peer_.port}) +
                                             ": " + std::string(why));
}

// What opens the link did not come.
void Client::on_opening_timer() {
  const bool falls_back = peer_.waits_for_tls_first && !is_securing_ &&
                          context_.options.tls_first_fallback != Duration{};
  if (falls_back) {
    peer_.waits_for_tls_first = false;
    peer_.starts_tls_after_info = !context_.options.tls_available;
    return greet();
  }
  if (peer_.awaits_proxy_header) {
    proxy_header_failed("timeout reading PROXY protocol header");
    return close(CloseReason::kProtocolViolation);
  }
  if (context_.options.debug) log(LogLevel::kDebug, "TLS handshake timeout");
  tls_failed("read tcp " + peer_.address + ": i/o timeout", true);
  fail(Fault::kTlsRequired);
}

void Client::start_timers() {
  context_.timers.set(ping_timer_, context_.now.mono + ping_interval());
  if (authenticator().is_required() && !is_authenticated_) {
    state_ = State::kHandshake;
    context_.timers.set(gate_timer_, context_.now.mono + auth_timeout());
  } else {
    state_ = State::kReady;
    if (!is_member_) enter(*account_);
  }
}

}  // namespace myelin
