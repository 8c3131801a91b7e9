#include "tests/bench/login_storm.h"

#include <algorithm>

#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr int kAtOnce = 32;

}  // namespace

LoginStorm::LoginStorm(uint16_t port, const Credentials& credentials, int count)
    : port_(port),
      credentials_(credentials),
      remaining_(count),
      threads_running_(std::min(kAtOnce, count)) {
  const int thread_count = threads_running_;
  for (int i = 0; i < thread_count; ++i) threads_.emplace_back([this] { log_in_repeatedly(); });
}

LoginStorm::~LoginStorm() {
  remaining_ = 0;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void LoginStorm::finish() {
  for (std::thread& thread : threads_) thread.join();
  if (!error_.empty()) throw Failure("a log-in failed: " + error_);
}

void LoginStorm::log_in_repeatedly() {
  try {
    while (remaining_.fetch_sub(1) > 0) Client(port_, Inbound::kSmall, credentials_);
  } catch (const Failure& failure) {
    const std::lock_guard<std::mutex> lock(mutex_);
    error_ = failure.what();
    remaining_ = 0;
  }
  --threads_running_;
}

}  // namespace bench
