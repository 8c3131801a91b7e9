// TimeOfDay: what a clock shows somewhere, since midnight, by the name of its zone
// ("Europe/Paris"); nothing, if there is no such place. An empty name is the machine's own. Lent by
// the host, which has the tables.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/time.h"

namespace myelin {

using TimeOfDay = std::optional<Duration> (*)(std::string_view zone, WallTime at);

}  // namespace myelin
