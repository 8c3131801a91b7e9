#include "core/config/duration.h"

#include <cstdint>

#include "core/base/text.h"

namespace myelin {

namespace {

// One number and its unit, taken from `text`, in nanoseconds.
std::optional<int64_t> take_term(std::string_view& text) {
  int64_t whole = 0;
  double fraction = 0;
  bool has_digits = false;
  while (!text.empty() && is_digit(text[0])) {
    if (__builtin_mul_overflow(whole, int64_t{10}, &whole)) return std::nullopt;
    if (__builtin_add_overflow(whole, int64_t{text[0] - '0'}, &whole)) return std::nullopt;
    has_digits = true;
    text.remove_prefix(1);
  }
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    for (double scale = 0.1; !text.empty() && is_digit(text[0]); scale /= 10) {
      fraction += scale * (text[0] - '0');
      has_digits = true;
      text.remove_prefix(1);
    }
  }
  if (!has_digits) return std::nullopt;
  for (const GoUnit& unit : kGoUnits) {
    if (text.substr(0, unit.name.size()) != unit.name) continue;
    text.remove_prefix(unit.name.size());
    // Digits beyond the nanosecond are cut off; what binary fractions lose is put back first.
    const auto part = static_cast<int64_t>(fraction * static_cast<double>(unit.ns) + 1e-3);
    int64_t ns = 0;
    if (__builtin_mul_overflow(whole, unit.ns, &ns)) return std::nullopt;
    if (__builtin_add_overflow(ns, part, &ns)) return std::nullopt;
    return ns;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  bool is_negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    is_negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return Duration{};
  if (text.empty()) return std::nullopt;
  int64_t total = 0;
  while (!text.empty()) {
    const auto ns = take_term(text);
    if (!ns || __builtin_add_overflow(total, *ns, &total)) return std::nullopt;
  }
  return Duration(is_negative ? -total : total);
}

std::optional<Duration> duration_of_seconds(double count) {
  constexpr double kLargest = 9.2e9;  // seconds, a little less than 64 bits of nanoseconds hold
  if (!(count > -kLargest && count < kLargest)) return std::nullopt;
  return Duration(static_cast<int64_t>(count * 1e9));
}

}  // namespace myelin
