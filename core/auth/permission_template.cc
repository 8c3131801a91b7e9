#include "core/auth/permission_template.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/text.h"
#include "core/limits.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

using Patterns = std::vector<std::string>;
enum class OnNothing { kLeaveOut, kRefuse };

// "{{...}}" with what stands between the braces.
struct Blank {
  std::string_view whole;
  std::string_view operation;
};

// The first blank at or behind `from`: two braces, no closing one inside, two braces.
std::optional<Blank> find_blank(std::string_view pattern, size_t from) {
  for (;;) {
    const size_t begin = pattern.find("{{", from);
    if (begin == std::string_view::npos) return std::nullopt;
    const size_t end = pattern.find('}', begin + 2);
    if (end == std::string_view::npos) return std::nullopt;
    if (end > begin + 2 && pattern.substr(end, 2) == "}}") {
      const std::string_view inside = pattern.substr(begin + 2, end - begin - 2);
      return Blank{pattern.substr(begin, end + 2 - begin), trimmed(inside, kWhitespace)};
    }
    from = begin + 1;
  }
}

std::vector<Blank> blanks_of(std::string_view pattern) {
  std::vector<Blank> blanks;
  size_t at = 0;
  while (const auto blank = find_blank(pattern, at)) {
    blanks.push_back(*blank);
    at = static_cast<size_t>(blank->whole.data() - pattern.data()) + blank->whole.size();
  }
  return blanks;
}

// What stands between "tag(" and ")".
std::optional<std::string_view> argument_of(std::string_view operation, std::string_view call) {
  if (operation.size() < call.size() || operation.back() != ')') return std::nullopt;
  if (!equals_ignoring_case(operation.substr(0, call.size()), call)) return std::nullopt;
  operation.remove_prefix(call.size());
  if (!operation.empty()) operation.remove_suffix(1);
  return operation;
}

Patterns values_of_tag(const std::vector<std::string>& tags, std::string_view name) {
  const std::string prefix = lower_case(name) + ":";
  Patterns values;
  for (const std::string& tag : tags) {
    if (tag.compare(0, prefix.size(), prefix) == 0) values.push_back(tag.substr(prefix.size()));
  }
  return values;
}

// What a blank may stand for; none where a tag is missing. Nothing: there is no such operation.
std::optional<Patterns> values_of(std::string_view operation, const TemplateFacts& facts) {
  const auto is = [&](std::string_view name) { return equals_ignoring_case(operation, name); };
  const auto one = [](std::string_view text) { return Patterns{std::string(text)}; };
  if (is("name()")) return one(facts.name);
  if (is("subject()")) return one(facts.subject);
  if (is("account-name()")) return one(facts.account_name);
  if (is("account-subject()")) return one(facts.account_subject);
  if (const auto tag = argument_of(operation, "tag(")) return values_of_tag(facts.tags, *tag);
  if (const auto tag = argument_of(operation, "account-tag(")) {
    return values_of_tag(facts.account_tags, *tag);
  }
  return std::nullopt;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

// Every way to fill the blanks of one pattern; the last blank changes fastest. False: too many.
bool expand(const std::string& pattern, const std::vector<Blank>& blanks,
            const std::vector<Patterns>& values, Patterns& to) {
  size_t count = 1;
  for (const Patterns& choice : values) {
    if (choice.size() > kTemplateSubjectsMax / count) return false;
    count *= choice.size();
  }
  for (size_t index = 0; index < count; ++index) {
    std::string filled = pattern;
    size_t rest = count;
    size_t within = index;
    for (size_t blank = 0; blank < blanks.size(); ++blank) {
      rest /= values[blank].size();
      replace_all(filled, blanks[blank].whole, values[blank][within / rest]);
      within %= rest;
    }
    to.push_back(std::move(filled));
  }
  return true;
}

bool fill_list(Patterns& list, const TemplateFacts& facts, OnNothing on_nothing) {
  const auto has_blank = [](const std::string& pattern) {
    return find_blank(pattern, 0).has_value();
  };
  if (std::none_of(list.begin(), list.end(), has_blank)) return true;
  Patterns filled;
  for (const std::string& pattern : list) {
    const std::vector<Blank> blanks = blanks_of(pattern);
    std::vector<Patterns> values;
    bool is_complete = true;
    for (const Blank& blank : blanks) {
      auto choice = values_of(blank.operation, facts);
      if (!choice) return false;
      is_complete = is_complete && !choice->empty();
      values.push_back(std::move(*choice));
    }
    if (!is_complete && on_nothing == OnNothing::kRefuse) return false;
    if (!is_complete) continue;
    Patterns candidates;
    if (!expand(pattern, blanks, values, candidates)) return false;
    for (std::string& candidate : candidates) {
      if (is_valid_subject(candidate)) {
        filled.push_back(std::move(candidate));
      } else if (on_nothing == OnNothing::kRefuse) {
        return false;
      }
    }
    if (filled.size() > kTemplateSubjectsMax) return false;
  }
  list = std::move(filled);
  return true;
}

// A list that allows something must not become one that allows everything.
bool fill(SubjectPermission& permission, const TemplateFacts& facts) {
  const bool allowed_some = permission.allow && !permission.allow->empty();
  if (permission.allow && !fill_list(*permission.allow, facts, OnNothing::kLeaveOut)) return false;
  if (!fill_list(permission.deny, facts, OnNothing::kRefuse)) return false;
  if (allowed_some && permission.allow->empty()) {
    permission.allow.reset();
    if (std::find(permission.deny.begin(), permission.deny.end(), ">") == permission.deny.end()) {
      permission.deny.emplace_back(">");
    }
  }
  return true;
}

}  // namespace

bool fill_templates(PermissionOptions& permissions, const TemplateFacts& facts) {
  return fill(permissions.subscribe, facts) && fill(permissions.publish, facts);
}

}  // namespace myelin
