// WsProtocol: RFC 6455 on a connection whose HTTP request was accepted, without a socket: frames
// in, parts of messages out. Beast's websocket::stream checks the frames and their order, puts
// fragments together, inflates (RFC 7692) and answers pings; it is driven by hand, on a stream in
// memory whose operations complete within receive().
//
//     receive(frames) --+-- messages of one frame: unmasked here, in place --+--> on_payload
//                       +-- all others: Beast -------------------------------+
//                                     |
//                                     +--> on_pong, then nothing until pong_written()
//                                     +--> end(): what to say before the connection ends
//
// The common frame passes Beast by, because a call per frame would cost more than the message in
// it; Beast sees every frame that needs judgement, and is never in the middle of one meanwhile.
//
// What was not worked off is kept: while paused, and while a pong waits to be written, so that who
// sends pings and reads nothing is stopped. It reads no clock and bounds no time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/buffer.h"
#include "hosts/websocket/completions.h"
#include "hosts/websocket/upgrade.h"
#include "hosts/websocket/ws_mask.h"

namespace myelin {

class WsProtocol {
 public:
  // What a close frame says (RFC 6455, 7.4); code 0: nothing.
  struct Close {
    uint16_t code = 0;
    std::string reason;
  };
  struct End {
    Close close;              // to be sent
    bool is_by_peer = false;  // who asked for it
  };
  class User {
   public:
    // A part of a message; borrowed.
    virtual void on_payload(Bytes payload) = 0;
    // A whole frame to be sent. pong_written() may be called within.
    virtual void on_pong(std::string_view frame) = 0;

   protected:
    ~User() = default;
  };
  struct Options {
    bool compresses = false;
    bool takes_unmasked = false;  // frames need not be masked (Nats-No-Masking)
    // Of an inflated message, and eight times that of what it is inflated from; others have none.
    uint64_t message_max = 0;
  };

  // `scratch` is memory that nobody else uses while receive() runs: one for all on a thread.
  WsProtocol(Completions& completions, std::span<char> scratch, User& user);
  ~WsProtocol();
  WsProtocol(const WsProtocol&) = delete;
  WsProtocol& operator=(const WsProtocol&) = delete;

  // Of a request that was judged well. The response to send, with `extra` headers in it; empty: it
  // was not, after all.
  std::string accept(Upgrade& upgrade, const Options& options,
                     std::span<const std::pair<std::string, std::string>> extra);

  // The bytes are changed: frames are unmasked where they are.
  void receive(std::span<char> bytes);
  void pause() { is_paused_ = true; }
  // Works off what is kept.
  void resume();
  void pong_written();
  // More input would only be kept.
  bool is_blocked() const { return is_paused_ || waits_for_pong_; }
  // Once set, whatever comes is ignored.
  const std::optional<End>& end() const { return end_; }
  void stop();

 private:
  class Machine;

  void work_off_kept();
  std::span<char> work_off(std::span<char> input);
  bool step(std::span<char>& input);
  bool take_result();
  bool take_written();
  bool take_plain_frames(std::span<char>& input);
  bool begin_plain_frame(std::span<char>& input);
  bool begin_frame(std::span<char>& input);
  bool fail(uint16_t code, std::string_view reason);
  void judge_end();

  User& user_;
  std::span<char> scratch_;
  // Instead of it, where messages are inflated: Beast leaves there what it has of one that waits
  // for more input.
  std::vector<char> inflated_;
  std::unique_ptr<Machine> machine_;
  std::string kept_;  // input not worked off
  std::optional<End> end_;
  uint64_t message_max_ = 0;
  uint64_t plain_left_ = 0;     // payload of the plain frame under way
  WsMask mask_;                 // and its mask
  std::string header_;          // of the frame that Beast is being given, what it has not got yet
  uint64_t frame_left_ = 0;     // and of its payload
  uint64_t deflated_left_ = 0;  // that the compressed message under way may still bring
  unsigned char first_ = 0;     // byte of that frame
  bool compresses_ = false;
  bool takes_unmasked_ = false;
  bool is_in_message_ = false;  // between fragments
  bool is_compressed_ = false;  // that message
  bool is_paused_ = false;
  bool waits_for_pong_ = false;
  bool pong_was_sent_ = false;  // and Beast was not told yet
  bool is_working_ = false;
};

}  // namespace myelin
