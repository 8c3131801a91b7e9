#include "hosts/uv/tcp_link.h"

#include <utility>

#include "hosts/common/entropy.h"

namespace myelin {
namespace {

constexpr size_t kNonceSize = 11;

}  // namespace

// uv_tcp_t alone is 248 bytes, and there may be 65,536 of these.
static_assert(sizeof(TcpLink) <= 400);

void TcpLink::adopt(Loop& loop, AcceptedSocket socket) {
  auto link = std::unique_ptr<TcpLink>(new TcpLink(loop));
  TcpLink& self = *link;
  if (!self.transport_.attach(loop.uv(), socket.descriptor, socket.kind)) {
    self.is_ended_ = true;
    loop.keep_until_released(std::move(link));
    return;
  }
  loop.open(std::move(link), Peer{.kind = socket.kind,
                                  .address = std::move(socket.address),
                                  .port = socket.port,
                                  .nonce = random_bytes(kNonceSize)});
}

void TcpLink::start(ClientId client) {
  client_ = client;
  transport_.start_reading();
}

void TcpLink::write(Write write) {
  transport_.write(std::move(write.chunks));
  if (write.close == Write::Close::kAbort) return abort();
  if (write.close == Write::Close::kFlush) transport_.close_when_written();
}

void TcpLink::pause_reading() { transport_.stop_reading(); }

void TcpLink::resume_reading() { transport_.start_reading(); }

void TcpLink::abort() { transport_.abort(); }

std::span<char> TcpLink::read_buffer() { return loop_.read_buffer(); }

void TcpLink::on_read(Bytes bytes, bool filled) {
  loop_.receive(client_, bytes);
  if (filled) loop_.drain_when_worthwhile();
}

void TcpLink::on_written(uint64_t size) { loop_.written(client_, size); }

// A peer that closed its side may still read what its last commands produced.
void TcpLink::on_end(LinkEnd end) {
  if (std::exchange(is_ended_, true)) return;
  const bool is_orderly = end == LinkEnd::kPeerClosed;
  if (is_orderly) loop_.drain();
  loop_.end(client_, end);
  if (is_orderly) {
    transport_.close_when_written();
  } else {
    transport_.abort();
  }
}

void TcpLink::on_released() {
  if (!std::exchange(is_ended_, true)) loop_.end(client_, LinkEnd::kPeerClosed);
  loop_.release(*this, client_);
}

}  // namespace myelin
