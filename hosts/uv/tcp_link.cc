#include "hosts/uv/tcp_link.h"

#include <utility>

#include "hosts/common/entropy.h"

namespace myelin {
namespace {

// The first byte of a TLS handshake; no operation of a client begins with it.
constexpr char kHandshakeByte = 0x16;

}  // namespace

// uv_tcp_t alone is 248 bytes, and there may be 65,536 of these.
static_assert(sizeof(TcpLink) <= 400);

struct TcpLink::Opening {
  TlsMode mode;
  std::unique_ptr<ProxyHeaderReader> proxy;  // until its header is read
  std::string held;                          // what was taken for one and is none
};

TcpLink::TcpLink(Loop& loop, const Doorway& doorway)
    : loop_(loop), doorway_(doorway), transport_(*this) {}

TcpLink::~TcpLink() = default;

void TcpLink::adopt(Loop& loop, AcceptedSocket socket, const Doorway& doorway) {
  auto link = std::unique_ptr<TcpLink>(new TcpLink(loop, doorway));
  TcpLink& self = *link;
  if (!self.transport_.attach(loop.uv(), socket.descriptor, socket.kind)) {
    self.is_ended_ = true;
    loop.keep_until_released(std::move(link));
    return;
  }
  if (doorway.mode != TlsMode::kPlain || doorway.proxy_protocol) {
    self.opening_ = std::make_unique<Opening>(Opening{.mode = doorway.mode});
    if (doorway.proxy_protocol) self.opening_->proxy = std::make_unique<ProxyHeaderReader>();
  }
  loop.open(std::move(link), Peer{.kind = socket.kind,
                                  .address = std::move(socket.address),
                                  .port = socket.port,
                                  .tls = doorway.mode,
                                  .awaits_proxy_header = doorway.proxy_protocol,
                                  .nonce = random_nonce()});
}

void TcpLink::start(ClientId client) {
  client_ = client;
  const bool tls_is_next = opening_ != nullptr && opening_->proxy == nullptr;
  if (tls_is_next && opening_->mode == TlsMode::kFirst && !doorway_.falls_back) {
    return begin_tls({});
  }
  // Where TLS comes after INFO, the Write that carries INFO begins to read.
  if (tls_is_next && opening_->mode == TlsMode::kAfterInfo) return;
  transport_.start_reading();
}

void TcpLink::write(Write write) {
  // Said before a handshake that was to come first: the Server no longer waits for it.
  if (opening_ != nullptr && opening_->mode == TlsMode::kFirst) {
    opening_->mode = doorway_.allow_non_tls ? TlsMode::kOptional : TlsMode::kAfterInfo;
  }
  transport_.write(std::move(write.chunks));
  if (write.close == Write::Close::kAbort) return abort();
  if (write.close == Write::Close::kFlush) return transport_.close_when_written();
  if (write.start_tls) begin_tls({});
}

void TcpLink::pause_reading() { transport_.stop_reading(); }

void TcpLink::resume_reading() { transport_.start_reading(); }

void TcpLink::abort() { transport_.abort(); }

std::span<char> TcpLink::read_buffer() { return loop_.read_buffer(); }

void TcpLink::on_read(Bytes bytes, bool filled) {
  if (opening_ != nullptr) [[unlikely]]
    return read_opening(as_text(bytes));
  loop_.receive(client_, bytes);
  if (filled) loop_.drain_when_worthwhile();
}

void TcpLink::on_written(uint64_t size) { loop_.written(client_, size); }

// A peer that closed its side may still read what its last commands produced.
void TcpLink::on_end(LinkEnd end) {
  if (end == LinkEnd::kTlsHandshakeFailed) {
    const TlsFailure& failure = transport_.tls_failure();
    return fail(failure.is_probe ? LinkEnd::kNoTls : end, failure.text);
  }
  if (opening_ != nullptr && opening_->proxy != nullptr && end == LinkEnd::kPeerClosed) {
    return fail(LinkEnd::kBadProxyHeader, "failed to read protocol version: EOF");
  }
  if (std::exchange(is_ended_, true)) return transport_.abort();
  const bool is_orderly = end == LinkEnd::kPeerClosed;
  if (is_orderly) loop_.drain();
  loop_.end(client_, end);
  if (is_orderly) {
    transport_.close_when_written();
    if (!transport_.is_closing()) loop_.let_linger(client_);
  } else {
    transport_.abort();
  }
}

void TcpLink::fail(LinkEnd end, std::string_view why) {
  if (!std::exchange(is_ended_, true)) loop_.end(client_, end, why);
  transport_.abort();
}

void TcpLink::on_released() {
  if (!std::exchange(is_ended_, true)) loop_.end(client_, LinkEnd::kPeerClosed);
  loop_.release(*this, client_);
}

// Opening ----------------------------------------------------------------------------------------

void TcpLink::read_opening(std::string_view input) {
  if (opening_->proxy == nullptr || read_proxy_header(input)) choose(input);
}

// True once there is none to wait for; `input` is then what the client itself says.
bool TcpLink::read_proxy_header(std::string_view& input) {
  std::unique_ptr<ProxyHeaderReader> reader = std::move(opening_->proxy);
  switch (reader->take(input)) {
    case ProxyHeaderReader::Status::kMore:
      opening_->proxy = std::move(reader);
      return false;
    case ProxyHeaderReader::Status::kBad:
      fail(LinkEnd::kBadProxyHeader, reader->error());
      return false;
    case ProxyHeaderReader::Status::kNone:
      opening_->held = std::string(reader->taken()) + std::string(input);
      input = opening_->held;
      break;
    case ProxyHeaderReader::Status::kDone:
      break;
  }
  loop_.introduce(client_, reader->address(), reader->port());
  return true;
}

void TcpLink::choose(std::string_view input) {
  std::unique_ptr<Opening> opening = std::move(opening_);
  switch (opening->mode) {
    case TlsMode::kFirst:
    case TlsMode::kAfterInfo:
      return begin_tls(as_bytes(input));
    case TlsMode::kOptional:
      if (input.empty()) {
        opening_ = std::move(opening);
        return;
      }
      if (input.front() == kHandshakeByte) return begin_tls(as_bytes(input));
      break;
    case TlsMode::kPlain:
      break;
  }
  if (!input.empty()) loop_.receive(client_, as_bytes(input));
}

void TcpLink::begin_tls(Bytes read) {
  opening_.reset();
  if (!loop_.begin_tls(client_)) return;
  // A reload may have taken TLS away meanwhile.
  if (doorway_.tls == nullptr) return fail(LinkEnd::kTlsHandshakeFailed, "no certificate");
  transport_.start_reading();
  transport_.start_tls(doorway_.tls->accept(), read);
}

void TcpLink::on_secured(TlsFacts facts) { loop_.secured(client_, std::move(facts)); }

}  // namespace myelin
