// What a clock shows in a time zone, from the machine's files of them (TZif, RFC 8536).
#pragma once

#include <optional>
#include <string_view>

#include "core/base/time.h"

namespace myelin {

// Since midnight. An empty name is the machine's own zone; nothing, if there is no such zone.
std::optional<Duration> time_of_day(std::string_view zone, WallTime at);

}  // namespace myelin
