// What lies between a client and a server: the protocol's bytes as they are, inside TLS, or in the
// frames of a WebSocket.
#pragma once

#include <cstdint>

namespace bench {

enum class Wire { kTcp, kTls, kWebSocket, kDeflatedWebSocket, kSecureWebSocket };

constexpr bool is_websocket(Wire wire) { return wire >= Wire::kWebSocket; }

// A port of 127.0.0.1 and what is spoken there.
struct Address {
  Address(uint16_t port_number, Wire its_wire = Wire::kTcp) : port(port_number), wire(its_wire) {}

  uint16_t port;
  Wire wire;
};

}  // namespace bench
