// Several flows at once, driven by one thread and one epoll. A run publishes for a while, then
// waits until everything published has been received and settles the accounts.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/bench/file_descriptor.h"
#include "tests/bench/flow.h"

namespace bench {

struct TrafficCount {
  uint64_t published = 0;
  uint64_t received = 0;
  uint64_t wall_ns = 0;
};

class Traffic {
 public:
  explicit Traffic(std::vector<Flow> flows);

  // Throws Failure when nothing moves for ten seconds.
  TrafficCount run(double seconds);

  // To be called behind a run, except for a relay, which answers no PING.
  void settle_accounts();

 private:
  TrafficCount count() const;
  bool step(bool may_begin_batch);
  bool is_settled() const;
  void wait(int timeout_ms);

  std::vector<Flow> flows_;
  FileDescriptor epoll_;
};

}  // namespace bench
