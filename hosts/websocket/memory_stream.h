// MemoryStream: a stream of Asio's without anything behind it: what is read was given to it, what
// is written is looked at and let go. Its operations complete when whoever drives it says so, in
// that call, which is never the one that began them. Internal to hosts/websocket.
#pragma once

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace myelin {

// Not final: Asio asks what it is by deriving from it.
class MemoryStream {
 public:
  using executor_type = boost::asio::io_context::executor_type;
  using ErrorCode = boost::system::error_code;

  explicit MemoryStream(boost::asio::io_context& context) : context_(&context) {}

  executor_type get_executor() const { return context_->get_executor(); }

  // For whoever drives it.
  bool wants_input() const { return reader_ != nullptr; }
  // As much as the read that waits takes; says how much. There must be one.
  size_t give(std::string_view bytes) {
    const size_t size = std::min(bytes.size(), read_to_.size());
    std::copy_n(bytes.data(), size, static_cast<char*>(read_to_.data()));
    std::exchange(reader_, nullptr)->complete(size);
    return size;
  }
  bool has_written() const { return writer_ != nullptr; }
  const std::string& written() const { return written_; }
  void finish_write() { std::exchange(writer_, nullptr)->complete(written_.size()); }
  bool is_torn_down() const { return teardown_ != nullptr; }
  void finish_teardown() { std::exchange(teardown_, nullptr)->complete(0); }
  // They are destroyed without being completed.
  void forget_operations() {
    reader_.reset();
    writer_.reset();
    teardown_.reset();
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(ErrorCode, size_t)>(
        [this](auto handler, boost::asio::mutable_buffer to) {
          read_to_ = to;
          reader_ =
              wait([own = std::move(handler)](size_t size) mutable { own(ErrorCode(), size); });
        },
        token, first_of(buffers));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    written_.resize(boost::asio::buffer_size(buffers));
    boost::asio::buffer_copy(boost::asio::buffer(written_), buffers);
    return boost::asio::async_initiate<Token, void(ErrorCode, size_t)>(
        [this](auto handler) {
          writer_ =
              wait([own = std::move(handler)](size_t size) mutable { own(ErrorCode(), size); });
        },
        token);
  }
  template <class Handler>
  void start_teardown(Handler handler) {
    teardown_ = wait([own = std::move(handler)](size_t) mutable { own(ErrorCode()); });
  }

  // What is written while a request is accepted is not wanted; nothing can be read at once.
  template <class Buffers>
  size_t write_some(const Buffers& buffers) {
    return boost::asio::buffer_size(buffers);
  }
  template <class Buffers>
  size_t write_some(const Buffers& buffers, ErrorCode& error) {
    error = {};
    return boost::asio::buffer_size(buffers);
  }
  template <class Buffers>
  size_t read_some(const Buffers&) {
    return 0;
  }
  template <class Buffers>
  size_t read_some(const Buffers&, ErrorCode& error) {
    error = boost::asio::error::would_block;
    return 0;
  }

 private:
  // An operation that is under way, of whatever type.
  class Waiting {
   public:
    virtual ~Waiting() = default;
    virtual void complete(size_t size) = 0;
  };
  template <class Act>
  class WaitingAct final : public Waiting {
   public:
    explicit WaitingAct(Act act) : act_(std::move(act)) {}
    void complete(size_t size) override { act_(size); }

   private:
    Act act_;
  };
  template <class Act>
  std::unique_ptr<Waiting> wait(Act act) {
    return std::make_unique<WaitingAct<Act>>(std::move(act));
  }
  template <class Buffers>
  static boost::asio::mutable_buffer first_of(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto each = boost::asio::buffer_sequence_begin(buffers); each != end; ++each) {
      if (boost::asio::mutable_buffer(*each).size() != 0) return *each;
    }
    return {};
  }

  boost::asio::io_context* context_;
  boost::asio::mutable_buffer read_to_;
  std::unique_ptr<Waiting> reader_;
  std::unique_ptr<Waiting> writer_;
  std::unique_ptr<Waiting> teardown_;
  std::string written_;
};

// What Beast looks for beside a stream.
inline void teardown(boost::beast::role_type, MemoryStream&, boost::system::error_code& error) {
  error = {};
}
template <class Handler>
void async_teardown(boost::beast::role_type, MemoryStream& stream, Handler&& handler) {
  stream.start_teardown(std::forward<Handler>(handler));
}
inline void beast_close_socket(MemoryStream&) {}

}  // namespace myelin
