#include "hosts/uv/transport.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "core/base/check.h"

namespace myelin {
namespace {

// As many pieces as one system call takes on Linux would be 1,024; what a link has in flight
// rarely comes in so many.
constexpr size_t kPiecesMax = 256;
// How much unread input is thrown away before a close, so that the close ends the stream and does
// not reset it: a reset can destroy an -ERR the peer has not read yet.
constexpr int kDiscardsMax = 16;
// So many full buffers are read from a link before the others have their turn; libuv would read 32.
constexpr unsigned kFilledReadsMax = 8;

// So much plaintext is sealed at a time: four full records, and what they make stays in the
// processor's cache.
constexpr uint64_t kSealedMax = 64 * 1024;
// Plaintext handed on at a time: what one read and a record that was begun before it can hold.
constexpr size_t kOpenedMax = 96 * 1024;
// What TLS says on its own (handshake, alerts, key updates) and the peer does not read.
constexpr uint64_t kUnaskedMax = 256 * 1024;

using Pieces = std::array<uv_buf_t, kPiecesMax>;

uv_buf_t piece_of(const Chunk& chunk) {
  return uv_buf_init(const_cast<char*>(chunk.text().data()), chunk.size);
}

uint64_t size_of(std::span<const Chunk> chunks) {
  uint64_t size = 0;
  for (const Chunk& chunk : chunks) size += chunk.size;
  return size;
}

// Removes `size` bytes from the front.
void drop_front(std::vector<Chunk>& chunks, uint64_t size) {
  size_t whole = 0;
  while (whole < chunks.size() && chunks[whole].size <= size) size -= chunks[whole++].size;
  chunks.erase(chunks.begin(), chunks.begin() + static_cast<std::ptrdiff_t>(whole));
  if (size == 0) return;
  chunks.front().offset += static_cast<uint32_t>(size);
  chunks.front().size -= static_cast<uint32_t>(size);
}

}  // namespace

// What the kernel has not taken. Exists only while there is any.
struct Transport::Tail {
  uv_write_t request;
  std::vector<Chunk> sending;
  uint64_t sending_credit = 0;
  std::vector<Chunk> waiting;
  Credit waiting_credit;
};

// Exists once TLS has begun.
struct Transport::Secured {
  std::unique_ptr<TlsSession> session;
  ChunkQueue waiting;  // plaintext
};

Transport::Transport(User& user) : user_(user) {}
Transport::~Transport() = default;

bool Transport::attach(uv_loop_t& loop, int socket, LinkKind kind) {
  int error = 0;
  if (kind == LinkKind::kUnix) {
    uv_pipe_init(&loop, &handle_.pipe, 0);
    error = uv_pipe_open(&handle_.pipe, socket);
  } else {
    uv_tcp_init(&loop, &handle_.tcp);
    error = uv_tcp_open(&handle_.tcp, socket);
    if (error == 0) uv_tcp_nodelay(&handle_.tcp, 1);
  }
  handle_.any.data = this;
  if (error == 0) return true;
  ::close(socket);
  abort();
  return false;
}

void Transport::start_reading() {
  if (!is_closing_ && !closes_when_written_) {
    uv_read_start(stream(), on_uv_allocate, on_uv_read);
  }
}

void Transport::stop_reading() {
  if (!is_closing_) uv_read_stop(stream());
}

// No buffer means that this link has had its turn: libuv asks again in the next.
void Transport::on_uv_allocate(uv_handle_t* handle, size_t, uv_buf_t* to) {
  Transport& self = *static_cast<Transport*>(handle->data);
  if (self.filled_reads_ >= kFilledReadsMax) {
    self.filled_reads_ = 0;
    *to = uv_buf_init(nullptr, 0);
    return;
  }
  const std::span<char> buffer = self.user_.read_buffer();
  *to = uv_buf_init(buffer.data(), static_cast<unsigned>(buffer.size()));
}

void Transport::on_uv_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  Transport& self = *static_cast<Transport*>(stream->data);
  if (size > 0) {
    const auto got = static_cast<size_t>(size);
    const bool is_filled = got == buffer->len;
    self.filled_reads_ = is_filled ? self.filled_reads_ + 1 : 0;
    const Bytes bytes = as_bytes({buffer->base, got});
    if (self.secured_ != nullptr) return self.take_sealed(bytes, is_filled);
    self.user_.on_read(bytes, is_filled);
  } else if (size < 0 && size != UV_ENOBUFS) {
    self.stop_reading();
    self.lose_peer(static_cast<int>(size));
  }
}

void Transport::lose_peer(int error) {
  const bool is_handshake =
      secured_ != nullptr && secured_->session->state() == TlsSession::State::kHandshake;
  if (is_handshake) {
    secured_->session->give_up(error == UV_EOF ? "EOF"
                                               : std::string("read: ") + uv_strerror(error));
    user_.on_end(LinkEnd::kTlsHandshakeFailed);
  } else {
    user_.on_end(error == UV_EOF ? LinkEnd::kPeerClosed : LinkEnd::kReadError);
  }
}

void Transport::write(std::vector<Chunk> chunks) {
  if (is_closing_ || chunks.empty()) return;
  if (secured_ == nullptr) return send(std::move(chunks), {});
  secured_->waiting.push(std::move(chunks));
  seal_waiting();
}

void Transport::send(std::vector<Chunk> chunks, Credit credit) {
  if (tail_ == nullptr) return send_now(std::move(chunks), credit);
  Credit& behind = tail_->waiting_credit;
  // Clear and sealed pieces wait together only where TLS begins.
  if (credit.is_sealed && !behind.is_sealed) behind = {true, size_of(tail_->waiting)};
  behind.plain += credit.plain;
  auto& waiting = tail_->waiting;
  waiting.insert(waiting.end(), std::make_move_iterator(chunks.begin()),
                 std::make_move_iterator(chunks.end()));
}

void Transport::send_now(std::vector<Chunk> chunks, Credit credit) {
  uint64_t taken = 0;
  size_t begin = 0;
  bool is_full = false;
  while (begin < chunks.size() && !is_full) {
    Pieces pieces;
    const size_t count = std::min(kPiecesMax, chunks.size() - begin);
    const std::span<const Chunk> batch(chunks.data() + begin, count);
    std::transform(batch.begin(), batch.end(), pieces.begin(), piece_of);
    const int size = uv_try_write(stream(), pieces.data(), static_cast<unsigned>(count));
    if (size < 0 && size != UV_EAGAIN) return user_.on_end(LinkEnd::kWriteError);
    const auto got = static_cast<uint64_t>(std::max(size, 0));
    taken += got;
    is_full = got < size_of(batch);
    begin += count;
  }
  uint64_t written = taken;
  if (credit.is_sealed) written = is_full ? 0 : credit.plain;
  if (is_full) {
    drop_front(chunks, taken);
    const uint64_t left = credit.is_sealed ? credit.plain : size_of(chunks);
    start_tail(std::move(chunks), left);
  }
  if (written > 0 && !is_closing_) user_.on_written(written);
}

void Transport::start_tail(std::vector<Chunk> chunks, uint64_t credit) {
  tail_ = std::make_unique<Tail>();
  tail_->sending = std::move(chunks);
  tail_->sending_credit = credit;
  tail_->request.data = this;
  std::vector<uv_buf_t> pieces(tail_->sending.size());
  std::transform(tail_->sending.begin(), tail_->sending.end(), pieces.begin(), piece_of);
  const int error = uv_write(&tail_->request, stream(), pieces.data(),
                             static_cast<unsigned>(pieces.size()), on_uv_written);
  if (error == 0) return;
  tail_.reset();
  user_.on_end(LinkEnd::kWriteError);
}

void Transport::on_uv_written(uv_write_t* request, int status) {
  static_cast<Transport*>(request->data)->tail_written(status);
}

void Transport::tail_written(int status) {
  const std::unique_ptr<Tail> done = std::move(tail_);
  if (is_closing_) return;
  if (status < 0) return user_.on_end(LinkEnd::kWriteError);
  // What waits is sent before the user hears, who may have more to write.
  if (!done->waiting.empty()) send_now(std::move(done->waiting), done->waiting_credit);
  if (done->sending_credit > 0 && !is_closing_) user_.on_written(done->sending_credit);
  if (secured_ != nullptr) seal_waiting();
  if (closes_when_written_) end_when_written();
}

void Transport::close_when_written() {
  if (is_closing_) return;
  stop_reading();
  closes_when_written_ = true;
  end_when_written();
}

// The last thing said under TLS is that nothing follows. What waits for a handshake is not sent.
void Transport::end_when_written() {
  if (is_closing_ || tail_ != nullptr) return;
  if (secured_ != nullptr) {
    TlsSession& session = *secured_->session;
    const bool is_open = session.state() != TlsSession::State::kHandshake &&
                         session.state() != TlsSession::State::kFailed;
    if (is_open && !secured_->waiting.is_empty()) return;
    session.close();
    send_output(0);
    if (is_closing_ || tail_ != nullptr) return;
  }
  discard_input();
  abort();
}

void Transport::discard_input() {
  uv_os_fd_t socket = -1;
  if (uv_fileno(&handle_.any, &socket) != 0) return;
  const std::span<char> buffer = user_.read_buffer();
  for (int count = 0; count < kDiscardsMax; ++count) {
    if (recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT) <= 0) return;
  }
}

// TLS --------------------------------------------------------------------------------------------

void Transport::start_tls(std::unique_ptr<TlsSession> session, Bytes read) {
  INVARIANT(secured_ == nullptr);
  if (is_closing_ || closes_when_written_) return;
  secured_ = std::make_unique<Secured>();
  secured_->session = std::move(session);
  // Who connects speaks first; who accepts has nothing to say yet.
  take_sealed(read, false);
}

const TlsFailure& Transport::tls_failure() const {
  INVARIANT(secured_ != nullptr);
  return secured_->session->failure();
}

void Transport::take_sealed(Bytes bytes, bool filled) {
  if (is_closing_) return;
  if (secured_->session->state() == TlsSession::State::kHandshake) {
    if (!shake_hands(bytes)) return;
    bytes = {};
  }
  open_sealed(bytes, filled);
}

// True once it is done; there may be more behind it.
bool Transport::shake_hands(Bytes bytes) {
  TlsSession& session = *secured_->session;
  const TlsSession::State state = session.handshake(bytes);
  send_output(0);
  if (is_closing_) return false;
  if (state == TlsSession::State::kFailed) {
    stop_reading();
    discard_input();
    user_.on_end(LinkEnd::kTlsHandshakeFailed);
    return false;
  }
  if (state == TlsSession::State::kHandshake) return false;
  user_.on_secured(session.facts());
  seal_waiting();
  return !is_closing_;
}

void Transport::open_sealed(Bytes bytes, bool filled) {
  TlsSession& session = *secured_->session;
  char opened[kOpenedMax];
  size_t size = sizeof opened;
  while (size == sizeof opened && !is_closing_) {
    size = session.open(std::exchange(bytes, {}), opened);
    const bool has_more = size == sizeof opened;
    if (size > 0) user_.on_read(as_bytes({opened, size}), filled || has_more);
  }
  if (is_closing_) return;
  send_output(0);
  if (is_closing_ || session.state() == TlsSession::State::kReady) return;
  stop_reading();
  const bool is_orderly = session.state() == TlsSession::State::kClosed;
  user_.on_end(is_orderly ? LinkEnd::kPeerClosed : LinkEnd::kReadError);
}

// Seals and sends while the kernel takes what was sealed before.
void Transport::seal_waiting() {
  while (!is_closing_ && tail_ == nullptr && !secured_->waiting.is_empty()) {
    TlsSession& session = *secured_->session;
    const uint64_t plain = session.seal(secured_->waiting, kSealedMax);
    if (session.state() == TlsSession::State::kFailed) return user_.on_end(LinkEnd::kWriteError);
    if (plain == 0) return;
    secured_->waiting.drop(plain);
    send_output(plain);
  }
}

// What the session has to send, which carries so much plaintext.
void Transport::send_output(uint64_t plain) {
  Chunk output = secured_->session->take_output();
  if (output.size == 0) return;
  if (tail_ != nullptr && size_of(tail_->waiting) > kUnaskedMax) {
    return user_.on_end(LinkEnd::kReadError);
  }
  std::vector<Chunk> chunks;
  chunks.push_back(std::move(output));
  send(std::move(chunks), {.is_sealed = true, .plain = plain});
}

void Transport::abort() {
  if (std::exchange(is_closing_, true)) return;
  uv_close(&handle_.any,
           [](uv_handle_t* handle) { static_cast<Transport*>(handle->data)->user_.on_released(); });
}

}  // namespace myelin
