#include "hosts/native/client_doorway.h"

#include <utility>

namespace myelin {

Result<Doorway> client_doorway(const DaemonOptions& options) {
  Doorway doorway{.allow_non_tls = options.allow_non_tls, .proxy_protocol = options.proxy_protocol};
  if (!options.tls) return doorway;
  Result<std::unique_ptr<TlsContext>> made = TlsContext::for_server(*options.tls);
  if (!made.ok()) return made.error();
  doorway.tls = std::move(made.value());
  if (options.tls->handshake_first) {
    doorway.mode = TlsMode::kFirst;
    doorway.falls_back = options.tls->handshake_first_fallback != Duration::zero();
  } else {
    doorway.mode = options.allow_non_tls ? TlsMode::kOptional : TlsMode::kAfterInfo;
  }
  return doorway;
}

void tell_doorway(const Doorway& doorway, Log& log) {
  if (doorway.proxy_protocol) {
    log.write(LogLevel::kInfo, "PROXY protocol enabled for client connections");
  }
  if (doorway.tls == nullptr) return;
  const bool is_first_only = doorway.mode == TlsMode::kFirst && !doorway.falls_back;
  log.write(LogLevel::kInfo, doorway.allow_non_tls && !is_first_only
                                 ? "TLS available for client connections"
                                 : "TLS required for client connections");
  if (is_first_only) {
    log.write(LogLevel::kWarning,
              "Clients that are not using \"TLS Handshake First\" option will fail to connect");
  }
  for (const std::string& notice : doorway.tls->notices()) log.write(LogLevel::kWarning, notice);
}

}  // namespace myelin
