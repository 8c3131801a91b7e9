#include "tests/exchange/tokens.h"

#include <map>

namespace myelin::exchange {

TokenList split(std::string_view subject) {
  TokenList tokens{""};
  for (const char c : subject) {
    if (c == '.') {
      tokens.emplace_back();
    } else {
      tokens.back() += c;
    }
  }
  return tokens;
}

std::string join_tokens(const TokenList& tokens) {
  std::string text;
  for (const std::string& each : tokens) text += (&each == &tokens.front() ? "" : ".") + each;
  return text;
}

bool fits(std::string_view pattern, std::string_view subject) {
  const TokenList wanted = split(pattern);
  const TokenList given = split(subject);
  for (size_t at = 0; at < wanted.size(); ++at) {
    if (at >= given.size() || given[at].empty()) return false;
    if (wanted[at] == ">") return true;
    if (wanted[at] != "*" && wanted[at] != given[at]) return false;
  }
  return wanted.size() == given.size();
}

bool contains(std::string_view wide, std::string_view narrow) {
  const TokenList big = split(wide);
  const TokenList small = split(narrow);
  for (size_t at = 0; at < big.size(); ++at) {
    if (at >= small.size()) return false;
    if (big[at] == ">") return true;
    if (small[at] == ">") return false;
    if (big[at] != "*" && big[at] != small[at]) return false;
  }
  return big.size() == small.size();
}

bool overlap(std::string_view one, std::string_view other) {
  const TokenList a = split(one);
  const TokenList b = split(other);
  for (size_t at = 0; at < a.size() || at < b.size(); ++at) {
    if (at >= a.size() || at >= b.size()) return false;
    if (a[at] == ">" || b[at] == ">") return true;
    if (a[at] != "*" && b[at] != "*" && a[at] != b[at]) return false;
  }
  return true;
}

bool is_pattern(std::string_view subject) {
  for (const std::string& each : split(subject)) {
    if (each == "*" || each == ">") return true;
  }
  return false;
}

std::string own_name(const ImportOptions& import) {
  if (!import.prefix.empty()) return import.prefix + "." + import.subject;
  return import.to.empty() ? import.subject : import.to;
}

namespace {

// Of a token of a name: which wildcard it stands for, from 1; 0: none.
size_t wildcard_of(const std::string& token, size_t& stars) {
  if (token == "*") return ++stars;
  if (token.size() > 1 && token[0] == '$') return std::stoul(token.substr(1));
  constexpr std::string_view kCall = "{{wildcard(";
  if (token.substr(0, kCall.size()) == kCall) return std::stoul(token.substr(kCall.size()));
  return 0;
}

}  // namespace

std::string pattern_of(std::string_view name) {
  TokenList tokens = split(name);
  size_t stars = 0;
  for (std::string& each : tokens) {
    if (wildcard_of(each, stars) > 0) each = "*";
  }
  return join_tokens(tokens);
}

std::string rename(std::string_view subject, std::string_view from, std::string_view to) {
  const TokenList given = split(subject);
  const TokenList names = split(from);
  std::map<size_t, std::string> known;
  TokenList rest;
  size_t stars = 0;
  for (size_t at = 0; at < names.size(); ++at) {
    if (names[at] == ">") {
      rest.assign(given.begin() + static_cast<std::ptrdiff_t>(at), given.end());
    } else if (const size_t wildcard = wildcard_of(names[at], stars); wildcard > 0) {
      known[wildcard] = given[at];
    }
  }
  TokenList renamed;
  stars = 0;
  for (const std::string& each : split(to)) {
    if (each == ">") {
      renamed.insert(renamed.end(), rest.begin(), rest.end());
    } else if (const size_t wildcard = wildcard_of(each, stars); wildcard > 0) {
      renamed.push_back(known[wildcard]);
    } else {
      renamed.push_back(each);
    }
  }
  return join_tokens(renamed);
}

}  // namespace myelin::exchange
