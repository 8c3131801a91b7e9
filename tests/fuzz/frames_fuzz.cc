// The frames of a WebSocket client, without a socket: however the bytes are cut, the same payload
// comes out of them, the same pongs, and the same end.
#include <cstdint>
#include <string>
#include <vector>

#include "hosts/websocket/completions.h"
#include "hosts/websocket/upgrade.h"
#include "hosts/websocket/ws_protocol.h"
#include "tests/fuzz/frame_input.h"

namespace myelin {
namespace {

constexpr uint64_t kMessageMax = 20'000;
constexpr size_t kScratchSize = 64 * 1024;

WebSocketListenOptions listen_options() {
  WebSocketListenOptions options;
  options.no_tls = true;
  options.compression = true;
  return options;
}

// What came of one run.
class Outcome final : public WsProtocol::User {
 public:
  void on_payload(Bytes bytes) override { payload += as_text(bytes); }
  void on_pong(std::string_view frame) override {
    pongs += frame;
    has_pong = true;
  }

  std::string payload;
  std::string pongs;
  bool has_pong = false;
  uint16_t code = 0;
  bool is_ended = false;
  bool is_by_peer = false;
};

class World {
 public:
  static World& get() {
    static World world;
    return world;
  }

  void play(Input& input) {
    const uint8_t choice = input.byte();
    const bool compresses = choice % 2 == 1;
    std::string bytes;
    while (!input.is_empty()) bytes += take_frame(input, compresses);
    const Outcome whole = run(bytes, bytes.size() + 1, compresses);
    const Outcome pieces = run(bytes, 1 + choice / 8U, compresses);
    REQUIRE_THAT(whole.is_ended == pieces.is_ended);
    REQUIRE_THAT(whole.code == pieces.code);
    REQUIRE_THAT(whole.is_by_peer == pieces.is_by_peer);
    REQUIRE_THAT(whole.pongs == pieces.pongs);
    if (!whole.is_ended) REQUIRE_THAT(whole.payload == pieces.payload);
    // What an error cuts off was handed on before it, or not at all. Of a message whose deflate
    // stream breaks off, the inflater makes up an end that depends on the cuts, and fails then.
    if (compresses) return;
    const size_t size = std::min(whole.payload.size(), pieces.payload.size());
    REQUIRE_THAT(whole.payload.substr(0, size) == pieces.payload.substr(0, size));
  }

 private:
  Outcome run(std::string_view bytes, size_t piece, bool compresses) {
    Outcome outcome;
    WsProtocol protocol(completions_, scratch_, outcome);
    Upgrade upgrade;
    REQUIRE_THAT(upgrade.take(upgrade_request(compresses) + "\r\n") ==
                 Upgrade::Progress::kComplete);
    REQUIRE_THAT(upgrade.judge(rules_));
    const WsProtocol::Options options{.compresses = compresses, .message_max = kMessageMax};
    REQUIRE_THAT(protocol.accept(upgrade, options, {}).starts_with("HTTP/1.1 101"));
    for (size_t at = 0; at < bytes.size() && !protocol.end(); at += piece) {
      std::string own(bytes.substr(at, piece));  // which is unmasked where it is
      protocol.receive(own);
      while (outcome.has_pong) {
        outcome.has_pong = false;
        protocol.pong_written();
      }
    }
    if (protocol.end()) {
      outcome.is_ended = true;
      outcome.code = protocol.end()->close.code;
      outcome.is_by_peer = protocol.end()->is_by_peer;
    }
    protocol.stop();
    completions_.poll();
    return outcome;
  }

  Completions completions_;
  UpgradeRules rules_{listen_options()};
  std::vector<char> scratch_ = std::vector<char>(kScratchSize);
};

}  // namespace
}  // namespace myelin

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  myelin::Input input(data, size);
  myelin::World::get().play(input);
  return 0;
}
