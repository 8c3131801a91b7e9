#include "core/jetstream/publish_headers.h"

#include "core/base/text.h"

namespace myelin {
namespace {

constexpr std::string_view kHeaderVersion = "NATS/1.0";
constexpr std::string_view kLineEnd = "\r\n";

PublishHeaders::Value* slot_of(PublishHeaders& headers, std::string_view name) {
  if (name.substr(0, 5) != "Nats-") return nullptr;
  name.remove_prefix(5);
  if (name == "Msg-Id") return &headers.msg_id;
  if (name == "Expected-Stream") return &headers.expected_stream;
  if (name == "Expected-Last-Sequence") return &headers.expected_last_sequence;
  if (name == "Expected-Last-Subject-Sequence") return &headers.expected_last_subject_sequence;
  if (name == "Expected-Last-Subject-Sequence-Subject") {
    return &headers.expected_last_subject_sequence_subject;
  }
  if (name == "Expected-Last-Msg-Id") return &headers.expected_last_msg_id;
  if (name == "Rollup") return &headers.rollup;
  if (name == "TTL") return &headers.ttl;
  if (name == "Incr") return &headers.incr;
  if (name == "Batch-Id") return &headers.batch_id;
  if (name.substr(0, 8) == "Schedule" && name != "Scheduler") return &headers.schedule;
  return nullptr;
}

const GoUnit* find_unit(std::string_view name) {
  for (const GoUnit& unit : kGoUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

size_t count_digits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  return count;
}

// One "1.5h" of a Go duration, taken from the front of `text`.
std::optional<double> take_go_span(std::string_view& text) {
  const size_t whole = count_digits(text);
  size_t size = whole;
  if (size < text.size() && text[size] == '.') size += 1 + count_digits(text.substr(size + 1));
  if (whole == 0 || size > 18) return std::nullopt;
  double number = 0;
  double place = 1;
  bool is_fraction = false;
  for (const char c : text.substr(0, size)) {
    if (c == '.') {
      is_fraction = true;
      continue;
    }
    number = number * 10 + (c - '0');
    if (is_fraction) place *= 10;
  }
  text.remove_prefix(size);
  const size_t unit_size = std::min(text.find_first_of("0123456789."), text.size());
  const GoUnit* unit = find_unit(text.substr(0, unit_size));
  if (unit == nullptr) return std::nullopt;
  text.remove_prefix(unit_size);
  return number / place * static_cast<double>(unit->ns);
}

// Whole seconds of a Go duration; more than a century is one.
std::optional<int64_t> parse_go_seconds(std::string_view text) {
  constexpr double kMax = 100.0 * 366 * 24 * 3600 * 1e9;
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  double ns = 0;
  while (!text.empty()) {
    const std::optional<double> span = take_go_span(text);
    if (!span) return std::nullopt;
    ns += *span;
  }
  return static_cast<int64_t>((ns > kMax ? kMax : ns) / 1e9);
}

}  // namespace

PublishHeaders read_publish_headers(std::string_view block) {
  PublishHeaders headers;
  size_t at = block.find(kLineEnd);
  while (at != std::string_view::npos) {
    at += kLineEnd.size();
    const size_t end = block.find(kLineEnd, at);
    if (end == std::string_view::npos || end == at) break;
    const std::string_view line = block.substr(at, end - at);
    at = end;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    PublishHeaders::Value* slot = slot_of(headers, line.substr(0, colon));
    if (slot == nullptr || slot->has_value()) continue;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    if (!value.empty()) *slot = value;
  }
  return headers;
}

uint64_t expected_sequence(std::string_view value) {
  return parse_decimal(value, kDecimalSizeMax - 1).value_or(UINT64_MAX);
}

std::optional<MessageTtl> parse_message_ttl(std::string_view value) {
  if (equals_ignoring_case(value, "never")) return MessageTtl{.never = true};
  constexpr size_t kDigitsMax = 9;  // of seconds: thirty years
  std::optional<int64_t> count;
  if (const std::optional<uint64_t> number = parse_decimal(value, kDigitsMax)) {
    count = static_cast<int64_t>(*number);
  } else {
    count = parse_go_seconds(value);
  }
  if (!count || *count < 1) return std::nullopt;
  return MessageTtl{.span = seconds(*count)};
}

std::optional<std::string> without_status(std::string_view block) {
  const size_t end = block.find(kLineEnd);
  if (end == std::string_view::npos || end <= kHeaderVersion.size()) return std::nullopt;
  if (block.substr(0, kHeaderVersion.size()) != kHeaderVersion) return std::nullopt;
  return std::string(kHeaderVersion) + std::string(block.substr(end));
}

}  // namespace myelin
