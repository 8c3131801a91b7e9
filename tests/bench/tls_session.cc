#include "tests/bench/tls_session.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr int kPatienceMs = 30'000;

[[noreturn]] void fail_with_tls(const std::string& what) {
  char text[200] = "";
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  throw Failure(what + ": " + text);
}

bool would_wait(int error) { return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE; }

}  // namespace

void TlsSession::Free::operator()(ssl_st* session) const { SSL_free(session); }
void TlsSession::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

TlsSession::TlsSession(int socket)
    : context_(SSL_CTX_new(TLS_client_method())), session_(SSL_new(context_.get())) {
  if (!session_ || SSL_set_fd(session_.get(), socket) != 1) fail_with_tls("TLS");
  if (::fcntl(socket, F_SETFL, O_NONBLOCK) != 0) fail_with_errno("making a socket non-blocking");
  SSL_set_mode(session_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  for (;;) {
    const int result = SSL_connect(session_.get());
    if (result == 1) return;
    const int error = SSL_get_error(session_.get(), result);
    if (!would_wait(error)) fail_with_tls("a TLS handshake");
    const short event = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    pollfd wanted{.fd = socket, .events = event, .revents = 0};
    if (::poll(&wanted, 1, kPatienceMs) <= 0) throw Failure("no TLS handshake in thirty seconds");
  }
}

size_t TlsSession::try_write(std::string_view bytes) {
  size_t size = 0;
  const int result = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &size);
  if (result == 1) return size;
  if (would_wait(SSL_get_error(session_.get(), result))) return 0;
  fail_with_tls("sending over TLS");
}

size_t TlsSession::try_read(std::span<char> into) {
  size_t size = 0;
  const int result = SSL_read_ex(session_.get(), into.data(), into.size(), &size);
  if (result == 1) return size;
  if (would_wait(SSL_get_error(session_.get(), result))) return 0;
  fail_with_tls("receiving over TLS");
}

}  // namespace bench
