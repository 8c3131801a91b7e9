#include "core/base/json_syntax.h"

#include "core/base/text.h"

namespace myelin {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kEndOfText = "unexpected EOF";

// A byte in single quotes, as Go's scanner shows one: taken for a character of Latin-1.
std::string single_quoted(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\'') return "'\\''";
  if (c == '"') return "'\"'";
  if (byte < 0x80) {
    std::string text = go_quote(std::string_view(&c, 1));
    return "'" + text.substr(1, text.size() - 2) + "'";
  }
  std::string text = "'";
  text += static_cast<char>(0xC0 | (byte >> 6));
  text += static_cast<char>(0x80 | (byte & 0x3F));
  return text + "'";
}

// Walks one value. Each step returns whether it went well; what went wrong is in error().
class Scan {
 public:
  Scan(std::string_view text, size_t base) : text_(text), base_(base) {}

  size_t at() const { return at_; }
  const std::string& error() const { return error_; }

  bool value(int depth_left) {
    skip_blanks();
    if (is_at_end()) return fail_at_end();
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      if (depth_left == 0) return fail("exceeded max depth");
      ++at_;
      return c == '{' ? object(depth_left - 1) : array(depth_left - 1);
    }
    if (c == '"') return ++at_, string();
    if (c == '-' || is_digit(c)) return number();
    if (c == 't') return literal("true");
    if (c == 'f') return literal("false");
    if (c == 'n') return literal("null");
    return fail_here("looking for beginning of value");
  }

 private:
  bool object(int depth_left) {
    skip_blanks();
    if (take('}')) return true;
    while (true) {
      skip_blanks();
      if (!take('"')) return fail_here("looking for beginning of object key string");
      if (!string()) return false;
      skip_blanks();
      if (!take(':')) return fail_here("after object key");
      if (!value(depth_left)) return false;
      skip_blanks();
      if (take('}')) return true;
      if (!take(',')) return fail_here("after object key:value pair");
    }
  }

  bool array(int depth_left) {
    skip_blanks();
    if (take(']')) return true;
    while (true) {
      if (!value(depth_left)) return false;
      skip_blanks();
      if (take(']')) return true;
      if (!take(',')) return fail_here("after array element");
    }
  }

  // From behind the opening quote.
  bool string() {
    while (!is_at_end()) {
      if (take('"')) return true;
      if (take('\\')) {
        if (!escape()) return false;
      } else if (static_cast<unsigned char>(text_[at_]) < 0x20) {
        return fail_here("in string literal");
      } else {
        ++at_;
      }
    }
    return fail_at_end();
  }

  bool escape() {
    if (take('u')) {
      for (int digit = 0; digit < 4; ++digit, ++at_) {
        if (is_at_end() || hex_digit(text_[at_]) < 0) {
          return fail_here("in \\u hexadecimal character escape");
        }
      }
      return true;
    }
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    if (is_at_end() || kEscapes.find(text_[at_]) == std::string_view::npos) {
      return fail_here("in string escape code");
    }
    ++at_;
    return true;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return fail_here("in numeric literal");
    if (take('.') && !digits()) return fail_here("after decimal point in numeric literal");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return fail_here("in exponent of numeric literal");
    }
    return true;
  }

  bool digits() {
    const size_t begin = at_;
    while (!is_at_end() && is_digit(text_[at_])) ++at_;
    return at_ > begin;
  }

  bool literal(std::string_view word) {
    for (const char c : word) {
      if (!take(c)) {
        return fail_here("in literal " + std::string(word) + " (expecting " + single_quoted(c) +
                         ")");
      }
    }
    return true;
  }

  bool is_at_end() const { return at_ == text_.size(); }
  bool take(char c) {
    if (is_at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_blanks() { at_ = text_.size() - skip_json_blanks(text_.substr(at_)).size(); }

  bool fail(std::string_view error) {
    error_ = error;
    return false;
  }
  bool fail_at_end() { return fail(kEndOfText); }
  bool fail_here(std::string_view where) {
    if (is_at_end()) return fail_at_end();
    return fail("invalid character " + single_quoted(text_[at_]) + " " + std::string(where) +
                " at offset " + decimal(static_cast<int64_t>(base_ + at_ + 1)));
  }

  std::string_view text_;
  size_t base_;
  size_t at_ = 0;
  std::string error_;
};

}  // namespace

JsonSyntax scan_json(std::string_view text, int depth_max, size_t base) {
  Scan scan(text, base);
  scan.value(depth_max);
  return {scan.at(), scan.error()};
}

std::string_view skip_json_blanks(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  return begin == std::string_view::npos ? text.substr(text.size()) : text.substr(begin);
}

}  // namespace myelin
