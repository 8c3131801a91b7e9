#include "hosts/websocket/uv_stream.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/beast/core/stream_traits.hpp>

#include "core/base/check.h"

namespace myelin {

static_assert(boost::beast::is_async_stream<UvStream>::value);

UvStream::UvStream(Loop& loop, Completions& completions, Owner& owner)
    : loop_(loop), completions_(completions), owner_(owner), transport_(*this) {}

UvStream::~UvStream() = default;

bool UvStream::attach(const AcceptedSocket& socket) {
  return transport_.attach(loop_.uv(), socket.descriptor, socket.kind);
}

void UvStream::close_when_written() {
  if (!end_) end_ = boost::asio::error::operation_aborted;
  if (reader_) std::exchange(reader_, nullptr)->complete(end_, 0);
  transport_.close_when_written();
}

void UvStream::abort() {
  fail_operations(boost::asio::error::operation_aborted);
  transport_.abort();
}

void UvStream::start_read(boost::asio::mutable_buffer to, std::unique_ptr<Waiting> reader) {
  INVARIANT(reader_ == nullptr);
  reader_ = std::move(reader);
  read_to_ = to;
  if (kept_begin_ < kept_.size()) return hand_out_kept();
  if (end_) return std::exchange(reader_, nullptr)->complete(end_, 0);
  transport_.start_reading();
}

void UvStream::hand_out_kept() {
  const size_t size = std::min(read_to_.size(), kept_.size() - kept_begin_);
  std::copy_n(kept_.data() + kept_begin_, size, static_cast<char*>(read_to_.data()));
  kept_begin_ += size;
  if (kept_begin_ == kept_.size()) {
    kept_ = std::string();
    kept_begin_ = 0;
  }
  std::exchange(reader_, nullptr)->complete({}, size);
}

void UvStream::start_write(Buffer bytes, std::unique_ptr<Waiting> writer) {
  INVARIANT(writer_ == nullptr);
  const uint32_t size = bytes.capacity();
  if (end_ && end_ != boost::asio::error::eof) return writer->complete(end_, 0);
  if (size == 0) return writer->complete({}, 0);
  writer_ = std::move(writer);
  write_size_ = unwritten_ = size;
  std::vector<Chunk> chunks;
  chunks.push_back({.buffer = std::move(bytes), .offset = 0, .size = size});
  transport_.write(std::move(chunks));
}

void UvStream::fail_operations(ErrorCode error) {
  if (!end_ || end_ == boost::asio::error::eof) end_ = error;
  if (reader_) std::exchange(reader_, nullptr)->complete(end_, 0);
  if (writer_) std::exchange(writer_, nullptr)->complete(end_, 0);
}

// What the Transport says -------------------------------------------------------------------------

std::span<char> UvStream::read_buffer() { return loop_.read_buffer(); }

void UvStream::on_read(Bytes bytes, bool) {
  kept_.append(as_text(bytes));
  if (reader_) return hand_out_kept();
  transport_.stop_reading();
}

void UvStream::on_written(uint64_t size) {
  unwritten_ -= std::min(unwritten_, size);
  if (unwritten_ == 0 && writer_) std::exchange(writer_, nullptr)->complete({}, write_size_);
}

// A peer that has said all it wants to say may still be listening.
void UvStream::on_end(LinkEnd end) {
  if (end == LinkEnd::kPeerClosed) {
    if (!end_) end_ = boost::asio::error::eof;
    if (reader_) std::exchange(reader_, nullptr)->complete(end_, 0);
    return;
  }
  fail_operations(boost::asio::error::connection_reset);
}

// Handlers that are under way may refer to this stream and to its owner.
void UvStream::on_released() {
  fail_operations(boost::asio::error::operation_aborted);
  completions_.finish();
  owner_.on_stream_released();
}

}  // namespace myelin
