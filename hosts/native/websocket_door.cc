#include "hosts/native/websocket_door.h"

#include <utility>

#include "core/base/text.h"
#include "hosts/common/go_text.h"
#include "hosts/native/ports_file.h"

namespace myelin {

void WebSocketDoor::bind(DaemonOptions& options) {
  if (!options.websocket) return;
  bound_ = ListenSocket::tcp(options.websocket->address);
  if (bound_->ok()) options.websocket->address.port = bound_->value().port();
}

Status WebSocketDoor::start(const WebSocketListenOptions& options, size_t message_max, Loop& loop,
                            Log& log) {
  const Status listens = bound_->ok() ? bound_->value().listen() : bound_->error();
  if (!listens.ok()) {
    return Error{listens.error().code,
                 "Unable to listen for websocket connections: " + listens.error().context};
  }
  is_tls_ = options.tls.has_value();
  completions_ = std::make_unique<Completions>();
  host_ = std::make_unique<WsHost>(loop, *completions_, log, options, message_max);
  if (is_tls_) {
    Result<std::unique_ptr<TlsContext>> context = TlsContext::for_server(*options.tls);
    if (!context.ok()) return context.error();
    for (const std::string& notice : context.value()->notices()) {
      log.write(LogLevel::kWarning, notice);
    }
    host_->use_tls(std::move(context.value()));
  }
  loop.set_completions([this] { return completions_->poll(); });
  log.write(LogLevel::kInfo, std::string("Listening for websocket clients on ") +
                                 (is_tls_ ? "wss://" : "ws://") + options.address.host + ":" +
                                 decimal(options.address.port));
  if (!is_tls_) {
    log.write(LogLevel::kWarning, "Websocket not configured with TLS. DO NOT USE IN PRODUCTION!");
  }
  listener_ = std::make_unique<Listener>(
      loop.uv(), std::move(bound_->value()), "Websocket", log,
      [this](AcceptedSocket accepted) { host_->adopt(std::move(accepted)); });
  bound_.reset();
  return kOk;
}

Status WebSocketDoor::prepare_reload(const DaemonOptions& options) {
  reloaded_tls_.reset();
  if (!is_tls_ || !options.websocket || !options.websocket->tls) return kOk;
  Result<std::unique_ptr<TlsContext>> context = TlsContext::for_server(*options.websocket->tls);
  if (!context.ok()) return context.error();
  reloaded_tls_ = std::move(context.value());
  return kOk;
}

void WebSocketDoor::reload(size_t message_max) {
  if (host_ == nullptr) return;
  if (reloaded_tls_ != nullptr) host_->use_tls(std::move(reloaded_tls_));
  host_->set_message_max(message_max);
}

void WebSocketDoor::close() {
  listener_.reset();
  host_.reset();
}

std::vector<std::string> WebSocketDoor::urls() const {
  if (listener_ == nullptr) return {};
  const ListenSocket& socket = listener_->socket();
  return listener_urls(is_tls_ ? "wss" : "ws", socket.address(), socket.port());
}

}  // namespace myelin
