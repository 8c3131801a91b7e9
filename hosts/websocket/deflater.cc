#include "hosts/websocket/deflater.h"

#include <boost/beast/zlib/deflate_stream.hpp>
#include <cstring>

namespace myelin {
namespace {

namespace zlib = boost::beast::zlib;

constexpr int kLevel = 1;  // nats-server's BestSpeed
constexpr int kWindowBits = 15;
constexpr int kMemoryLevel = 8;
// What a sync flush ends with, and RFC 7692 leaves out.
constexpr uint32_t kTailSize = 4;

}  // namespace

class Deflater::Stream {
 public:
  Stream() { deflate.reset(kLevel, kWindowBits, kMemoryLevel, zlib::Strategy::normal); }
  zlib::deflate_stream deflate;
};

Deflater::Deflater() = default;
Deflater::~Deflater() = default;

// The room is what it must stay below, and a flush's tail.
std::optional<Chunk> Deflater::deflate(const std::vector<Chunk>& chunks) {
  if (!stream_) stream_ = std::make_unique<Stream>();
  uint32_t total = 0;
  for (const Chunk& chunk : chunks) total += chunk.size;
  Buffer out = Buffer::allocate(total + kTailSize);
  zlib::z_params state;
  state.next_out = out.data();
  state.avail_out = out.capacity();
  stream_->deflate.reset();
  for (const Chunk& chunk : chunks) {
    const bool is_last = &chunk == &chunks.back();
    state.next_in = chunk.text().data();
    state.avail_in = chunk.size;
    boost::system::error_code error;
    stream_->deflate.write(state, is_last ? zlib::Flush::sync : zlib::Flush::none, error);
    if ((error && error != zlib::error::need_buffers) || state.avail_in != 0) return std::nullopt;
  }
  // A flush that just filled the room may not be whole.
  if (state.avail_out == 0) return std::nullopt;
  const auto size = static_cast<uint32_t>(state.total_out) - kTailSize;
  if (size >= total) return std::nullopt;
  if (size > out.capacity() / 2) return Chunk{.buffer = std::move(out), .offset = 0, .size = size};
  return Chunk{.buffer = Buffer::copy_of({out.data(), size}), .offset = 0, .size = size};
}

}  // namespace myelin
