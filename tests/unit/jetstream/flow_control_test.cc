#include "core/jetstream/flow_control.h"

#include "catch2/catch.hpp"
#include "core/jetstream/rate_limit.h"

using namespace myelin;

TEST_CASE("FlowControl: asks when half of its window is on its way") {
  FlowControl flow;
  CHECK_FALSE(flow.sent(kFlowWindowStart / 2, false));
  CHECK(flow.sent(1, false));
  flow.asked("fc");
  CHECK_FALSE(flow.sent(kFlowWindowStart / 2, false));
  CHECK(flow.is_stalled());
}

TEST_CASE("FlowControl: an answer frees what was asked about, and doubles the window") {
  FlowControl flow;
  flow.sent(kFlowWindowStart + 1, false);
  flow.asked("fc");
  CHECK(flow.is_stalled());
  CHECK_FALSE(flow.answered("other"));
  CHECK(flow.answered("fc"));
  CHECK_FALSE(flow.is_stalled());
  CHECK_FALSE(flow.answered("fc"));
  CHECK_FALSE(flow.sent(kFlowWindowStart, false));
}

TEST_CASE("FlowControl: asks where only its answer acknowledges and no more may be pending") {
  FlowControl flow;
  CHECK(flow.sent(1, true));
}

TEST_CASE("RateLimit: a full bucket goes at once, the next waits for its bytes") {
  RateLimit limit(8000, 1000, Instant{0});
  CHECK(limit.ready(1000, Instant{0}) == Instant{0});
  limit.take(1000);
  const Instant ready = limit.ready(500, Instant{0});
  CHECK(ready >= Instant{500'000'000});
  CHECK(ready <= Instant{500'000'010});
  CHECK(limit.ready(500, ready) == ready);
}
