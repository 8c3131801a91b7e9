// AcceptedSocket: a connection that a Listener took, before anyone speaks on it. Whoever is handed
// one owns the descriptor.
#pragma once

#include <cstdint>
#include <string>

#include "core/server.h"

namespace myelin {

struct AcceptedSocket {
  int descriptor = -1;
  LinkKind kind = LinkKind::kTcp;
  std::string address;  // the peer's IP as text; empty for a unix-domain socket
  uint16_t port = 0;
};

}  // namespace myelin
