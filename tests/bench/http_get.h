// One GET over HTTP/1.1, as a monitoring tool asks.
#pragma once

#include <cstdint>
#include <string>

namespace bench {

// The body of the answer, from 127.0.0.1; throws Failure unless the status is 200 and the body is
// complete.
std::string http_get(uint16_t port, const std::string& target);

}  // namespace bench
