// Rules: which imports hold, said again in the plainest way, and held against what the ExchangePlan
// says.
#pragma once

#include <vector>

#include "core/options.h"
#include "tests/exchange/model.h"

namespace myelin::exchange {

// Those that the plan lets hold, by account. Throws sim::BrokenPromise where it must not, or where
// it refuses what is in order.
Model::Imports check_plan(const std::vector<AccountOptions>& accounts);

}  // namespace myelin::exchange
