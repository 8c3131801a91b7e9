#include "hosts/native/monitoring.h"

#include <utility>

#include "core/base/text.h"
#include "hosts/common/go_text.h"
#include "hosts/native/ports_file.h"
#include "hosts/websocket/static_folder.h"

namespace myelin {
namespace {

Error refusal(std::string text) { return {Errc::kInvalid, std::move(text)}; }

// As it was written: any port is -1.
std::string port_text(const ListenAddress& address) {
  return decimal(address.port == 0 ? -1 : address.port);
}

}  // namespace

Status Monitoring::start(const DaemonOptions& options, Loop& loop, Log& log) {
  if (options.http && options.https) {
    return refusal("can't specify both HTTP (" + port_text(*options.http) + ") and HTTPs (" +
                   port_text(*options.https) + ") ports");
  }
  if (!options.http && !options.https) return kOk;
  if (options.https) return refusal("TLS cert and key required for HTTPS");
  const ListenAddress& address = *options.http;
  Result<ListenSocket> opened = ListenSocket::tcp(address);
  const Status listens = opened.ok() ? opened.value().listen() : opened.error();
  if (!listens.ok()) return refusal("can't listen to the monitor port: " + listens.error().context);
  if (!options.http_web.empty()) {
    const Status folder = StaticFolder(options.http_web).check();
    if (!folder.ok()) return refusal("http_web: " + folder.error().context);
  }
  scheme_ = "http";
  const int port = opened.value().port();
  log.write(LogLevel::kInfo,
            "Starting " + scheme_ + " monitor on " + join_host_port(address.host, port));
  host_.start(loop);
  is_started_ = true;
  listener_ = std::make_unique<Listener>(
      loop.uv(), std::move(opened.value()), "Monitor", log,
      [this](AcceptedSocket accepted) { host_.adopt(std::move(accepted)); });
  return kOk;
}

void Monitoring::close() {
  listener_.reset();
  if (std::exchange(is_started_, false)) host_.close();
}

std::vector<std::string> Monitoring::urls() const {
  if (listener_ == nullptr) return {};
  const ListenSocket& socket = listener_->socket();
  return listener_urls(scheme_, socket.address(), socket.port());
}

}  // namespace myelin
