// The report as JSON, with every sample of every round.
#pragma once

#include <string>

#include "tests/bench/suite.h"

namespace bench {

std::string json_report(const Report& report);

}  // namespace bench
