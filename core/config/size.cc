#include "core/config/size.h"

#include <charconv>
#include <cstdio>

#include "core/base/text.h"

namespace myelin {

Result<int64_t, std::string> parse_size(std::string_view text) {
  if (text.empty()) return int64_t{0};
  constexpr std::string_view kSuffixes = "KMGT";
  const size_t power = kSuffixes.find(text.back());
  if (power == std::string_view::npos) {
    return std::string("sizes defined as strings must end in K, M, G, T");
  }
  const char* const end = text.data() + text.size() - 1;
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ptr != end || parsed.ec == std::errc::invalid_argument) {
    return std::string("size is no integer before its unit");
  }
  int64_t size = 0;
  const int64_t unit = int64_t{1} << (10 * (power + 1));
  if (parsed.ec != std::errc() || __builtin_mul_overflow(number, unit, &size)) {
    return std::string("size is out of range");
  }
  return size;
}

std::string friendly_size(int64_t bytes) {
  constexpr double kStep = 1024;
  if (bytes < static_cast<int64_t>(kStep)) return decimal(bytes) + " B";
  constexpr std::string_view kUnits = "KMGTPE";
  double size = static_cast<double>(bytes) / kStep;
  size_t unit = 0;
  for (; size >= kStep; ++unit) size /= kStep;
  char text[32];
  std::snprintf(text, sizeof text, "%.2f ", size);
  return std::string(text) + kUnits[unit] + "B";
}

}  // namespace myelin
