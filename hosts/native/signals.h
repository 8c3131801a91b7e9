// Signals: those an operator sends to a daemon, delivered on the loop.
#pragma once

#include <uv.h>

#include <functional>
#include <string_view>
#include <vector>

#include "hosts/uv/uv_handle.h"

namespace myelin {

class Signals {
 public:
  // `trapped` gets SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2. SIGPIPE is ignored from now on.
  Signals(uv_loop_t& loop, std::function<void(int)> trapped);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  std::function<void(int)> trapped_;
  std::vector<UvHandle<uv_signal_t>> handles_;
};

// As Go names it: "hangup", "user defined signal 1".
std::string_view signal_name(int signal);

}  // namespace myelin
