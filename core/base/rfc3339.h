// Times as JSON has them: RFC 3339 in UTC with as many digits of the second as are needed
// ("2026-01-02T03:04:05.5Z"), as Go writes RFC3339Nano.
//
// A WallTime reaches from 1677 to 2262. kZeroTime stands for Go's zero time and for all before what
// can be held; what lies after is the last that can.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace myelin {

// "0001-01-01T00:00:00Z"
inline constexpr WallTime kZeroTime{INT64_MIN};

std::string rfc3339(WallTime time);

// Any offset ("+02:00") is taken; nothing where the text is no such time.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace myelin
