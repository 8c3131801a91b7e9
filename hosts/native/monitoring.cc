#include "hosts/native/monitoring.h"

#include <utility>

#include "core/base/text.h"
#include "hosts/common/go_text.h"
#include "hosts/native/ports_file.h"
#include "hosts/websocket/static_folder.h"

namespace myelin {
namespace {

// As it was written: any port is -1.
std::string port_text(const ListenAddress& address) {
  return decimal(address.port == 0 ? -1 : address.port);
}

// The client listener's certificates; nobody is asked for one.
Result<std::unique_ptr<TlsContext>> https_context(TlsOptions options) {
  options.ca_file.clear();
  options.verify = options.verify_and_map = false;
  options.pinned_certs.clear();
  return TlsContext::for_server(options);
}

}  // namespace

Status Monitoring::start(const DaemonOptions& options, Loop& loop, Log& log) {
  if (options.http && options.https) {
    return invalid("can't specify both HTTP (" + port_text(*options.http) + ") and HTTPs (" +
                   port_text(*options.https) + ") ports");
  }
  if (!options.http && !options.https) return kOk;
  if (options.https) {
    if (!options.tls) return invalid("TLS cert and key required for HTTPS");
    Result<std::unique_ptr<TlsContext>> read = https_context(*options.tls);
    if (!read.ok()) return read.error();
    tls_ = std::move(read.value());
  }
  const ListenAddress& address = options.https ? *options.https : *options.http;
  Result<ListenSocket> opened = ListenSocket::tcp(address);
  const Status listens = opened.ok() ? opened.value().listen() : opened.error();
  if (!listens.ok()) return invalid("can't listen to the monitor port: " + listens.error().context);
  if (!options.http_web.empty()) {
    const Status folder = StaticFolder(options.http_web).check();
    if (!folder.ok()) return invalid("http_web: " + folder.error().context);
  }
  scheme_ = options.https ? "https" : "http";
  const int port = opened.value().port();
  log.write(LogLevel::kInfo,
            "Starting " + scheme_ + " monitor on " + join_host_port(address.host, port));
  host_.emplace(options.http_base_path, options.http_web).start(loop, log);
  listener_ =
      std::make_unique<Listener>(loop.uv(), std::move(opened.value()), "Monitor", log,
                                 [this](AcceptedSocket accepted) { adopt(std::move(accepted)); });
  return kOk;
}

void Monitoring::adopt(AcceptedSocket socket) {
  std::unique_ptr<TlsSession> session = tls_ == nullptr ? nullptr : tls_->accept();
  host_->adopt(std::move(socket), std::move(session));
}

Status Monitoring::prepare_reload(const DaemonOptions& options) {
  reloaded_tls_.reset();
  if (tls_ == nullptr) return kOk;
  if (!options.tls) return invalid("TLS cert and key required for HTTPS");
  Result<std::unique_ptr<TlsContext>> read = https_context(*options.tls);
  if (!read.ok()) return read.error();
  reloaded_tls_ = std::move(read.value());
  return kOk;
}

void Monitoring::reload(const DaemonOptions& options) {
  if (host_) host_->set_web(options.http_web);
  if (reloaded_tls_ != nullptr) tls_ = std::move(reloaded_tls_);
}

void Monitoring::close() {
  if (listener_ == nullptr) return;
  listener_.reset();
  host_->close();
}

std::vector<std::string> Monitoring::urls() const {
  if (listener_ == nullptr) return {};
  const ListenSocket& socket = listener_->socket();
  return listener_urls(scheme_, socket.address(), socket.port());
}

}  // namespace myelin
