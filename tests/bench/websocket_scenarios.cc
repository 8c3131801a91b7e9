#include <functional>
#include <string>
#include <vector>

#include "tests/bench/certificate.h"
#include "tests/bench/configuration_file.h"
#include "tests/bench/held_connections.h"
#include "tests/bench/load.h"
#include "tests/bench/scenario.h"

namespace bench {
namespace {

constexpr Goal kHalf{Goal::Kind::kRatio, 0.5};

// Subscribers in such numbers are not kept waiting for megabytes each.
constexpr size_t kFanoutBatch = 8 * 1024;
constexpr size_t kFanoutWindow = 64 * 1024;

// A certificate's file lives as long as the server that reads it.
struct Setting {
  explicit Setting(Wire wire) : certificate(make_certificate()), file(text_of(wire)) {}

  std::string text_of(Wire wire) const {
    const std::string path = '"' + certificate.path() + '"';
    const std::string tls = "tls { cert_file: " + path + ", key_file: " + path + " }";
    switch (wire) {
      case Wire::kTcp:
        return "";
      case Wire::kTls:
        return tls;
      case Wire::kWebSocket:
        return "websocket { port: -1, no_tls: true }";
      case Wire::kDeflatedWebSocket:
        return "websocket { port: -1, no_tls: true, compression: true }";
      case Wire::kSecureWebSocket:
        return "websocket { port: -1, " + tls + " }";
    }
    return "";
  }

  ConfigurationFile certificate;
  ConfigurationFile file;
};

std::vector<double> measure_over(
    Wire wire, const std::string& path,
    const std::function<std::vector<double>(ServerProcess&, const Address&)>& measure) {
  const Setting setting(wire);
  return measure_on_server(path, {"-c", setting.file.path()}, [&](ServerProcess& server) {
    const uint16_t port = is_websocket(wire)
                              ? server.port_in_log("Listening for websocket clients on ")
                              : server.port();
    return measure(server, Address(port, wire));
  });
}

Scenario load_over(Wire wire, const std::string& id, const std::string& title,
                   const std::string& per, const Load& load, const Goal& goal) {
  return {.id = id,
          .rows = load_rows(title, per, goal),
          .measure = [wire, load](const std::string& path, const Effort& effort) {
            return measure_over(wire, path, [&](ServerProcess& server, const Address& address) {
              return run_load(server, address, load, effort);
            });
          }};
}

Scenario idle_over(Wire wire, const std::string& id, const std::string& title) {
  return {.id = id,
          .rows = {{title, Unit::kBytes, kHalf}},
          .measure = [wire](const std::string& path, const Effort& effort) {
            return measure_over(wire, path, [&](ServerProcess& server, const Address& address) {
              return std::vector<double>{memory_per_connection(server, address, effort)};
            });
          }};
}

}  // namespace

std::vector<Scenario> websocket_scenarios() {
  const Load fanout{.payload_size = 128,
                    .receivers = 1000,
                    .batch_bytes = kFanoutBatch,
                    .window_bytes = kFanoutWindow};
  const std::string pair = "1 publisher, 1 subscriber, ";
  return {
      load_over(Wire::kWebSocket, "ws_pubsub_16", "WebSocket, " + pair + "16 B", "message", {},
                kHalf),
      load_over(Wire::kWebSocket, "ws_pubsub_1k", "WebSocket, " + pair + "1 KiB", "message",
                {.payload_size = 1024}, kHalf),
      load_over(Wire::kWebSocket, "ws_single_16",
                "WebSocket, a frame per message, " + pair + "16 B", "message",
                {.framing = Framing::kOne}, kHalf),
      load_over(Wire::kWebSocket, "ws_single_1k",
                "WebSocket, a frame per message, " + pair + "1 KiB", "message",
                {.payload_size = 1024, .framing = Framing::kOne}, kHalf),
      load_over(Wire::kWebSocket, "ws_fanout_1000", "WebSocket, fan-out to 1,000, 128 B",
                "delivery", fanout, kHalf),
      load_over(Wire::kTcp, "tcp_fanout_1000", "plain TCP, fan-out to 1,000, 128 B", "delivery",
                fanout, kHalf),
      load_over(Wire::kDeflatedWebSocket, "ws_deflate_1k",
                "WebSocket, compressed, " + pair + "1 KiB", "message", {.payload_size = 1024}, {}),
      load_over(Wire::kSecureWebSocket, "wss_pubsub_128", "WebSocket over TLS, " + pair + "128 B",
                "message", {.payload_size = 128}, {}),
      load_over(Wire::kTls, "tls_pubsub_16", "TLS, " + pair + "16 B", "message", {}, {}),
      load_over(Wire::kTls, "tls_pubsub_1k", "TLS, " + pair + "1 KiB", "message",
                {.payload_size = 1024}, {}),
      idle_over(Wire::kWebSocket, "ws_idle",
                "memory per idle WebSocket with one subscription (10,000)"),
      idle_over(Wire::kTls, "tls_idle",
                "memory per idle TLS connection with one subscription (2,000)"),
  };
}

}  // namespace bench
