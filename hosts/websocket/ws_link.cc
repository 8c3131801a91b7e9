#include "hosts/websocket/ws_link.h"

#include <algorithm>
#include <utility>

#include "hosts/common/entropy.h"
#include "hosts/common/go_text.h"

namespace myelin {
namespace {

// Browsers take small frames better (nats-server).
constexpr uint64_t kBrowserFrameMax = 4096;
// Less is not worth deflating (nats-server).
constexpr uint64_t kDeflateFrom = 65;

Chunk chunk_of(std::string_view text) {
  return {.buffer = Buffer::copy_of(text), .offset = 0, .size = static_cast<uint32_t>(text.size())};
}

}  // namespace

// Opening -----------------------------------------------------------------------------------------

void WsLink::begin(AcceptedSocket socket, TlsContext* tls) {
  peer_ = std::move(socket);
  upgrade_ = std::make_unique<Upgrade>();
  if (!transport_.attach(loop_.uv(), peer_.descriptor, peer_.kind)) {
    is_ended_ = true;
    return leave_owner();
  }
  if (tls != nullptr) transport_.start_tls(tls->accept());
  transport_.start_reading();
}

void WsLink::give_up() {
  is_ended_ = true;
  leave_owner();
  transport_.abort();
}

void WsLink::leave_owner() {
  if (owner_ == nullptr) return;
  loop_.keep_until_released(std::exchange(owner_, nullptr)->release(*this));
}

void WsLink::on_secured(TlsFacts facts) {
  tls_facts_ = std::make_unique<TlsFacts>(std::move(facts));
}

void WsLink::take_request(Bytes bytes) {
  switch (upgrade_->take(as_text(bytes))) {
    case Upgrade::Progress::kMore:
      return;
    case Upgrade::Progress::kRefused:
      return refuse();
    case Upgrade::Progress::kComplete:
      return upgrade_->judge(shared_.rules) ? upgrade() : refuse();
  }
}

void WsLink::refuse() {
  const UpgradeRefusal& refusal = upgrade_->refusal();
  if (!refusal.log.empty()) log_error("websocket handshake error: " + refusal.log);
  is_ended_ = true;
  leave_owner();
  if (!refusal.response.empty()) send_text(refusal.response);
  transport_.close_when_written();
}

void WsLink::upgrade() {
  const UpgradeAccepted& accepted = upgrade_->accepted();
  protocol_ = std::make_unique<WsProtocol>(completions_, shared_.scratch,
                                           static_cast<WsProtocol::User&>(*this));
  const std::string response = protocol_->accept(*upgrade_,
                                                 {.compresses = accepted.compresses,
                                                  .takes_unmasked = accepted.need_not_mask,
                                                  .message_max = shared_.message_max},
                                                 shared_.rules.headers);
  if (response.empty()) return refuse();
  send_text(response);
  if (is_ended_) return;  // the peer was gone already, and its owner knows
  if (accepted.is_leaf_node) {
    shared_.log.write(LogLevel::kError, "Not configured to accept leaf node connections");
    is_ended_ = true;
    leave_owner();
    return transport_.close_when_written();
  }
  compresses_ = accepted.compresses;
  if (accepted.is_browser) framing_.frame_max = kBrowserFrameMax;
  framing_.fragments_compressed = accepted.fragments_compressed;
  Peer peer{.kind = LinkKind::kWebSocket,
            .address = std::move(peer_.address),
            .port = peer_.port,
            .tls = tls_facts_ ? TlsMode::kFirst : TlsMode::kPlain,
            .forwarded_for = accepted.forwarded_for,
            .cookies = accepted.cookies,
            .nonce = random_nonce()};
  upgrade_.reset();
  loop_.open(std::exchange(owner_, nullptr)->release(*this), std::move(peer));
}

void WsLink::start(ClientId client) {
  client_ = client;
  if (tls_facts_) loop_.secured(client, std::move(*tls_facts_));
  tls_facts_.reset();
}

void WsLink::log_error(std::string_view text) {
  shared_.log.write(LogLevel::kError,
                    join_host_port(peer_.address, peer_.port) + " - " + std::string(text));
}

// Reading -----------------------------------------------------------------------------------------

std::span<char> WsLink::read_buffer() { return loop_.read_buffer(); }

void WsLink::on_read(Bytes bytes, bool filled) {
  if (upgrade_) return is_ended_ ? void() : take_request(bytes);
  if (is_ended_) return;
  take_frames(bytes);
  if (filled && !is_ended_) loop_.drain_when_worthwhile();
}

// The bytes lie in a read buffer, which nobody looks at after us.
void WsLink::take_frames(Bytes bytes) {
  protocol_->receive({const_cast<char*>(as_text(bytes).data()), bytes.size()});
  if (protocol_->end()) return finish();
  if (protocol_->is_blocked()) transport_.stop_reading();
}

void WsLink::on_payload(Bytes payload) { loop_.receive(client_, payload); }

void WsLink::on_pong(std::string_view frame) {
  sends_pong_ = true;
  send_text(frame, true);
  sends_pong_ = false;
}

void WsLink::pause_reading() {
  is_paused_ = true;
  if (protocol_) protocol_->pause();
  transport_.stop_reading();
}

// What is kept is worked off outside of the drain that says so.
void WsLink::resume_reading() {
  is_paused_ = false;
  continue_later();
}

// The completions run before the link goes away (on_released).
void WsLink::continue_later() {
  if (std::exchange(continues_later_, true)) return;
  completions_.post([this] { go_on(); });
}

void WsLink::go_on() {
  continues_later_ = false;
  if (is_ended_ || !protocol_ || transport_.is_closing()) return;
  if (std::exchange(pong_is_written_, false)) protocol_->pong_written();
  if (!is_paused_) protocol_->resume();
  if (protocol_->end()) return finish();
  if (!protocol_->is_blocked()) transport_.start_reading();
}

// What the last operations produced is sent first, as nats-server does.
void WsLink::finish() {
  if (is_ended_) return;
  loop_.drain();
  if (std::exchange(is_ended_, true)) return;
  const WsProtocol::End& end = *protocol_->end();
  if (!std::exchange(is_close_sent_, true)) {
    std::vector<Chunk> frame;
    frame.push_back(close_frame(end.close.code, end.close.reason));
    send(std::move(frame), 0);
  }
  if (end.is_by_peer) {
    loop_.end(client_, LinkEnd::kPeerClosed);
  } else {
    loop_.end(client_, LinkEnd::kReadError, end.close.reason);
  }
  leave_when_written();
}

// Writing -----------------------------------------------------------------------------------------

void WsLink::write(Write write) {
  const uint64_t payload = size_of(write.chunks);
  std::vector<Chunk> frames;
  if (payload > 0) {
    std::optional<Chunk> deflated;
    if (compresses_ && payload >= kDeflateFrom) deflated = shared_.deflater.deflate(write.chunks);
    if (deflated) {
      append_compressed(std::move(*deflated), framing_, frames);
    } else {
      append_frames(std::move(write.chunks), framing_, frames);
    }
  }
  const bool is_flushed = write.close == Write::Close::kFlush;
  if (is_flushed && !std::exchange(is_close_sent_, true)) {
    frames.push_back(close_frame(write.close_code, write.close_reason));
  }
  if (!frames.empty()) send(std::move(frames), payload);
  if (write.close == Write::Close::kAbort) return abort();
  if (is_flushed) {
    if (protocol_) protocol_->stop();
    transport_.close_when_written();
  }
}

void WsLink::send(std::vector<Chunk> chunks, uint64_t payload, bool is_pong) {
  pieces_.push_back({.size = size_of(chunks), .payload = payload, .is_pong = is_pong});
  transport_.write(std::move(chunks));
}

void WsLink::send_text(std::string_view text, bool is_pong) {
  std::vector<Chunk> chunks;
  chunks.push_back(chunk_of(text));
  send(std::move(chunks), 0, is_pong);
}

// Payload is counted as its piece is taken, in proportion: a slow reader is seen to read.
void WsLink::on_written(uint64_t size) {
  size_t done = 0;
  for (; size > 0 && done < pieces_.size(); ++done) {
    Piece& piece = pieces_[done];
    const uint64_t taken = std::min(size, piece.size - piece.written);
    const auto payload_at = [&](uint64_t written) {
      return written == piece.size ? piece.payload : piece.payload * written / piece.size;
    };
    const uint64_t payload = payload_at(piece.written + taken) - payload_at(piece.written);
    piece.written += taken;
    size -= taken;
    if (payload > 0) loop_.written(client_, payload);
    if (piece.written < piece.size) break;
    if (!piece.is_pong) continue;
    if (sends_pong_) {
      protocol_->pong_written();
    } else {
      pong_is_written_ = true;
      continue_later();
    }
  }
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(done));
}

void WsLink::abort() { transport_.abort(); }

// The end -----------------------------------------------------------------------------------------

// A peer that closed its side may still read what its last commands produced.
void WsLink::on_end(LinkEnd end) {
  if (std::exchange(is_ended_, true)) return transport_.abort();
  if (owner_ != nullptr) {
    if (end == LinkEnd::kTlsHandshakeFailed) {
      shared_.log.write(LogLevel::kError, "websocket: http: TLS handshake error from " +
                                              join_host_port(peer_.address, peer_.port) + ": " +
                                              transport_.tls_failure().text);
    }
    leave_owner();
    return end == LinkEnd::kTlsHandshakeFailed ? transport_.close_when_written()
                                               : transport_.abort();
  }
  if (protocol_) protocol_->stop();
  if (end == LinkEnd::kPeerClosed) {
    loop_.drain();
    loop_.end(client_, end);
    return leave_when_written();
  }
  loop_.end(client_, end);
  transport_.abort();
}

// The Server has been told, and watches no longer.
void WsLink::leave_when_written() {
  transport_.close_when_written();
  if (!transport_.is_closing()) loop_.let_linger(client_);
}

void WsLink::on_released() {
  completions_.finish();
  leave_owner();
  if (!std::exchange(is_ended_, true)) loop_.end(client_, LinkEnd::kPeerClosed);
  loop_.release(*this, client_);
}

}  // namespace myelin
