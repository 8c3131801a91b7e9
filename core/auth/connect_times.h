// Times of the day at which somebody may be connected: "09:00:00" to "17:00:00", every day, where
// his clock hangs. A range may cross midnight.
//
// What a clock shows elsewhere is for the caller to know: he asks with the time of day.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.h"

namespace myelin {

// "15:04:05" as time since midnight; nothing, if it is none.
std::optional<Duration> parse_time_of_day(std::string_view text);

// How long somebody may stay who comes at `time_of_day`: of the ranges (start, end) that hold it,
// the one that lasts longest. Nothing: he may not come now, or a range is none.
std::optional<Duration> time_allowed(const std::vector<std::pair<std::string, std::string>>& ranges,
                                     Duration time_of_day);

}  // namespace myelin
