#include "core/jetstream/ack_verb.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/base/text.h"
#include "core/jetstream/config_json.h"

namespace myelin {
namespace {

struct Unit {
  std::string_view name;
  int64_t ns;
};
// A name that begins another one stands behind it.
constexpr std::array<Unit, 8> kUnits{{{"ns", 1},
                                      {"us", 1000},
                                      {"\xc2\xb5s", 1000},
                                      {"\xce\xbcs", 1000},
                                      {"ms", 1000 * 1000},
                                      {"s", 1000 * 1000 * 1000},
                                      {"m", 60LL * 1000 * 1000 * 1000},
                                      {"h", 3600LL * 1000 * 1000 * 1000}}};
// Longer than any delay that makes sense, and far from what 64 bits hold.
constexpr Duration kDelayMax = std::chrono::hours(50 * 365 * 24);

// What is to be delivered before now is delivered now.
Duration bounded(Duration delay) { return std::clamp(delay, Duration::zero(), kDelayMax); }

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

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
  if (starts_with(text, ".")) {
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
  for (const Unit& unit : kUnits) {
    if (!starts_with(text, unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return value * static_cast<double>(unit.ns);
  }
  return std::nullopt;
}

std::optional<Duration> parse_go_duration(std::string_view text) {
  const bool is_negative = starts_with(text, "-");
  if (is_negative || starts_with(text, "+")) text.remove_prefix(1);
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
  if (starts_with(payload, "+NXT")) return {AckKind::kNext, payload.substr(4)};
  if (starts_with(payload, "-NAK")) return {AckKind::kNak, trimmed(payload.substr(4), kWhitespace)};
  if (payload == "+WPI") return {AckKind::kProgress, {}};
  if (starts_with(payload, "+TERM"))
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
