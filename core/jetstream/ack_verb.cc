#include "core/jetstream/ack_verb.h"

#include <algorithm>
#include <string>

#include "core/base/text.h"
#include "core/jetstream/config_json.h"

namespace myelin {
namespace {

// Longer than any delay that makes sense, and far from what 64 bits hold.
constexpr Duration kDelayMax = std::chrono::hours(50 * 365 * 24);

// What is to be delivered before now is delivered now.
Duration bounded(Duration delay) { return std::clamp(delay, Duration::zero(), kDelayMax); }

size_t digits_at(std::string_view text) {
  const size_t end = text.find_first_not_of("0123456789");
  return end == std::string_view::npos ? text.size() : end;
}

// One "1.5h" from the front of `text`, in nanoseconds.
std::optional<double> take_part(std::string_view& text) {
  const size_t whole = digits_at(text);
  double value = 0;
  for (char digit : text.substr(0, whole)) value = value * 10 + (digit - '0');
  text.remove_prefix(whole);
  size_t fraction = 0;
  if (text.starts_with(".")) {
    text.remove_prefix(1);
    fraction = digits_at(text);
    double scale = 0.1;
    for (char digit : text.substr(0, fraction)) {
      value += scale * (digit - '0');
      scale /= 10;
    }
    text.remove_prefix(fraction);
  }
  if (whole + fraction == 0) return std::nullopt;
  for (const GoUnit& unit : kGoUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return value * static_cast<double>(unit.ns);
  }
  return std::nullopt;
}

std::optional<Duration> parse_go_duration(std::string_view text) {
  const bool is_negative = text.starts_with("-");
  if (is_negative || text.starts_with("+")) text.remove_prefix(1);
  if (text == "0") return Duration{0};
  if (text.empty()) return std::nullopt;
  double sum = 0;
  while (!text.empty()) {
    const std::optional<double> part = take_part(text);
    if (!part) return std::nullopt;
    sum += *part;
  }
  if (is_negative) return Duration::zero();
  constexpr auto kMax = static_cast<double>(kDelayMax.count());
  return Duration(static_cast<int64_t>(std::min(sum, kMax)));
}

}  // namespace

AckVerb parse_ack_verb(std::string_view payload) {
  if (payload.empty() || payload == "+ACK" || payload == "+OK") return {AckKind::kAck, {}};
  if (payload.starts_with("+NXT")) return {AckKind::kNext, payload.substr(4)};
  if (payload.starts_with("-NAK")) return {AckKind::kNak, trimmed(payload.substr(4), kWhitespace)};
  if (payload == "+WPI") return {AckKind::kProgress, {}};
  if (payload.starts_with("+TERM"))
    return {AckKind::kTerm, trimmed(payload.substr(5), kWhitespace)};
  return {};
}

std::optional<Duration> parse_nak_delay(std::string_view argument) {
  if (argument.empty()) return std::nullopt;
  if (argument.front() != '{') return parse_go_duration(argument);
  Duration delay{0};
  const std::optional<ApiError> error =
      read_json(argument, JsonStrictness::kLenient, "ConsumerNakOptions",
                [&delay](JsonFields& fields) { fields.read("delay", delay); });
  if (error) return std::nullopt;
  return bounded(delay);
}

}  // namespace myelin
