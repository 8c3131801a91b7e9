// A client that pulls from a consumer, one batch at a time, and acknowledges if it is to. Messages
// must come once each and in the stream's order.
#pragma once

#include <cstdint>
#include <string>

#include "tests/bench/client.h"

namespace bench {

class PullReader {
 public:
  enum class Acks { kNone, kExplicit };

  PullReader(uint16_t port, const std::string& stream, const std::string& consumer, Acks acks);

  // One pull request, all its messages, and their acks sent.
  void pull(uint64_t count);

  // Returns when the server has dealt with everything.
  void fence() { client_.fence(); }

 private:
  void take(const Frame& frame);

  Client client_;
  std::string request_subject_;
  Acks acks_;
  std::string unsent_acks_;
  uint64_t last_number_ = 0;
  bool has_any_ = false;
};

}  // namespace bench
