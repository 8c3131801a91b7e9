#include "core/config/config_lexer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "core/base/text.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;
using ScalarResult = Result<ConfigScalar, SyntaxError>;

bool is_digit(int c) { return c >= '0' && c <= '9'; }
bool is_line_break(int c) { return c == '\n' || c == '\r'; }
bool is_blank(int c) { return c == ' ' || c == '\t'; }
bool is_separator(int c) { return c == '=' || c == ':'; }
bool is_one_of(int c, std::string_view set) {
  return c != ConfigLexer::kEnd && set.find(static_cast<char>(c)) != std::string_view::npos;
}
// What may follow an integer, so that it is one.
bool ends_integer(int c) {
  return c == ConfigLexer::kEnd || is_line_break(c) || is_blank(c) || is_one_of(c, "};,");
}
bool ends_bare_string(int c) { return ends_integer(c) || c == ']'; }

std::string described(int c) {
  if (c == ConfigLexer::kEnd) return "the end of the text";
  if (c == '\n' || c == '\r') return "a line break";
  return std::string("'") + static_cast<char>(c) + "'";
}

ConfigScalar string_value(std::string text) {
  ConfigScalar scalar;
  scalar.value.kind = Kind::kString;
  scalar.value.text = std::move(text);
  return scalar;
}

std::optional<bool> bool_word(std::string_view text) {
  if (text.size() > 5) return std::nullopt;
  const std::string word = lower_case(text);
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return std::nullopt;
}

// What an integer's suffix multiplies it by, or 0 for a suffix there is not. "k" is a thousand,
// "kb", "ki" and "kib" are 1024.
int64_t unit_of(std::string_view suffix) {
  if (suffix.empty()) return 1;
  const std::string word = lower_case(suffix);
  const size_t exponent = std::string_view("kmgtpe").find(word[0]) + 1;
  const std::string_view rest = std::string_view(word).substr(1);
  if (!rest.empty() && rest != "b" && rest != "i" && rest != "ib") return 0;
  int64_t unit = 1;
  for (size_t i = 0; i < exponent; ++i) unit *= rest.empty() ? 1000 : 1024;
  return unit;
}

bool is_calendar_time(std::string_view text) {
  const auto number = [text](size_t at, size_t size) {
    return parse_decimal(text.substr(at, size), size).value_or(0);
  };
  const uint64_t year = number(0, 4), month = number(5, 2), day = number(8, 2);
  static constexpr std::array<uint64_t, 12> kDays = {31, 28, 31, 30, 31, 30,
                                                     31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12) return false;
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const uint64_t days = kDays[static_cast<size_t>(month - 1)] + (month == 2 && is_leap ? 1 : 0);
  return day >= 1 && day <= days && number(11, 2) < 24 && number(14, 2) < 60 && number(17, 2) < 60;
}

}  // namespace

const char* name_of(ConfigValue::Kind kind) {
  switch (kind) {
    case Kind::kBool:
      return "a boolean";
    case Kind::kInt:
      return "an integer";
    case Kind::kFloat:
      return "a float";
    case Kind::kString:
      return "a string";
    case Kind::kDatetime:
      return "a date";
    case Kind::kArray:
      return "an array";
    case Kind::kMap:
      return "a map";
  }
  return "";
}

int ConfigLexer::take() {
  const int c = peek();
  if (c == kEnd) return c;
  if (c == '\n') {
    ++line_;
    line_start_ = at_;
  }
  ++at_;
  return c;
}

SyntaxError ConfigLexer::error_at_next(std::string text) {
  const int c = take();
  return error(std::move(text) + " " + described(c));
}

void ConfigLexer::skip_blanks() {
  while (is_blank(peek())) take();
}

// Bytes of the white space at the cursor, 0 if there is none.
size_t ConfigLexer::space_size() const {
  const std::string_view rest = text_.substr(at_);
  if (rest.empty()) return 0;
  const char c = rest[0];
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  if (static_cast<unsigned char>(c) < 0x80) return 0;
  static constexpr std::string_view kSpaces[] = {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001",
                                                 "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
                                                 "\u2007", "\u2008", "\u2009", "\u200a", "\u2028",
                                                 "\u2029", "\u202f", "\u205f", "\u3000"};
  for (const std::string_view space : kSpaces) {
    if (rest.substr(0, space.size()) == space) return space.size();
  }
  return 0;
}

void ConfigLexer::skip_space() {
  for (size_t size = space_size(); size != 0; size = space_size()) {
    for (; size != 0; --size) take();
  }
}

bool ConfigLexer::skip_comment() {
  const std::string_view rest = text_.substr(at_);
  if (rest.substr(0, 1) != "#" && rest.substr(0, 2) != "//") return false;
  while (peek() != kEnd && !is_line_break(peek())) take();
  return true;
}

Result<ConfigKey, SyntaxError> ConfigLexer::key() {
  ConfigKey key;
  if (is_separator(peek())) return error_at_next("expected a key, found");
  if (peek() == '"' || peek() == '\'') {
    const char quote = static_cast<char>(take());
    key.pos = pos();
    auto text = until_quote(quote, "key");
    if (!text) return text.error();
    key.text = std::move(text.value());
    key.line = line_;
    return key;
  }
  const size_t start = at_;
  key.line = line_;
  key.pos = pos();
  take();
  while (peek() != kEnd && !is_separator(peek()) && space_size() == 0) take();
  key.text = std::string(since(start));
  key.is_include = space_size() != 0 && equals_ignoring_case(key.text, "include");
  return key;
}

Result<std::string, SyntaxError> ConfigLexer::include_path() {
  skip_blanks();
  const int c = peek();
  if (c == '"' || c == '\'') return until_quote(static_cast<char>(take()), "include path");
  if (c == kEnd || is_line_break(c) || is_digit(c) || is_one_of(c, "[{(-\\")) {
    return error_at_next("expected a file to include, found");
  }
  const size_t start = at_;
  while (peek() != kEnd && !is_line_break(peek()) && !is_blank(peek()) &&
         !is_one_of(peek(), ";}'")) {
    take();
  }
  std::string path(since(start));
  if (peek() == '\'') take();
  return path;
}

// The text up to the next `quote`, which is taken too. Nothing in it is special.
Result<std::string, SyntaxError> ConfigLexer::until_quote(char quote, const char* what) {
  const size_t start = at_;
  const int start_line = line_;
  while (peek() != quote) {
    if (take() == kEnd) {
      return SyntaxError{start_line, std::string("the quoted ") + what + " has no end"};
    }
  }
  std::string text(since(start));
  take();
  return text;
}

Result<ConfigScalar, SyntaxError> ConfigLexer::scalar() {
  const int c = peek();
  if (c == '\'') {
    take();
    auto text = until_quote('\'', "string");
    if (!text) return text.error();
    return string_value(std::move(text.value()));
  }
  if (c == '"') return double_quoted();
  if (c == '(') return block();
  if (c == '-' || is_digit(c)) return number();
  if (c == '.') return error("a float must begin with a digit");
  if (is_line_break(c)) return error_at_next("expected a value, found");
  return bare_string(at_);
}

// After a backslash.
Result<std::string, SyntaxError> ConfigLexer::escape() {
  switch (const int c = take()) {
    case 't':
      return std::string("\t");
    case 'n':
      return std::string("\n");
    case 'r':
      return std::string("\r");
    case '"':
    case '\\':
      return std::string(1, static_cast<char>(c));
    case 'x': {
      int byte = 0;
      for (int i = 0; i < 2; ++i) {
        const int next = peek();
        const int digit = next == kEnd ? -1 : hex_digit(static_cast<char>(next));
        if (digit < 0) return error_at_next("expected two hexadecimal digits after \\x, found");
        byte = byte * 16 + digit;
        take();
      }
      return std::string(1, static_cast<char>(byte));
    }
    default:
      return error(R"(only \xHH \t \n \r \" and \\ are escapes, found a backslash and )" +
                   described(c));
  }
}

Result<ConfigScalar, SyntaxError> ConfigLexer::double_quoted() {
  const int start_line = line_;
  take();
  std::string text;
  for (size_t start = at_;;) {
    const int c = peek();
    if (c == kEnd) return SyntaxError{start_line, "the quoted string has no end"};
    if (c == '"') {
      text += since(start);
      take();
      return string_value(std::move(text));
    }
    if (c == '\\') {
      text += since(start);
      take();
      auto escaped = escape();
      if (!escaped) return escaped.error();
      text += escaped.value();
      start = at_;
    } else {
      take();
    }
  }
}

// Everything between '(' and a ')' alone on its line, line breaks included.
Result<ConfigScalar, SyntaxError> ConfigLexer::block() {
  const int start_line = line_;
  take();
  const size_t start = at_;
  for (int before = '('; peek() != kEnd; before = take()) {
    if (peek() != ')' || before != '\n') continue;
    if (at_ + 1 < text_.size() && text_[at_ + 1] != '\n') continue;
    std::string text(since(start));
    take();
    return string_value(std::move(text));
  }
  return SyntaxError{start_line, "the block has no end: a ')' alone on its line"};
}

// Integers, floats, dates, and the strings that begin like one.
Result<ConfigScalar, SyntaxError> ConfigLexer::number() {
  const size_t start = at_;
  const bool is_negative = peek() == '-';
  if (is_negative) {
    take();
    if (!is_digit(peek())) return error_at_next("expected a digit after '-', found");
  }
  while (is_digit(peek())) take();
  const int c = peek();
  if (c == '.') return fraction(start);
  if (is_one_of(c, "kKmMgGtTpPeE")) {
    take();
    while (is_one_of(peek(), "bBiI")) take();
    if (ends_integer(peek()) || is_digit(peek())) return integer(start);
    return bare_string(start);
  }
  if (is_negative || ends_integer(c)) return integer(start);
  if (c == '-') return datetime(start);
  take();  // whatever it is, even a bracket or a quote: it belongs to the string
  return bare_string(start);
}

Result<ConfigScalar, SyntaxError> ConfigLexer::integer(size_t start) {
  std::string_view digits = since(start);
  const size_t suffix_at = digits.find_first_not_of("-0123456789");
  const std::string_view suffix =
      suffix_at == std::string_view::npos ? std::string_view() : digits.substr(suffix_at);
  digits = digits.substr(0, suffix_at);

  const auto out_of_range = [&] {
    return error("the integer '" + std::string(since(start)) + "' is out of range");
  };
  ConfigScalar scalar;
  scalar.value.kind = Kind::kInt;
  const auto parsed =
      std::from_chars(digits.data(), digits.data() + digits.size(), scalar.value.integer);
  if (parsed.ec != std::errc()) return out_of_range();
  const int64_t unit = unit_of(suffix);
  if (unit == 0) return error("unknown unit '" + std::string(suffix) + "' after an integer");
  // Differs: nats-server lets the product wrap around.
  if (__builtin_mul_overflow(scalar.value.integer, unit, &scalar.value.integer)) {
    return out_of_range();
  }
  return scalar;
}

// At the first '.' after digits: a float, or an address when there is a second.
Result<ConfigScalar, SyntaxError> ConfigLexer::fraction(size_t start) {
  take();
  if (!is_digit(peek())) return error_at_next("a float must have a digit after the '.', found");
  while (is_digit(peek())) take();
  if (peek() == '.') {
    while (is_digit(peek()) || is_one_of(peek(), ".:-")) take();
    return string_value(std::string(since(start)));
  }
  ConfigScalar scalar;
  scalar.value.kind = Kind::kFloat;
  scalar.value.real = std::strtod(std::string(since(start)).c_str(), nullptr);
  if (!std::isfinite(scalar.value.real)) {
    return error("the float '" + std::string(since(start)) + "' is out of range");
  }
  return scalar;
}

// At the first '-' after digits.
Result<ConfigScalar, SyntaxError> ConfigLexer::datetime(size_t start) {
  static constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
  static constexpr const char* kMistake = "a date must have the form YYYY-MM-DDTHH:MM:SSZ";
  if (at_ - start != 4) return error(kMistake);
  while (at_ - start < kForm.size()) {
    const int c = peek();
    const char wanted = kForm[at_ - start];
    if (wanted == '0' ? !is_digit(c) : c != wanted) return error(kMistake);
    take();
  }
  if (!is_calendar_time(since(start))) {
    return error("there is no such date as '" + std::string(since(start)) + "'");
  }
  ConfigScalar scalar = string_value(std::string(since(start)));
  scalar.value.kind = Kind::kDatetime;
  return scalar;
}

// Reads on to the end of an unquoted string that began at `start`; may turn out to be a boolean or
// a variable. A single quote ends it like a space, and is dropped.
Result<ConfigScalar, SyntaxError> ConfigLexer::bare_string(size_t start) {
  std::string text;
  bool is_plain = true;
  while (!ends_bare_string(peek()) && peek() != '\'') {
    if (take() != '\\') continue;
    is_plain = false;
    text += text_.substr(start, at_ - 1 - start);
    auto escaped = escape();
    if (!escaped) return escaped.error();
    text += escaped.value();
    start = at_;
  }
  text += since(start);
  if (peek() == '\'') {
    is_plain = false;
    take();
  }
  ConfigScalar scalar = string_value(std::move(text));
  if (!is_plain) return scalar;
  std::string& word = scalar.value.text;
  if (const auto truth = bool_word(word)) {
    scalar.value.kind = Kind::kBool;
    scalar.value.boolean = *truth;
    word.clear();
  } else if (!word.empty() && word[0] == '$') {
    scalar.is_variable = true;
    scalar.variable = word.substr(1);
  }
  return scalar;
}

}  // namespace myelin
