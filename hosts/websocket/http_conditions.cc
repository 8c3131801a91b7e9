#include "hosts/websocket/http_conditions.h"

#include <algorithm>

#include "core/base/text.h"

namespace myelin {
namespace {

constexpr size_t kDigitsMax = 18;  // fits 63 bits

}  // namespace

RangeAnswer parse_range(std::string_view header, uint64_t file_size, ByteRange& range) {
  constexpr std::string_view kUnit = "bytes=";
  if (!equals_ignoring_case(header.substr(0, kUnit.size()), kUnit)) return RangeAnswer::kWhole;
  const std::string_view wanted = trimmed(header.substr(kUnit.size()));
  const size_t dash = wanted.find('-');
  if (dash == std::string_view::npos || wanted.find(',') != std::string_view::npos) {
    return RangeAnswer::kWhole;
  }
  const std::string_view from = wanted.substr(0, dash);
  const std::string_view to = wanted.substr(dash + 1);
  if (from.empty()) {
    const auto last = parse_decimal(to, kDigitsMax);
    if (!last) return RangeAnswer::kWhole;
    if (*last == 0 || file_size == 0) return RangeAnswer::kUnsatisfiable;
    range.size = std::min(*last, file_size);
    range.begin = file_size - range.size;
    return RangeAnswer::kPart;
  }
  const auto first = parse_decimal(from, kDigitsMax);
  const auto last =
      to.empty() ? std::optional<uint64_t>(UINT64_MAX) : parse_decimal(to, kDigitsMax);
  if (!first || !last || *last < *first) return RangeAnswer::kWhole;
  if (*first >= file_size) return RangeAnswer::kUnsatisfiable;
  range.begin = *first;
  range.size = std::min(*last, file_size - 1) - *first + 1;
  return RangeAnswer::kPart;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const size_t comma = std::min(if_none_match.find(','), if_none_match.size());
    std::string_view each = trimmed(if_none_match.substr(0, comma));
    if (each.starts_with("W/")) each.remove_prefix(2);
    if (each == etag || each == "*") return true;
    if_none_match.remove_prefix(std::min(comma + 1, if_none_match.size()));
  }
  return false;
}

}  // namespace myelin
