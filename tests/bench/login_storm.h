// Clients that log in with a password and leave, several at a time, until so many have done so. It
// runs in threads of its own, which mostly wait: the work, a bcrypt for each log-in, is the
// server's.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/client.h"

namespace bench {

class LoginStorm {
 public:
  LoginStorm(uint16_t port, const Credentials& credentials, int count);
  ~LoginStorm();

  bool is_over() const { return threads_running_ == 0; }

  // Waits for the end; throws Failure when a log-in was refused.
  void finish();

 private:
  void log_in_repeatedly();

  uint16_t port_;
  Credentials credentials_;
  std::atomic<int> remaining_;
  std::atomic<int> threads_running_;
  std::mutex mutex_;
  std::string error_;
  std::vector<std::thread> threads_;
};

}  // namespace bench
