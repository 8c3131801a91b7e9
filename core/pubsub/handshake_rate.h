// HandshakeRate: how many TLS handshakes may begin in a second (`connection_rate_limit`). A second
// begins with the first handshake after the last one ended, as in nats-server.
#pragma once

#include <cstdint>
#include <utility>

#include "core/base/time.h"

namespace myelin {

class HandshakeRate {
 public:
  // Whether one more may begin; a limit of 0 allows any.
  bool allow(Instant now, int64_t limit) {
    if (limit <= 0) return true;
    if (now > end_) {
      end_ = now + seconds(1);
      count_ = 0;
    }
    if (count_++ < limit) return true;
    ++blocked_;
    return false;
  }
  uint64_t blocked() const { return blocked_; }
  // How many were not allowed since this was last asked.
  uint64_t take_blocked() { return std::exchange(blocked_, 0); }

 private:
  Instant end_{};
  int64_t count_ = 0;
  uint64_t blocked_ = 0;
};

}  // namespace myelin
