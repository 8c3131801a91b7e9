#include "core/auth/connect_times.h"

#include <algorithm>

#include "core/base/text.h"

namespace myelin {
namespace {

// Go's "15:04:05": hours may have one digit, the others have two.
std::optional<uint64_t> parse_part(std::string_view text, size_t digits_min, uint64_t limit) {
  if (text.size() < digits_min) return std::nullopt;
  const auto value = parse_decimal(text, 2);
  return value && *value < limit ? value : std::nullopt;
}

// Until when a range lasts for who comes at `now`; nothing, if it does not hold it.
std::optional<Duration> left_of(Duration start, Duration end, Duration now) {
  if (start < now && end > now) return end - now;
  if (start <= end) return std::nullopt;
  // It crosses midnight: either the end of yesterday's or the beginning of today's.
  if (end > now) return end - now;
  if (start < now) return end + kDay - now;
  return std::nullopt;
}

}  // namespace

std::optional<Duration> parse_time_of_day(std::string_view text) {
  const size_t first = text.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const size_t second = text.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto hour = parse_part(text.substr(0, first), 1, 24);
  const auto minute = parse_part(text.substr(first + 1, second - first - 1), 2, 60);
  const auto second_value = parse_part(text.substr(second + 1), 2, 60);
  if (!hour || !minute || !second_value) return std::nullopt;
  return Duration(std::chrono::hours(*hour)) + minutes(*minute) + seconds(*second_value);
}

std::optional<Duration> time_allowed(const std::vector<std::pair<std::string, std::string>>& ranges,
                                     Duration time_of_day) {
  std::optional<Duration> longest;
  for (const auto& [start_text, end_text] : ranges) {
    const auto start = parse_time_of_day(start_text);
    const auto end = parse_time_of_day(end_text);
    if (!start || !end) return std::nullopt;
    const auto left = left_of(*start, *end, time_of_day);
    if (left && (!longest || *left > *longest)) longest = left;
  }
  return longest;
}

}  // namespace myelin
