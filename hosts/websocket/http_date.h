// Times as HTTP writes them (RFC 9110, 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT". The two obsolete
// forms are not read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace myelin {

std::string http_date(int64_t unix_seconds);
std::optional<int64_t> parse_http_date(std::string_view text);

}  // namespace myelin
