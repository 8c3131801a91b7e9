// /varz: the server as a whole: what it was told, and what it has done.
#pragma once

#include <string>

#include "core/host_facts.h"
#include "core/monitor/observed.h"

namespace myelin {

std::string varz_report(const Observed& server, const HostFacts& host);

}  // namespace myelin
