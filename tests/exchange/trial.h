// Trial: plays a Scenario on a Server, and holds what clients received against what the Model says.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/exchange/scenario.h"

namespace myelin::exchange {

struct Played {
  size_t deliveries = 0;
  size_t ways = 0;       // that were opened for answers
  bool is_whole = true;  // false: it was left when chance had decided what cannot be seen
};

// Throws sim::BrokenPromise.
Played play(const Scenario& scenario, uint64_t seed);

}  // namespace myelin::exchange
