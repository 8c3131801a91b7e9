// The report as Markdown: what was measured on what, the goals, and below what was seen besides.
#pragma once

#include <string>

#include "tests/bench/suite.h"

namespace bench {

// `command` is how the bench was called, so that a reader can do it again.
std::string markdown(const Report& report, const Options& options, const std::string& command);

}  // namespace bench
