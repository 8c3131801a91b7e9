// STATSZ: the server's own numbers, as it tells them to the system account.
#pragma once

#include <string>

#include "core/host_facts.h"
#include "core/monitor/observed.h"

namespace myelin {

std::string statistics_report(const Observed& server, const HostFacts& host);

}  // namespace myelin
