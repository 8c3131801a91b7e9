#include "tests/conformance/runner/websocket_link.h"

#include <poll.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace myelin::conformance {
namespace {

using Json = nlohmann::json;

constexpr int kResponseMaxMs = 10'000;
constexpr std::size_t kResponseMax = 65536;
constexpr std::string_view kDeflate = "permessage-deflate";
// The pong that belongs to a ping of the link itself, of which the case does not know.
constexpr std::string_view kOwnPing = "between fragments";

std::string request(const std::string& changes, std::uint16_t port, bool compressed) {
  Json headers = {{"Host", "127.0.0.1:" + std::to_string(port)},
                  {"Upgrade", "websocket"},
                  {"Connection", "Upgrade"},
                  {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                  {"Sec-WebSocket-Version", "13"}};
  if (compressed) {
    headers["Sec-WebSocket-Extensions"] =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  }
  std::string method = "GET";
  std::string path = "/";
  Json changed = Json::parse(changes.empty() ? "{}" : changes);
  if (changed.contains(":method")) method = changed[":method"];
  if (changed.contains(":path")) path = changed[":path"];
  changed.erase(":method");
  changed.erase(":path");
  headers.merge_patch(changed);
  std::string text = method + " " + path + " HTTP/1.1\r\n";
  for (const auto& [name, value] : headers.items()) {
    text += name + ": " + value.get<std::string>() + "\r\n";
  }
  return text + "\r\n";
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.back() <= ' ') text.remove_suffix(1);
  while (!text.empty() && text.front() <= ' ') text.remove_prefix(1);
  return std::string(text);
}

// Lines of "Name: value" as an object.
Json headers_of(std::string_view block) {
  Json headers = Json::object();
  while (!block.empty()) {
    const std::size_t end = std::min(block.find("\r\n"), block.size());
    const std::string_view line = block.substr(0, end);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      headers[std::string(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
    }
    block.remove_prefix(std::min(end + 2, block.size()));
  }
  return headers;
}

}  // namespace

void WebSocketLink::send(std::string_view bytes) {
  if (!is_upgraded_) return TcpLink::send(bytes);
  if (bytes.empty() || is_closing_) return;
  if (shape_ == Shape::kFragments) return send_fragments(bytes);
  Frame frame;
  frame.is_deflated = may_compress_ && shape_ == Shape::kDeflated;
  frame.payload = bytes;
  send_frame(frame);
}

void WebSocketLink::send_fragments(std::string_view bytes) {
  const std::size_t piece = bytes.size() / 3 + 1;
  Frame ping;
  ping.opcode = kPingFrame;
  ping.payload = kOwnPing;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    Frame frame;
    frame.opcode = at == 0 ? kBinary : kContinuation;
    frame.payload = bytes.substr(at, piece);
    frame.is_final = at + piece >= bytes.size();
    send_frame(frame);
    if (at == 0 && !frame.is_final) send_frame(ping);
  }
}

void WebSocketLink::send_frame(const Frame& frame) {
  mask_ = mask_ * 1664525U + 1013904223U;
  if (frame.opcode == kCloseFrame) is_closing_ = true;
  pipe_.send(encode(frame, mask_));
}

void WebSocketLink::send_frame(std::string_view words, std::string payload) {
  send_frame(parse_frame(words, std::move(payload)));
}

Link::State WebSocketLink::receive(std::string& into) {
  std::string bytes = std::exchange(unread_, {});
  const State state = TcpLink::receive(bytes);
  if (!is_upgraded_) {
    into += bytes;
    return state;
  }
  reader_.add(bytes, into);
  if (answer_controls() && !is_closing_ && state == State::kOpen) {
    Frame close;
    close.opcode = kCloseFrame;
    close.payload = std::string("\x03\xe8", 2);
    send_frame(close);
  }
  return state;
}

// True when the server says goodbye.
bool WebSocketLink::answer_controls() {
  auto& controls = reader_.controls();
  for (; !controls.empty(); controls.pop_front()) {
    const std::string& control = controls.front();
    if (control == "pong " + std::string(kOwnPing)) continue;
    asides_.push_back("frame " + control);
    if (!control.starts_with("ping")) continue;
    Frame pong;
    pong.opcode = kPongFrame;
    pong.payload = control.size() > 5 ? control.substr(5) : "";
    send_frame(pong);
  }
  return reader_.is_closing();
}

void WebSocketLink::half_close() {
  if (!is_upgraded_ || is_closing_ || shape_ == Shape::kFragments) return TcpLink::half_close();
  Frame close;
  close.opcode = kCloseFrame;
  close.payload = std::string("\x03\xe8", 2);
  send_frame(close);
}

std::string WebSocketLink::upgrade(const std::string& headers) {
  pipe_.send(request(headers, port_, shape_ == Shape::kDeflated));
  read_response();
  return response_headers_;
}

void WebSocketLink::read_response() {
  std::string bytes;
  std::size_t end = std::string::npos;
  Json headers;
  std::size_t body = 0;
  while (end == std::string::npos || bytes.size() < end + body) {
    pollfd ready{fd(), POLLIN, 0};
    if (poll(&ready, 1, kResponseMaxMs) <= 0 || bytes.size() > kResponseMax) {
      throw std::runtime_error("no answer to the upgrade: " + bytes);
    }
    const bool is_open = pipe_.receive(bytes);
    const std::size_t blank = bytes.find("\r\n\r\n");
    if (end == std::string::npos && blank != std::string::npos) {
      end = blank + 4;
      headers = headers_of(std::string_view(bytes).substr(0, blank));
      body = std::stoul(headers.value("Content-Length", "0"));
    }
    if (!is_open && (end == std::string::npos || bytes.size() < end + body)) {
      throw std::runtime_error("closed instead of an answer to the upgrade: " + bytes);
    }
  }
  if (!bytes.starts_with("HTTP/1.1 ")) throw std::runtime_error("not HTTP/1.1: " + bytes);
  const std::string status = bytes.substr(9, bytes.find("\r\n") - 9);
  is_upgraded_ = status.starts_with("101");
  headers[":status"] = status;
  headers[":body"] = trimmed(std::string_view(bytes).substr(end, body));
  may_compress_ = headers.value("Sec-WebSocket-Extensions", "").starts_with(kDeflate);
  if (may_compress_) reader_.allow_compression();
  unread_ = bytes.substr(end + body);
  response_headers_ = headers.dump();
}

bool WebSocketLink::take_aside(std::string& into) {
  if (asides_.empty()) return false;
  into = std::move(asides_.front());
  asides_.pop_front();
  return true;
}

std::string WebSocketLink::seen() const {
  const FrameReader::Tally& tally = reader_.tally();
  return Json{{"frames", tally.frames},
              {"compressed", tally.compressed},
              {"fragmented", tally.fragmented},
              {"largest", tally.largest}}
      .dump();
}

}  // namespace myelin::conformance
