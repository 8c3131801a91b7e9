// Doorway: what a listener's links go through before they are clients: a proxy's header, TLS. One
// per listener, owned by who listens; a reload changes it for those who come after.
#pragma once

#include <memory>

#include "core/server.h"
#include "hosts/uv/tls_context.h"

namespace myelin {

struct Doorway {
  TlsMode mode = TlsMode::kPlain;
  bool allow_non_tls = false;
  bool falls_back = false;  // from kFirst: the Server says when
  bool proxy_protocol = false;
  std::unique_ptr<TlsContext> tls;  // unless kPlain
};

}  // namespace myelin
