// Reports about what only a server written in Go has: profiles, variables of its runtime. The
// questions are answered in their shape, and honestly.
#pragma once

#include <string>

#include "core/base/json.h"
#include "core/host_facts.h"
#include "core/monitor/observed.h"
#include "core/monitor/parameters.h"

namespace myelin {

std::string profile_report(const Observed& server, Parameters& parameters);
std::string variables_report(const Observed& server, const HostFacts& host);

}  // namespace myelin
