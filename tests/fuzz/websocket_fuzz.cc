// WebSocket from the socket through frames to the protocol and back: the real host on a real loop,
// over a socket pair. Whatever frames come, what is answered is frames that a server may send, of
// messages that a NATS server sends, and a link whose peer has gone is forgotten.
#include <sanitizer/lsan_interface.h>

#include <cstdint>
#include <string>

#include "core/base/log.h"
#include "core/server.h"
#include "core/storage/memory_storage.h"
#include "hosts/uv/loop.h"
#include "hosts/websocket/completions.h"
#include "hosts/websocket/ws_host.h"
#include "tests/fuzz/frame_input.h"
#include "tests/fuzz/link_checker.h"
#include "tests/fuzz/socket_pair.h"

namespace myelin {
namespace {

constexpr int kTurnsMax = 1000;
constexpr uint32_t kMaxPayload = 20'000;
constexpr uint64_t kMaxPending = 1 << 20;

class SilentLog : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

Options server_options() {
  Options options;
  options.max_payload = kMaxPayload;
  options.max_pending = kMaxPending;
  options.websocket.emplace();
  return options;
}

WebSocketListenOptions listen_options() {
  WebSocketListenOptions options;
  options.no_tls = true;
  options.compression = true;
  options.user_cookie = "user";
  return options;
}

std::string request(bool compresses, bool is_browser) {
  std::string text = upgrade_request(compresses);
  if (is_browser) text += "User-Agent: Mozilla/5.0\r\n";
  return text + "\r\n";
}

// Kept from one input to the next, for it takes long to make. A trie's words hold more than a
// pointer, so the search for leaks would not find what the server itself has subscribed to.
class World {
 public:
  static World& get() {
    static World& world = []() -> World& {
      const __lsan::ScopedDisabler disabler;
      return *new World;
    }();
    return world;
  }

  void play(Input& input) {
    const uint8_t choice = input.byte();
    SocketPair pair;
    host_.adopt(pair.accepted());
    const bool compresses = choice % 2 == 1;
    // One in eight asks wrongly, in words of the fuzzer's.
    const bool is_wrong = choice % 16 >= 14;
    pair.send(is_wrong ? std::string(input.take(input.byte())) + "\r\n\r\n"
                       : request(compresses, choice % 4 >= 2));
    const size_t piece = choice < 128 ? size_t{1} << 20 : 1 + choice % 7U;
    while (is_open_ && !input.is_empty()) {
      const std::string bytes = take_frame(input, compresses);
      for (size_t at = 0; at < bytes.size() && is_open_; at += piece) {
        pair.send(std::string_view(bytes).substr(at, piece));
        turn(pair);
      }
    }
    pair.end_sending();
    for (int turns = 0; is_open_; ++turns) {
      REQUIRE_THAT(turns < kTurnsMax);
      turn(pair);
    }
    pair.close();
    for (int turns = 0; !server_.is_empty(); ++turns) {
      REQUIRE_THAT(turns < kTurnsMax);
      loop_.run_once();
    }
    forget();
  }

 private:
  World() {
    loop_.set_completions([this] { return completions_.poll(); });
  }

  // The next peer finds the checkers as new.
  void forget() {
    is_open_ = true;
    is_upgraded_ = false;
    head_.clear();
    frames_ = {};
    heard_ = {};
  }

  void turn(SocketPair& pair) {
    loop_.run_once();
    std::string bytes;
    is_open_ = pair.receive(bytes);
    if (!is_upgraded_) {
      head_ += bytes;
      const size_t end = head_.find("\r\n\r\n");
      if (!head_.empty())
        REQUIRE_THAT(std::string_view("HTTP/1.1 ").starts_with(head_.substr(0, 9)));
      if (end == std::string::npos || !head_.starts_with("HTTP/1.1 101 ")) return;
      is_upgraded_ = true;
      if (head_.find("permessage-deflate") < end) frames_.allow_compression();
      bytes = head_.substr(end + 4);
    }
    std::string data;
    frames_.add(bytes, data);
    frames_.controls().clear();
    heard_.receive(data);
  }

  SilentLog log_;
  MemoryStorage storage_{1 << 20};
  Server server_{server_options(), storage_, {}, log_, Seed{}};
  Completions completions_;
  Loop loop_{server_};
  WsHost host_{loop_, completions_, log_, listen_options(), kMaxPayload};

  bool is_open_ = true;
  bool is_upgraded_ = false;
  std::string head_;
  conformance::FrameReader frames_;
  LinkChecker heard_;
};

}  // namespace
}  // namespace myelin

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  myelin::Input input(data, size);
  myelin::World::get().play(input);
  return 0;
}
