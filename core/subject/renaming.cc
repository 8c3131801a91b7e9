#include "core/subject/renaming.h"

#include <optional>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

// Which wildcard, from 1, a token of ours stands for; 0: none. A star is the next one.
size_t wildcard_of(std::string_view token, size_t& stars) {
  if (is_single_wildcard(token)) return ++stars;
  if (token.size() > 1 && token.front() == '$') {
    return static_cast<size_t>(parse_decimal(token.substr(1), 9).value_or(0));
  }
  if (token.size() < 5 || token.substr(0, 2) != "{{" || token.substr(token.size() - 2) != "}}") {
    return 0;
  }
  const size_t begin = token.find('(');
  const size_t end = token.rfind(')');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return 0;
  const std::string_view index = trimmed(token.substr(begin + 1, end - begin - 1), " ");
  return static_cast<size_t>(parse_decimal(index, 9).value_or(0));
}

std::string numbered(size_t index) { return "$" + decimal(static_cast<int64_t>(index)); }

template <class Write>
std::string each_token(std::string_view subject, Write write) {
  std::string text;
  Tokens tokens(subject);
  for (bool is_first = true; const auto token = tokens.next(); is_first = false) {
    if (!is_first) text += '.';
    text += write(*token);
  }
  return text;
}

}  // namespace

std::string Renaming::as_pattern(std::string_view ours) {
  size_t stars = 0;
  return each_token(ours, [&stars](std::string_view token) {
    return std::string(wildcard_of(token, stars) > 0 ? "*" : token);
  });
}

Result<Renaming> Renaming::compile(std::string_view theirs, std::string_view ours) {
  size_t stars = 0;
  size_t places = 0;
  std::vector<size_t> place_of(1);  // by wildcard of theirs: which of ours it is
  const std::string tokenized = each_token(ours, [&](std::string_view token) {
    const size_t index = wildcard_of(token, stars);
    if (index == 0) return std::string(token);
    ++places;
    if (index <= theirs.size()) {
      if (place_of.size() <= index) place_of.resize(index + 1);
      place_of[index] = places;
    }
    return is_single_wildcard(token) ? numbered(index) : std::string(token);
  });
  Result<Transform> to_ours = Transform::compile(theirs, tokenized, Transform::Rules::kReversible);
  if (!to_ours.ok()) return to_ours.error();

  size_t wildcards = 0;
  const std::string back = each_token(theirs, [&](std::string_view token) {
    if (!is_single_wildcard(token)) return std::string(token);
    ++wildcards;
    return numbered(wildcards < place_of.size() ? place_of[wildcards] : 0);
  });
  Result<Transform> to_theirs =
      Transform::compile(as_pattern(ours), back, Transform::Rules::kReversible);
  if (!to_theirs.ok()) return to_theirs.error();
  return Renaming(std::move(to_ours.value()), std::move(to_theirs.value()));
}

namespace {

// Neither direction has a use for chance; a subject that would be too long becomes nobody's.
std::string renamed(const Transform& transform, std::string_view subject) {
  Random none(0);
  return transform.rewrite(subject, none).value_or(std::string());
}

}  // namespace

std::string Renaming::to_ours(std::string_view theirs) const { return renamed(to_ours_, theirs); }
std::string Renaming::to_theirs(std::string_view ours) const { return renamed(to_theirs_, ours); }

}  // namespace myelin
