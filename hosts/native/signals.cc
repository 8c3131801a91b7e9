#include "hosts/native/signals.h"

#include <csignal>
#include <utility>

#include "core/base/check.h"

namespace myelin {

Signals::Signals(uv_loop_t& loop, std::function<void(int)> trapped) : trapped_(std::move(trapped)) {
  std::signal(SIGPIPE, SIG_IGN);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) {
    auto* handle = new uv_signal_t;
    INVARIANT(uv_signal_init(&loop, handle) == 0);
    handles_.emplace_back(handle);
    handle->data = this;
    const auto act = [](uv_signal_t* caught, int number) {
      static_cast<Signals*>(caught->data)->trapped_(number);
    };
    INVARIANT(uv_signal_start(handle, act, signal) == 0);
  }
}

std::string_view signal_name(int signal) {
  switch (signal) {
    case SIGINT:
      return "interrupt";
    case SIGTERM:
      return "terminated";
    case SIGHUP:
      return "hangup";
    case SIGUSR1:
      return "user defined signal 1";
    case SIGUSR2:
      return "user defined signal 2";
    default:
      return "unknown";
  }
}

}  // namespace myelin
