// Durations as Go writes them: "250ms", "2m", "1h30m", "-1.5s", "0".
#pragma once

#include <optional>
#include <string_view>

#include "core/base/time.h"

namespace myelin {

// Nothing for anything else, or for what 64 bits of nanoseconds do not hold.
std::optional<Duration> parse_duration(std::string_view text);

// As many seconds; nothing for what does not fit, or is no number.
std::optional<Duration> duration_of_seconds(double count);

}  // namespace myelin
