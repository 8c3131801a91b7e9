// /accountz: the accounts there are, and what one of them has, offers and takes from others.
#pragma once

#include <string>

#include "core/monitor/observed.h"
#include "core/monitor/parameters.h"

namespace myelin {

// `parameters` says what was wrong: there is no such account.
std::string accountz_report(const Observed& server, Parameters& parameters);
// The one account alone, for those who ask by a message.
std::string account_report(const Observed& server, Parameters& parameters);

}  // namespace myelin
