// TlsSession: one side of one TLS connection, without a socket (OpenSSL):
//
//     sealed bytes in  --feed-->  handshake, then open  -->  plaintext
//     plaintext        --seal-->                        -->  sealed bytes to send
//
// It is fed what came, worked until it wants more, and asked for what it has to send; it calls
// nobody. An idle session owns no record buffer. Renegotiation is refused, a record is bounded by
// TLS itself (16 KiB), and a session that failed says nothing more than its alert.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/buffer.h"
#include "core/server.h"
#include "hosts/uv/chunk_queue.h"

struct ssl_st;
struct x509_store_ctx_st;

namespace myelin {

// Why a handshake failed, as the log of nats-server puts it where it has words for it.
struct TlsFailure {
  std::string text;
  // It was no TLS at all, as from who only looks whether somebody listens.
  bool is_probe = false;
};

class TlsSession {
 public:
  enum class State { kHandshake, kReady, kClosed, kFailed };

  // Takes one reference of `ssl`, which knows its side. A peer's certificate must have one of
  // `pins`, if there are any.
  TlsSession(ssl_st* ssl, std::vector<std::string> pins);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  State state() const { return state_; }

  // What came, borrowed until handshake() or open() has worked it off. kReady afterwards means that
  // the handshake is done; there may be plaintext behind it.
  State handshake(Bytes input);
  // Fills `to` from `input`, and says with how much: less than all means that more input is wanted,
  // or that state() is no longer kReady. Input is given once and then, while `to` was filled, asked
  // on with none.
  size_t open(Bytes input, std::span<char> to);
  // Full records of what waits in `from`, up to `size_max` bytes of it: says how many. They are
  // then to be sent, and dropped.
  uint64_t seal(const ChunkQueue& from, uint64_t size_max);
  // The peer is gone; a handshake that was under way has failed for it.
  void give_up(std::string why);
  // Says that nothing more will be sealed.
  void close();

  // What there is to send since the last call; empty: nothing.
  Chunk take_output();

  // For TlsContext: OpenSSL's verdict on a peer's certificate, which stands.
  static int on_verdict(int is_fine, x509_store_ctx_st* judged);

  // Of a handshake that is done.
  TlsFacts facts() const;
  // Of one that failed.
  const TlsFailure& failure() const { return failure_; }

 private:
  friend struct TlsSessionBio;

  void finish_handshake();
  void fail();
  void reserve_output(size_t size);
  size_t gather(std::span<const Chunk>& chunks, size_t& offset, std::span<char> record) const;

  ssl_st* ssl_;
  Bytes input_;
  Buffer output_;
  uint32_t output_size_ = 0;
  State state_ = State::kHandshake;
  bool is_shut_ = false;
  std::vector<std::string> pins_;  // until the handshake is done
  std::string refused_;            // whose certificates were, for the log
  TlsFailure failure_;
};

}  // namespace myelin
