// ProcessFacts: what only the host can know of the process it is: memory, processor time, cores.
//
// The share of a processor is measured between two questions, over at least a second: whoever asks
// sooner hears what was said last. The first question measures since this was made.
#pragma once

#include "core/base/time.h"
#include "core/server.h"

namespace myelin {

class ProcessFacts {
 public:
  explicit ProcessFacts(Instant now);
  // All but http_requests.
  HostFacts ask(Instant now);

 private:
  Instant asked_;
  Duration used_;  // processor time, at `asked_`
  double cpu_ = 0;
  bool was_asked_ = false;
};

}  // namespace myelin
