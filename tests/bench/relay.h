// The least a broker on sockets can do: a process that copies what comes on one TCP connection to
// another, a piece at a time, and looks at none of it. Its processor time per message is the floor.
#pragma once

#include <cstdint>
#include <optional>

#include "tests/bench/child_process.h"
#include "tests/bench/clock.h"
#include "tests/bench/link.h"

namespace bench {

class Relay {
 public:
  // The relay waits for whole pieces: what it is sent must be a multiple of their size.
  explicit Relay(size_t piece_size);

  // The two ends, given away once.
  Link take_source();
  Link take_sink();

  uint64_t cpu_ns() const { return CpuClock(process_.pid()).read_ns(); }

 private:
  std::optional<Link> source_;
  std::optional<Link> sink_;
  ChildProcess process_;
};

}  // namespace bench
