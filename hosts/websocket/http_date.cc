#include "hosts/websocket/http_date.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "core/base/text.h"

namespace myelin {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr int kYearsBegin = 1900;

}  // namespace

std::string http_date(int64_t unix_seconds) {
  const auto time = static_cast<time_t>(unix_seconds);
  tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return http_date(0);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<size_t>(parts.tm_wday)].data(), parts.tm_mday,
                kMonths[static_cast<size_t>(parts.tm_mon)].data(), parts.tm_year + kYearsBegin,
                parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text;
}

// Every place is fixed; the day of the week is not compared with the date.
std::optional<int64_t> parse_http_date(std::string_view text) {
  constexpr std::string_view kShape = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != kShape.size()) return std::nullopt;
  for (const size_t place : {3u, 4u, 7u, 11u, 16u, 19u, 22u, 25u, 26u, 27u, 28u}) {
    if (text[place] != kShape[place]) return std::nullopt;
  }
  const auto number = [text](size_t place, size_t digits) {
    return parse_decimal(text.substr(place, digits), digits);
  };
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = number(5, 2), year = number(12, 4), hour = number(17, 2), minute = number(20, 2),
             second = number(23, 2);
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  if (*day < 1 || *day > 31 || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  tm parts{};
  parts.tm_year = static_cast<int>(*year) - kYearsBegin;
  parts.tm_mon = static_cast<int>(month - kMonths.begin());
  parts.tm_mday = static_cast<int>(*day);
  parts.tm_hour = static_cast<int>(*hour);
  parts.tm_min = static_cast<int>(*minute);
  parts.tm_sec = static_cast<int>(*second);
  return timegm(&parts);
}

}  // namespace myelin
