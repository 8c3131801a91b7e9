// A link over WebSocket. What the case sends leaves in masked binary frames; how it is cut into
// them varies from link to link, because it must not matter.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "tests/conformance/runner/tcp_link.h"
#include "tests/conformance/runner/websocket_frames.h"

namespace myelin::conformance {

class WebSocketLink : public TcpLink {
 public:
  enum class Shape {
    kWhole,      // a write is a frame
    kFragments,  // a write is a message of up to three frames, a ping between them
    kDeflated    // compression is asked for, and used where the server agrees
  };

  WebSocketLink(int fd, const Certificates& certificates, Shape shape, std::uint16_t port)
      : TcpLink(fd, certificates), shape_(shape), port_(port) {}

  void send(std::string_view bytes) override;
  State receive(std::string& into) override;
  bool has_unread() const override { return !unread_.empty(); }
  // By a close frame, or as over TCP: both end it.
  void half_close() override;
  std::string upgrade(const std::string& headers) override;
  void send_frame(std::string_view words, std::string payload) override;
  bool take_aside(std::string& into) override;
  std::string seen() const override;

 private:
  void send_frame(const Frame& frame);
  void send_fragments(std::string_view bytes);
  void read_response();
  bool answer_controls();

  Shape shape_;
  std::uint16_t port_;
  bool is_upgraded_ = false;
  bool may_compress_ = false;
  bool is_closing_ = false;  // our close frame is out
  std::uint32_t mask_ = 0x9e3779b9;
  std::string unread_;  // behind the answer to the upgrade
  std::string response_headers_;
  FrameReader reader_;
  std::deque<std::string> asides_;
};

}  // namespace myelin::conformance
