// /routez, /gatewayz and /leafz: the links to other servers. There are none yet; the reports are
// those of a server that stands alone.
#pragma once

#include <string>

#include "core/monitor/observed.h"
#include "core/monitor/parameters.h"

namespace myelin {

// `parameters` says what was wrong.
std::string routez_report(const Observed& server, Parameters& parameters);
std::string gatewayz_report(const Observed& server, Parameters& parameters);
std::string leafz_report(const Observed& server, Parameters& parameters);

}  // namespace myelin
