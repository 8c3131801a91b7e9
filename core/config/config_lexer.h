// ConfigLexer: a cursor over a configuration text that reads its words: keys, scalars, comments,
// include paths. What may stand where is the parser's business.
//
// The words follow nats-server to the letter, oddities included: "10s" and "127.0.0.1:4222" are
// strings although unquoted, "5MB" is an integer, an integer swallows a bracket that touches it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/config/config_value.h"

namespace myelin {

struct SyntaxError {
  int line = 0;
  std::string text;
};

struct ConfigKey {
  std::string text;
  int line = 0;
  int pos = 0;
  bool is_include = false;  // the word `include` and then a space: a path follows, not a value
};

// A value that is neither map nor array. `variable` is set instead of `value` for $NAME.
struct ConfigScalar {
  ConfigValue value;
  std::string variable;
  bool is_variable = false;
};

class ConfigLexer {
 public:
  static constexpr int kEnd = -1;

  explicit ConfigLexer(std::string_view text) : text_(text) {}

  int peek() const { return at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : kEnd; }
  int take();
  int line() const { return line_; }
  // Bytes since the last line break: the first column of the first line is 0, of later ones 1.
  int pos() const { return static_cast<int>(at_ - line_start_); }

  void skip_blanks();  // spaces and tabs
  void skip_space();   // anything Unicode calls space, line breaks too
  // At a comment: skips it up to the line break, and says so.
  bool skip_comment();

  Result<ConfigKey, SyntaxError> key();
  Result<ConfigScalar, SyntaxError> scalar();
  Result<std::string, SyntaxError> include_path();

  SyntaxError error(std::string text) const { return {line_, std::move(text)}; }
  // An error at the next character, which its text ends with.
  SyntaxError error_at_next(std::string text);

 private:
  using StringResult = Result<std::string, SyntaxError>;

  size_t space_size() const;
  StringResult until_quote(char quote, const char* what);
  StringResult escape();
  Result<ConfigScalar, SyntaxError> double_quoted();
  Result<ConfigScalar, SyntaxError> block();
  Result<ConfigScalar, SyntaxError> number();
  Result<ConfigScalar, SyntaxError> integer(size_t start);
  Result<ConfigScalar, SyntaxError> fraction(size_t start);
  Result<ConfigScalar, SyntaxError> datetime(size_t start);
  Result<ConfigScalar, SyntaxError> bare_string(size_t start);

  std::string_view since(size_t start) const { return text_.substr(start, at_ - start); }

  std::string_view text_;
  size_t at_ = 0;
  size_t line_start_ = 0;
  int line_ = 1;
};

}  // namespace myelin
