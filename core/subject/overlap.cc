#include "core/subject/overlap.h"

#include "core/subject/subject.h"

namespace myelin {
namespace {

void append_token(std::string& to, std::string_view token) {
  if (!to.empty()) to += '.';
  to += token;
}

}  // namespace

std::optional<std::string> overlap(std::string_view a, std::string_view b) {
  std::string common;
  Tokens of_a(a);
  Tokens of_b(b);
  for (;;) {
    std::optional<std::string_view> x = of_a.next();
    std::optional<std::string_view> y = of_b.next();
    if (!x && !y) return common;
    if (!x || !y) return std::nullopt;  // what `>` stands for is at least one token
    if (is_full_wildcard(*x) || is_full_wildcard(*y)) {
      Tokens& rest = is_full_wildcard(*x) ? of_b : of_a;
      for (std::optional<std::string_view> token = is_full_wildcard(*x) ? y : x; token;
           token = rest.next()) {
        append_token(common, *token);
      }
      return common;
    }
    if (is_single_wildcard(*x)) {
      append_token(common, *y);
    } else if (is_single_wildcard(*y) || *x == *y) {
      append_token(common, *x);
    } else {
      return std::nullopt;
    }
  }
}

}  // namespace myelin
