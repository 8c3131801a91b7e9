// Transport: one connected byte stream on a libuv loop, TCP or unix-domain, in the clear or under
// TLS. It knows bytes and nothing of clients, so that a plain link or WebSocket can stand on it,
// and neither knows of TLS: the same calls bring and take plaintext.
//
// Reads go to a buffer that its user lends (one for the whole loop), so an idle Transport owns no
// buffer. A write is tried at once with one vectored call; only what the kernel did not take is
// kept, as counted chunks:
//
//     write(chunks) -> try_write: all          -> on_written(all)
//                   -> try_write: a part       -> on_written(part); the rest becomes the tail,
//                                                 written by libuv when there is room
//     write(chunks) while there is a tail      -> waits behind it
//
// Under TLS, what waits is plaintext, counted and shared as before; it is sealed a piece at a time,
// each piece once the one before has left, so that a slow peer costs one sealed piece. Written is
// plaintext whose sealed piece has left:
//
//     start_tls()        what was written before leaves in the clear, what is written after waits
//       -> on_secured    the handshake is done; on_read brings plaintext
//       -> on_end(kTlsHandshakeFailed)    tls_failure() says why
//
// After abort() or the end of close_when_written() the user hears on_released, once and last.
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/buffer.h"
#include "core/server.h"
#include "hosts/uv/tls_context.h"
#include "hosts/uv/tls_session.h"

namespace myelin {

class Transport {
 public:
  class User {
   public:
    virtual std::span<char> read_buffer() = 0;
    // `filled`: the buffer was filled, so there is probably more to read at once. Under TLS a piece
    // may be larger than the buffer, and may come after stop_reading(), for what was read before.
    virtual void on_read(Bytes bytes, bool filled) = 0;
    virtual void on_written(uint64_t size) = 0;
    virtual void on_secured(TlsFacts) {}
    // Nothing more can be read or written; the user closes.
    virtual void on_end(LinkEnd end) = 0;
    virtual void on_released() = 0;

   protected:
    ~User() = default;
  };

  explicit Transport(User& user);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Takes the socket, which is closed if this fails. Must precede everything else.
  bool attach(uv_loop_t& loop, int socket, LinkKind kind);
  // From here on TLS is spoken, with `session` as made by a TlsContext; `read` is what the user has
  // already been given of it. Once. The user hears of the end of the handshake, perhaps at once,
  // and sees to it that reading goes on and that it does not last for ever.
  void start_tls(std::unique_ptr<TlsSession> session, Bytes read = {});
  const TlsFailure& tls_failure() const;

  void start_reading();
  void stop_reading();
  void write(std::vector<Chunk> chunks);
  void close_when_written();
  void abort();
  // Nothing is left to be written, or it was given up.
  bool is_closing() const { return is_closing_; }

 private:
  struct Tail;
  struct Secured;
  // What to report as written of chunks that leave.
  struct Credit {
    bool is_sealed = false;  // not their own size, but `plain`, once all have left
    uint64_t plain = 0;
  };

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&handle_); }
  static void on_uv_allocate(uv_handle_t* handle, size_t, uv_buf_t* to);
  static void on_uv_read(uv_stream_t* stream, ssize_t size, const uv_buf_t*);
  static void on_uv_written(uv_write_t* request, int status);
  void lose_peer(int error);
  void send(std::vector<Chunk> chunks, Credit credit);
  void send_now(std::vector<Chunk> chunks, Credit credit);
  void start_tail(std::vector<Chunk> chunks, uint64_t credit);
  void tail_written(int status);
  void discard_input();
  void take_sealed(Bytes bytes, bool filled);
  bool shake_hands(Bytes bytes);
  void open_sealed(Bytes bytes, bool filled);
  void seal_waiting();
  void send_output(uint64_t plain);
  void end_when_written();

  User& user_;
  std::unique_ptr<Tail> tail_;
  std::unique_ptr<Secured> secured_;
  unsigned filled_reads_ = 0;  // one after the other, in this turn of the loop
  bool is_closing_ = false;
  bool closes_when_written_ = false;
  union {
    uv_handle_t any;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  } handle_;
};

}  // namespace myelin
