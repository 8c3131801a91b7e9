// /accountz and /accstatz: the accounts there are. Without configured ones: "$G", where everybody
// is, and "$SYS", which has nothing in it yet.
#pragma once

#include <string>

#include "core/monitor/observed.h"
#include "core/monitor/parameters.h"

namespace myelin {

// `parameters` says what was wrong: there is no such account.
std::string accountz_report(const Observed& server, Parameters& parameters);
std::string accstatz_report(const Observed& server, Parameters& parameters);

}  // namespace myelin
