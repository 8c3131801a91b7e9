// UvStream: a Transport as Asio's AsyncStream, for Beast to read and write HTTP on. Internal to
// hosts/websocket: no other folder includes it, nor Boost.
//
//     async_read_some    one at a time; what was read beyond it is kept, and while nobody asks the
//                        Transport is not read: at most two of the loop's read buffers wait here
//     async_write_some   one at a time; at most kWriteMax bytes are copied, and it completes when
//                        the kernel has taken them, so a peer that does not read stops its writer
//
// Completions are posted to the Completions' queue, never run inside the call. There is no timeout
// here. After close_when_written(), abort() or the end of the peer, outstanding operations
// complete with an error (end_of_stream: boost::asio::error::eof), then, once and last, the owner
// hears on_stream_released and may destroy the stream.
#pragma once

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <string>
#include <utility>

#include "hosts/uv/accepted_socket.h"
#include "hosts/uv/loop.h"
#include "hosts/uv/transport.h"
#include "hosts/websocket/completions.h"

namespace myelin {

// Not final: Asio asks what it is by deriving from it.
class UvStream : private Transport::User {
 public:
  static constexpr size_t kWriteMax = 64 * 1024;

  using executor_type = boost::asio::io_context::executor_type;
  using ErrorCode = boost::system::error_code;

  class Owner {
   public:
    virtual void on_stream_released() = 0;

   protected:
    ~Owner() = default;
  };

  UvStream(Loop& loop, Completions& completions, Owner& owner);
  ~UvStream();

  // Takes the socket in any case. False: it could not be used; on_stream_released follows.
  bool attach(const AcceptedSocket& socket);
  // What was written is still sent; nothing more is read.
  void close_when_written();
  void abort();

  executor_type get_executor() { return completions_.context().get_executor(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(ErrorCode, size_t)>(
        [this](auto handler, boost::asio::mutable_buffer to) {
          start_read(to, erase(std::move(handler)));
        },
        token, first_of<boost::asio::mutable_buffer>(buffers));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    Buffer block = Buffer::allocate(
        static_cast<uint32_t>(std::min(kWriteMax, boost::asio::buffer_size(buffers))));
    boost::asio::buffer_copy(boost::asio::buffer(block.data(), block.capacity()), buffers);
    return boost::asio::async_initiate<Token, void(ErrorCode, size_t)>(
        [this](auto handler, Buffer bytes) {
          start_write(std::move(bytes), erase(std::move(handler)));
        },
        token, std::move(block));
  }

 private:
  // Somebody who waits to hear how an operation ended, of whatever type.
  class Waiting {
   public:
    virtual ~Waiting() = default;
    // Posts the completion.
    virtual void complete(ErrorCode error, size_t size) = 0;
  };
  template <class Handler>
  class WaitingHandler;

  template <class Handler>
  std::unique_ptr<Waiting> erase(Handler handler) {
    return std::make_unique<WaitingHandler<Handler>>(std::move(handler), get_executor());
  }
  template <class Piece, class Buffers>
  static Piece first_of(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto each = boost::asio::buffer_sequence_begin(buffers); each != end; ++each) {
      if (Piece(*each).size() != 0) return *each;
    }
    return {};
  }

  void start_read(boost::asio::mutable_buffer to, std::unique_ptr<Waiting> reader);
  void start_write(Buffer bytes, std::unique_ptr<Waiting> writer);
  void hand_out_kept();
  void fail_operations(ErrorCode error);

  std::span<char> read_buffer() override;
  void on_read(Bytes bytes, bool filled) override;
  void on_written(uint64_t size) override;
  void on_end(LinkEnd end) override;
  void on_released() override;

  Loop& loop_;
  Completions& completions_;
  Owner& owner_;
  boost::asio::mutable_buffer read_to_;
  std::unique_ptr<Waiting> reader_;
  std::unique_ptr<Waiting> writer_;
  size_t write_size_ = 0;  // of the write under way
  uint64_t unwritten_ = 0;
  std::string kept_;  // read, and not asked for yet
  size_t kept_begin_ = 0;
  ErrorCode end_;  // once nothing more can be read
  Transport transport_;
};

template <class Handler>
class UvStream::WaitingHandler final : public Waiting {
 public:
  WaitingHandler(Handler handler, const executor_type& executor)
      : handler_(std::move(handler)),
        executor_(boost::asio::get_associated_executor(handler_, executor)) {}

  void complete(ErrorCode error, size_t size) override {
    boost::asio::post(executor_,
                      boost::beast::bind_front_handler(std::move(handler_), error, size));
  }

 private:
  Handler handler_;
  boost::asio::associated_executor_t<Handler, executor_type> executor_;
};

}  // namespace myelin
