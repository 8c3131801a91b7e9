#include "hosts/uv/transport.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

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
  std::vector<Chunk> waiting;
  uint64_t sending_size = 0;
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
    self.user_.on_read(as_bytes({buffer->base, got}), is_filled);
  } else if (size < 0 && size != UV_ENOBUFS) {
    self.stop_reading();
    self.user_.on_end(size == UV_EOF ? LinkEnd::kPeerClosed : LinkEnd::kReadError);
  }
}

void Transport::write(std::vector<Chunk> chunks) {
  if (is_closing_ || chunks.empty()) return;
  if (tail_ == nullptr) return write_now(std::move(chunks));
  auto& waiting = tail_->waiting;
  waiting.insert(waiting.end(), std::make_move_iterator(chunks.begin()),
                 std::make_move_iterator(chunks.end()));
}

void Transport::write_now(std::vector<Chunk> chunks) {
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
  if (taken > 0) user_.on_written(taken);
  if (!is_full) return;
  drop_front(chunks, taken);
  const uint64_t left = size_of(chunks);
  start_tail(std::move(chunks), left);
}

void Transport::start_tail(std::vector<Chunk> chunks, uint64_t size) {
  if (tail_ == nullptr) tail_ = std::make_unique<Tail>();
  tail_->sending = std::move(chunks);
  tail_->sending_size = size;
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
  user_.on_written(done->sending_size);
  if (!done->waiting.empty()) write_now(std::move(done->waiting));
  if (closes_when_written_ && tail_ == nullptr) abort();
}

void Transport::close_when_written() {
  if (is_closing_) return;
  stop_reading();
  closes_when_written_ = true;
  if (tail_ == nullptr) {
    discard_input();
    abort();
  }
}

void Transport::discard_input() {
  uv_os_fd_t socket = -1;
  if (uv_fileno(&handle_.any, &socket) != 0) return;
  const std::span<char> buffer = user_.read_buffer();
  for (int count = 0; count < kDiscardsMax; ++count) {
    if (recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT) <= 0) return;
  }
}

void Transport::abort() {
  if (std::exchange(is_closing_, true)) return;
  uv_close(&handle_.any,
           [](uv_handle_t* handle) { static_cast<Transport*>(handle->data)->user_.on_released(); });
}

}  // namespace myelin
