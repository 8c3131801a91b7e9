#include "hosts/uv/listener.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/check.h"
#include "core/base/text.h"
#include "hosts/common/go_text.h"
#include "hosts/uv/socket_address.h"

namespace myelin {
namespace {

constexpr int kAcceptsPerTurn = 128;
constexpr uint64_t kDelayMinMs = 10;
constexpr uint64_t kDelayMaxMs = 1000;

}  // namespace

Listener::Listener(uv_loop_t& loop, ListenSocket socket, std::string name, Log& log,
                   Accepted accepted)
    : socket_(std::move(socket)),
      name_(std::move(name)),
      log_(log),
      accepted_(std::move(accepted)),
      delay_ms_(kDelayMinMs) {
  auto* poll = new uv_poll_t;
  INVARIANT(uv_poll_init(&loop, poll, socket_.descriptor()) == 0);
  poll_.reset(poll);
  poll->data = this;
  auto* timer = new uv_timer_t;
  uv_timer_init(&loop, timer);
  timer_.reset(timer);
  timer->data = this;
  listen();
}

void Listener::listen() {
  uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* handle, int, int) {
    static_cast<Listener*>(handle->data)->accept_some();
  });
}

void Listener::accept_some() {
  for (int count = 0; count < kAcceptsPerTurn; ++count) {
    if (!accept_one()) return;
  }
}

// False when there is nothing more to accept now.
bool Listener::accept_one() {
  SocketAddress peer;
  const int descriptor =
      accept4(socket_.descriptor(), peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor >= 0) {
    delay_ms_ = kDelayMinMs;
    const bool is_unix = socket_.kind() == LinkKind::kUnix;
    accepted_({.descriptor = descriptor,
               .kind = socket_.kind(),
               .address = is_unix ? "" : peer.ip(),
               .port = is_unix ? uint16_t{0} : peer.port()});
    return true;
  }
  if (errno == EAGAIN) return false;
  // The peer gave up while it waited: the next may not have.
  if (errno == EINTR || errno == ECONNABORTED) return true;
  back_off(errno);
  return false;
}

void Listener::back_off(int error) {
  const char* const network = socket_.kind() == LinkKind::kUnix ? "unix " : "tcp ";
  log_.write(LogLevel::kError, "Temporary " + name_ + " Accept Error(accept " + network +
                                   socket_.name() + ": accept4: " + go_errno(error) +
                                   "), sleeping " + decimal(static_cast<int64_t>(delay_ms_)) +
                                   "ms");
  uv_poll_stop(poll_.get());
  const auto wake = [](uv_timer_t* timer) { static_cast<Listener*>(timer->data)->listen(); };
  uv_timer_start(timer_.get(), wake, delay_ms_, 0);
  delay_ms_ = std::min(delay_ms_ * 2, kDelayMaxMs);
}

}  // namespace myelin
