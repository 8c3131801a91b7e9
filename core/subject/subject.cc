#include "core/subject/subject.h"

#include <algorithm>

namespace myelin {
size_t token_count(std::string_view subject) {
  if (subject.empty()) return 0;
  return 1 + static_cast<size_t>(std::count(subject.begin(), subject.end(), '.'));
}

bool is_valid_subject(std::string_view subject) {
  bool full_wildcard_seen = false;
  Tokens tokens(subject);
  while (const auto token = tokens.next()) {
    if (token->empty() || full_wildcard_seen) return false;
    full_wildcard_seen = is_full_wildcard(*token);
  }
  return std::none_of(subject.begin(), subject.end(), is_white_space);
}

bool is_literal(std::string_view subject) {
  for (size_t index = 0; index < subject.size(); ++index) {
    if (subject[index] != '*' && subject[index] != '>') continue;
    const bool starts = index == 0 || subject[index - 1] == '.';
    const bool ends = index + 1 == subject.size() || subject[index + 1] == '.';
    if (starts && ends) return false;
  }
  return true;
}

bool has_empty_token(std::string_view subject) {
  bool at_start = true;
  for (const char c : subject) {
    const bool is_dot = c == '.';
    if (is_dot && at_start) return true;
    at_start = is_dot;
  }
  return at_start;
}

bool is_valid_literal(std::string_view subject) {
  return !has_empty_token(subject) && is_literal(subject);
}

bool matches(std::string_view pattern, std::string_view literal) {
  return !has_empty_token(literal) && matches_checked(pattern, literal);
}

// One pass over both, byte by byte: subjects are short, and this runs for each pattern that might
// take a message.
bool matches_checked(std::string_view pattern, std::string_view literal) {
  size_t want = 0;
  size_t have = 0;
  for (;;) {
    const size_t left = pattern.size() - want;
    if (left == 1 && pattern[want] == '>') return true;
    if (left > 0 && pattern[want] == '*' && (left == 1 || pattern[want + 1] == '.')) {
      ++want;
      have = token_end(literal, have);
    } else {
      for (; want < pattern.size() && pattern[want] != '.'; ++want, ++have) {
        if (have == literal.size() || literal[have] != pattern[want]) return false;
      }
    }
    if (want == pattern.size() || have == literal.size()) {
      return want == pattern.size() && have == literal.size();
    }
    if (literal[have] != '.') return false;
    ++want;
    ++have;
  }
}

bool is_subset(std::string_view narrow, std::string_view wide) {
  Tokens narrow_tokens(narrow);
  Tokens wide_tokens(wide);
  for (;;) {
    const auto inner = narrow_tokens.next();
    const auto outer = wide_tokens.next();
    if (!inner || !outer) return !inner && !outer;
    if (outer->empty()) return false;
    if (is_full_wildcard(*outer)) return true;
    if (inner->empty() || is_full_wildcard(*inner)) return false;
    if (!is_single_wildcard(*outer) && *inner != *outer) return false;
  }
}

bool collide(std::string_view a, std::string_view b) {
  Tokens a_tokens(a);
  Tokens b_tokens(b);
  for (;;) {
    const auto left = a_tokens.next();
    const auto right = b_tokens.next();
    if (!left || !right) return !left && !right;
    if (left->empty() || right->empty()) return false;
    if (is_full_wildcard(*left) || is_full_wildcard(*right)) return true;
    if (is_single_wildcard(*left) || is_single_wildcard(*right)) continue;
    if (*left != *right) return false;
  }
}

}  // namespace myelin
