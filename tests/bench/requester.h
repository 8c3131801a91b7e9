// One requester and one responder, in one thread, one request at a time: what is timed is the
// server and the kernel, with no scheduling between the two clients in it. Requests look like those
// of the official libraries: a wildcard inbox for all replies, a reply subject of its own for each
// request.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/bench/client.h"

namespace bench {

class Requester {
 public:
  explicit Requester(uint16_t port, const Credentials& credentials = {});

  // One request and its reply, checked; returns nanoseconds.
  uint32_t request();

  // The latencies of so many requests.
  std::vector<uint32_t> request_many(uint64_t count);

 private:
  Client requester_;
  Client responder_;
  uint64_t request_count_ = 0;
};

}  // namespace bench
