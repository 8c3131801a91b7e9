#include "tests/conformance/runner/socket_pipe.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace myelin::conformance {
namespace {

constexpr int kSendMaxMs = 10'000;
constexpr int kHandshakeMaxMs = 10'000;
constexpr std::size_t kReadSize = 65536;

[[noreturn]] void fail_tls(const char* what) {
  std::array<char, 200> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  throw std::runtime_error(std::string(what) + ": " + text.data());
}

}  // namespace

struct SocketPipe::Tls {
  Tls(int fd, const TlsClient& client)
      : context(SSL_CTX_new(TLS_client_method())), session(SSL_new(configured(client))) {
    if (session == nullptr) fail_tls("TLS session");
    SSL_set_fd(session, fd);
    SSL_set_tlsext_host_name(session, client.server_name.c_str());
    if (!client.ca.empty()) SSL_set1_host(session, client.server_name.c_str());
  }
  ~Tls() {
    SSL_free(session);
    SSL_CTX_free(context);
  }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  SSL_CTX* configured(const TlsClient& client) const {
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (!client.version.empty()) {
      const int version = client.version == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
      SSL_CTX_set_min_proto_version(context, version);
      SSL_CTX_set_max_proto_version(context, version);
    }
    if (!client.ca.empty()) {
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
      if (SSL_CTX_load_verify_locations(context, client.ca.c_str(), nullptr) != 1) fail_tls("ca");
    }
    if (client.certificate.empty()) return context;
    if (SSL_CTX_use_certificate_chain_file(context, client.certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, client.key.c_str(), SSL_FILETYPE_PEM) != 1) {
      fail_tls("client certificate");
    }
    return context;
  }

  SSL_CTX* context;
  SSL* session;
};

SocketPipe::SocketPipe(int fd) : fd_(fd) {}

SocketPipe::~SocketPipe() { close(); }

void SocketPipe::send(std::string_view bytes) {
  if (tls_ != nullptr) return send_tls(bytes);
  while (!bytes.empty() && fd_ >= 0) {
    const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      if (!wait(POLLOUT, kSendMaxMs)) throw std::runtime_error("the server takes nothing");
    } else if (errno != EINTR) {
      return;
    }
  }
}

bool SocketPipe::receive(std::string& into) {
  if (tls_ != nullptr) return receive_tls(into);
  std::array<char, kReadSize> bytes;
  while (fd_ >= 0) {
    const ssize_t size = recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size > 0) {
      into.append(bytes.data(), static_cast<std::size_t>(size));
    } else if (size < 0 && errno == EAGAIN) {
      return true;
    } else if (size == 0 || errno != EINTR) {
      return false;
    }
  }
  return false;
}

std::string SocketPipe::start_tls(const TlsClient& client) {
  tls_ = std::make_unique<Tls>(fd_, client);
  // SSL_set_fd works on the descriptor as it is.
  const int flags = fcntl(fd_, F_GETFL);
  fcntl(fd_, F_SETFL, flags | O_NONBLOCK);
  while (true) {
    const int done = SSL_connect(tls_->session);
    if (done == 1) return SSL_get_version(tls_->session);
    const int error = SSL_get_error(tls_->session, done);
    const bool reads = error == SSL_ERROR_WANT_READ;
    if (!reads && error != SSL_ERROR_WANT_WRITE) fail_tls("TLS handshake");
    if (!wait(reads ? POLLIN : POLLOUT, kHandshakeMaxMs)) {
      throw std::runtime_error("TLS handshake: the server says nothing");
    }
  }
}

void SocketPipe::send_tls(std::string_view bytes) {
  while (!bytes.empty() && fd_ >= 0) {
    std::size_t size = 0;
    const int done = SSL_write_ex(tls_->session, bytes.data(), bytes.size(), &size);
    if (done == 1) {
      bytes.remove_prefix(size);
      continue;
    }
    const int error = SSL_get_error(tls_->session, done);
    ERR_clear_error();
    if (error != SSL_ERROR_WANT_WRITE && error != SSL_ERROR_WANT_READ) return;
    if (!wait(POLLOUT, kSendMaxMs)) throw std::runtime_error("the server takes nothing");
  }
}

bool SocketPipe::receive_tls(std::string& into) {
  std::array<char, kReadSize> bytes;
  while (fd_ >= 0) {
    std::size_t size = 0;
    const int done = SSL_read_ex(tls_->session, bytes.data(), bytes.size(), &size);
    if (done == 1) {
      into.append(bytes.data(), size);
      continue;
    }
    const int error = SSL_get_error(tls_->session, done);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  }
  return false;
}

void SocketPipe::half_close() {
  if (fd_ < 0) return;
  if (tls_ != nullptr) SSL_shutdown(tls_->session);
  shutdown(fd_, SHUT_WR);
}

void SocketPipe::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

bool SocketPipe::wait(short events, int at_most_ms) const {
  pollfd ready{fd_, events, 0};
  return poll(&ready, 1, at_most_ms) > 0;
}

}  // namespace myelin::conformance
