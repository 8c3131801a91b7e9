// The rules of subjects: which byte strings are subjects, which of them are patterns, and which
// patterns cover which. Free functions over borrowed text; a subject is bytes, never characters,
// and nothing here allocates.
//
//     orders.eu.42      a literal: three tokens, none empty
//     orders.*.42       `*` stands for exactly one token
//     orders.>          `>` stands for one token or more, and only at the end
//     orders.e*         a literal: a wildcard is a whole token
//
// What is not a valid subject may still be asked about: the answer is defined, bounded, and for
// a subject with an empty token it is that nothing matches it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace myelin {

// What no subject may hold.
inline bool is_white_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

// The tokens of a subject in order. "a..b" has an empty one in the middle, "" is one empty token.
class Tokens {
 public:
  explicit Tokens(std::string_view subject) : rest_(subject) {}

  std::optional<std::string_view> next() {
    if (done_) return std::nullopt;
    const size_t dot = rest_.find('.');
    const std::string_view token = rest_.substr(0, dot);
    if (dot == std::string_view::npos) {
      done_ = true;
    } else {
      rest_.remove_prefix(dot + 1);
    }
    return token;
  }

 private:
  std::string_view rest_;
  bool done_ = false;
};

// Where the token that begins at `at` ends. A loop, because most tokens are shorter than what
// calling memchr is worth.
inline size_t token_end(std::string_view subject, size_t at) {
  while (at < subject.size() && subject[at] != '.') ++at;
  return at;
}

size_t token_count(std::string_view subject);

inline bool is_single_wildcard(std::string_view token) { return token == "*"; }
inline bool is_full_wildcard(std::string_view token) { return token == ">"; }

// May be subscribed to: no empty token, no white space (space, tab, CR, LF, FF), `>` only at the
// end.
bool is_valid_subject(std::string_view subject);

// Has no wildcard token. Says nothing about validity.
bool is_literal(std::string_view subject);

// Has an empty token, and so can never be delivered to anyone.
bool has_empty_token(std::string_view subject);

// May be published under pedantic rules: no empty token and no wildcard token. White space is the
// protocol's business, as in nats-server.
bool is_valid_literal(std::string_view subject);

// Whether a message published on `literal` reaches a subscription to `pattern`. A token `*` or `>`
// in `literal` is a text like any other: only the same wildcard, or a wider one, takes it.
bool matches(std::string_view pattern, std::string_view literal);

// The same for a `literal` known to have no empty token, as the lookup structures know.
bool matches_checked(std::string_view pattern, std::string_view literal);

// Whether every subject that `narrow` matches is matched by `wide` too.
//
// Differs: nats-server takes any token that only begins with `*` in `wide` for a wildcard.
bool is_subset(std::string_view narrow, std::string_view wide);

// Whether some subject is matched by both.
//
// Differs: nats-server takes tokens that only begin with `*` or `>` for wildcards here.
bool collide(std::string_view a, std::string_view b);

}  // namespace myelin
