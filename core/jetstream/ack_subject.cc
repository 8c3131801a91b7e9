#include "core/jetstream/ack_subject.h"

#include <array>

#include "core/base/text.h"

namespace myelin {
namespace {

constexpr size_t kTokens = 9;       // of the first form
constexpr size_t kTokensLong = 11;  // at least, of the second
constexpr size_t kNumberDigitsMax = 19;

uint64_t number(std::string_view token) {
  return parse_decimal(token, kNumberDigitsMax).value_or(0);
}

}  // namespace

std::optional<AckSubject> parse_ack_subject(std::string_view subject) {
  std::array<std::string_view, kTokensLong> tokens;
  size_t count = 0;
  while (count < kTokensLong) {
    const size_t end = subject.find('.');
    tokens[count++] = subject.substr(0, end);
    if (end == std::string_view::npos) break;
    subject.remove_prefix(end + 1);
  }
  if (count != kTokens && count != kTokensLong) return std::nullopt;
  const size_t first = count == kTokens ? 2 : 4;
  return AckSubject{.stream = tokens[first],
                    .consumer = tokens[first + 1],
                    .deliveries = number(tokens[first + 2]),
                    .stream_sequence = number(tokens[first + 3]),
                    .consumer_sequence = number(tokens[first + 4])};
}

std::string ack_subject_prefix(std::string_view stream, std::string_view consumer) {
  std::string prefix("$JS.ACK.");
  prefix.append(stream).append(1, '.').append(consumer).append(1, '.');
  return prefix;
}

void append_ack_numbers(std::string& to, const AckNumbers& numbers) {
  const auto add = [&to](uint64_t value) {
    append_decimal(to, value);
    to.push_back('.');
  };
  add(numbers.deliveries);
  add(numbers.stream_sequence);
  add(numbers.consumer_sequence);
  to.append(decimal(numbers.time.unix_ns)).push_back('.');
  append_decimal(to, numbers.pending);
}

}  // namespace myelin
