#include "hosts/uv/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/check.h"
#include "hosts/uv/tls_certificate.h"
#include "hosts/uv/tls_failure.h"

namespace myelin {
namespace {

// A record's plaintext, and what the seal adds to it at most: header, explicit nonce or a CBC
// block, MAC, padding, content type.
constexpr size_t kRecordMax = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr size_t kRecordOverhead = 96;
// What a session writes on its own: a flight of the handshake, seldom more.
constexpr uint32_t kOutputMin = 4 * 1024;
// More than any flight of a handshake or answer to what the peer sent in one read.
constexpr uint32_t kOutputMax = 4 * 1024 * 1024;

std::string version_text(const SSL* ssl) {
  switch (SSL_version(ssl)) {
    case TLS1_3_VERSION:
      return "1.3";
    case TLS1_2_VERSION:
      return "1.2";
    default:
      return SSL_get_version(ssl);
  }
}

}  // namespace

// The session as OpenSSL sees it: something to read from and write to.
struct TlsSessionBio {
  static TlsSession& session(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* to, int size) {
    Bytes& input = session(bio).input_;
    BIO_clear_retry_flags(bio);
    const size_t got = std::min(input.size(), static_cast<size_t>(std::max(size, 0)));
    if (got == 0) {
      BIO_set_retry_read(bio);
      return -1;
    }
    std::memcpy(to, input.data(), got);
    input = input.subspan(got);
    return static_cast<int>(got);
  }

  static int write(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    if (size <= 0) return 0;
    TlsSession& self = session(bio);
    const auto added = static_cast<size_t>(size);
    if (self.output_size_ + added > kOutputMax) return -1;
    self.reserve_output(added);
    std::memcpy(self.output_.data() + self.output_size_, from, added);
    self.output_size_ += static_cast<uint32_t>(added);
    return size;
  }

  static long control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
  }

  // A table of functions that never changes, as OpenSSL's own kinds are.
  static const BIO_METHOD* method() {
    static const BIO_METHOD* const kMethod = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "session");
      INVARIANT(made != nullptr);
      BIO_meth_set_read(made, read);
      BIO_meth_set_write(made, write);
      BIO_meth_set_ctrl(made, control);
      return made;
    }();
    return kMethod;
  }
};

TlsSession::TlsSession(ssl_st* ssl, std::vector<std::string> pins)
    : ssl_(ssl), pins_(std::move(pins)) {
  BIO* bio = BIO_new(TlsSessionBio::method());
  INVARIANT(bio != nullptr);
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

// In ---------------------------------------------------------------------------------------------

TlsSession::State TlsSession::handshake(Bytes input) {
  if (state_ != State::kHandshake) return state_;
  input_ = input;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) {
    finish_handshake();
  } else if (SSL_get_error(ssl_, result) != SSL_ERROR_WANT_READ) {
    fail();
  }
  return state_;
}

void TlsSession::finish_handshake() {
  const std::vector<std::string> pins = std::exchange(pins_, {});
  if (!pins.empty()) {
    X509* const peer = SSL_get0_peer_certificate(ssl_);
    const std::string hash = peer == nullptr ? "" : public_key_hash(*peer);
    if (std::find(pins.begin(), pins.end(), hash) == pins.end()) {
      failure_.text = "certificate not pinned";
      state_ = State::kFailed;
      return;
    }
  }
  state_ = State::kReady;
}

// Who speaks no TLS would not understand an alert.
void TlsSession::fail() {
  failure_ = describe_failure(*ssl_, refused_);
  if (failure_.is_probe) output_size_ = 0;
  state_ = State::kFailed;
}

void TlsSession::give_up(std::string why) {
  if (state_ != State::kHandshake) return;
  failure_.text = std::move(why);
  state_ = State::kFailed;
}

int TlsSession::on_verdict(int is_fine, x509_store_ctx_st* judged) {
  if (is_fine == 1) return 1;
  const auto* const ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(judged, SSL_get_ex_data_X509_STORE_CTX_idx()));
  TlsSessionBio::session(SSL_get_rbio(ssl)).refused_ = shown_certificates(*judged);
  return 0;
}

size_t TlsSession::open(Bytes input, std::span<char> to) {
  if (state_ != State::kReady) return 0;
  if (!input.empty()) input_ = input;
  size_t filled = 0;
  while (filled < to.size()) {
    size_t got = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_, to.data() + filled, to.size() - filled, &got);
    filled += got;
    if (result == 1) continue;
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_WANT_READ:
        break;
      case SSL_ERROR_ZERO_RETURN:
        state_ = State::kClosed;
        break;
      default:
        fail();
    }
    break;
  }
  return filled;
}

// Out --------------------------------------------------------------------------------------------

// The next record's plaintext, copied together; chunks and offset move behind it.
size_t TlsSession::gather(std::span<const Chunk>& chunks, size_t& offset,
                          std::span<char> record) const {
  size_t size = 0;
  while (size < record.size() && !chunks.empty()) {
    const std::string_view rest = chunks.front().text().substr(offset);
    const size_t added = std::min(rest.size(), record.size() - size);
    std::memcpy(record.data() + size, rest.data(), added);
    size += added;
    offset += added;
    if (offset < chunks.front().size) break;
    chunks = chunks.subspan(1);
    offset = 0;
  }
  return size;
}

uint64_t TlsSession::seal(const ChunkQueue& from, uint64_t size_max) {
  if (state_ == State::kHandshake || state_ == State::kFailed || is_shut_) return 0;
  const uint64_t wanted = std::min(from.size(), size_max);
  reserve_output(wanted + (wanted / kRecordMax + 1) * kRecordOverhead);
  std::span<const Chunk> chunks = from.chunks();
  size_t offset = 0;
  uint64_t sealed = 0;
  char record[kRecordMax];
  while (sealed < wanted) {
    const size_t room = std::min<uint64_t>(kRecordMax, wanted - sealed);
    const char* plain = record;
    size_t size = room;
    if (chunks.front().size - offset >= room) {
      plain = chunks.front().text().data() + offset;
      offset += room;
      if (offset == chunks.front().size) {
        chunks = chunks.subspan(1);
        offset = 0;
      }
    } else {
      size = gather(chunks, offset, {record, room});
    }
    size_t written = 0;
    ERR_clear_error();
    if (SSL_write_ex(ssl_, plain, size, &written) != 1) {
      fail();
      return sealed;
    }
    sealed += written;
  }
  return sealed;
}

void TlsSession::close() {
  if (state_ == State::kHandshake || state_ == State::kFailed) return;
  if (std::exchange(is_shut_, true)) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
}

Chunk TlsSession::take_output() {
  Chunk chunk{.buffer = std::move(output_), .offset = 0, .size = std::exchange(output_size_, 0)};
  output_ = Buffer();
  return chunk;
}

void TlsSession::reserve_output(size_t size) {
  const size_t needed = output_size_ + size;
  if (needed <= output_.capacity()) return;
  const size_t doubled = std::max<size_t>({needed, size_t{output_.capacity()} * 2, kOutputMin});
  Buffer grown = Buffer::allocate(static_cast<uint32_t>(doubled));
  if (output_size_ > 0) std::memcpy(grown.data(), output_.data(), output_size_);
  output_ = std::move(grown);
}

TlsFacts TlsSession::facts() const {
  TlsFacts facts;
  facts.version = version_text(ssl_);
  if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_)) {
    facts.cipher = SSL_CIPHER_standard_name(cipher);
  }
  X509* const leaf = SSL_get0_peer_certificate(ssl_);
  if (leaf == nullptr) return facts;
  facts.names = names_of(*leaf);
  facts.peer_certificates.push_back(describe_certificate(*leaf));
  // A server's view of the chain leaves the leaf out, a client's does not.
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl_);
  for (int i = SSL_is_server(ssl_) != 0 ? 0 : 1; i < sk_X509_num(chain); ++i) {
    facts.peer_certificates.push_back(describe_certificate(*sk_X509_value(chain, i)));
  }
  const STACK_OF(X509)* const verified = SSL_get0_verified_chain(ssl_);
  for (int i = 0; i < sk_X509_num(verified); ++i) {
    facts.verified_chain.push_back(pem_of(*sk_X509_value(verified, i)));
  }
  return facts;
}

}  // namespace myelin
