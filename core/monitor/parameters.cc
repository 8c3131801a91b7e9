#include "core/monitor/parameters.h"

#include <optional>

#include "core/base/text.h"

namespace myelin {
namespace {

constexpr std::string_view kBadSyntax = "invalid syntax";
constexpr std::string_view kOutOfRange = "value out of range";

std::optional<std::string> unescaped(std::string_view text) {
  std::string plain;
  for (size_t index = 0; index < text.size(); ++index) {
    const char c = text[index];
    if (c == '+') {
      plain += ' ';
    } else if (c == '%') {
      if (index + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[index + 1]);
      const int low = hex_digit(text[index + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      plain += static_cast<char>(high * 16 + low);
      index += 2;
    } else {
      plain += c;
    }
  }
  return plain;
}

enum class Reading { kRead, kInvalid, kTooLarge };

Reading read_digits(std::string_view text, uint64_t max, uint64_t& value) {
  if (text.empty()) return Reading::kInvalid;
  bool is_too_large = false;
  for (const char c : text) {
    if (c < '0' || c > '9') return Reading::kInvalid;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (value > (max - digit) / 10) is_too_large = true;
    if (!is_too_large) value = value * 10 + digit;
  }
  return is_too_large ? Reading::kTooLarge : Reading::kRead;
}

}  // namespace

template <class Visit>
void Parameters::each(std::string_view name, const Visit& visit) const {
  std::string_view rest = query_;
  while (!rest.empty()) {
    const size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (pair.find(';') != std::string_view::npos) continue;
    const size_t equals = pair.find('=');
    if (unescaped(pair.substr(0, equals)) != name) continue;
    std::optional<std::string> value =
        unescaped(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    if (value && !visit(std::move(*value))) return;
  }
}

std::string Parameters::text(std::string_view name) const {
  std::string first;
  each(name, [&first](std::string value) {
    first = std::move(value);
    return false;
  });
  return first;
}

std::vector<std::string> Parameters::texts(std::string_view name) const {
  std::vector<std::string> all;
  each(name, [&all](std::string value) {
    all.push_back(std::move(value));
    return true;
  });
  return all;
}

void Parameters::refuse(std::string text) {
  if (error_.empty()) error_ = std::move(text);
}

void Parameters::refuse_value(std::string_view kind, std::string_view name,
                              std::string_view function, std::string_view value,
                              std::string_view why) {
  refuse("Error decoding " + std::string(kind) + " for '" + std::string(name) + "': strconv." +
         std::string(function) + ": parsing " + go_quote(value) + ": " + std::string(why));
}

bool Parameters::boolean(std::string_view name) {
  const std::string value = text(name);
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (value == yes) return true;
  }
  for (const char* no : {"", "0", "f", "F", "false", "FALSE", "False"}) {
    if (value == no) return false;
  }
  refuse_value("boolean", name, "ParseBool", value, kBadSyntax);
  return false;
}

int64_t Parameters::integer(std::string_view name) {
  const std::string value = text(name);
  if (value.empty()) return 0;
  const bool is_negative = value.front() == '-';
  const bool is_signed = is_negative || value.front() == '+';
  const uint64_t max = static_cast<uint64_t>(INT64_MAX) + (is_negative ? 1 : 0);
  uint64_t magnitude = 0;
  switch (read_digits(std::string_view(value).substr(is_signed ? 1 : 0), max, magnitude)) {
    case Reading::kRead:
      return static_cast<int64_t>(is_negative ? 0 - magnitude : magnitude);
    case Reading::kInvalid:
      refuse_value("int", name, "Atoi", value, kBadSyntax);
      break;
    case Reading::kTooLarge:
      refuse_value("int", name, "Atoi", value, kOutOfRange);
  }
  return 0;
}

uint64_t Parameters::number(std::string_view name) {
  const std::string value = text(name);
  if (value.empty()) return 0;
  uint64_t magnitude = 0;
  switch (read_digits(value, UINT64_MAX, magnitude)) {
    case Reading::kRead:
      return magnitude;
    case Reading::kInvalid:
      refuse_value("uint64", name, "ParseUint", value, kBadSyntax);
      break;
    case Reading::kTooLarge:
      refuse_value("uint64", name, "ParseUint", value, kOutOfRange);
  }
  return 0;
}

}  // namespace myelin
