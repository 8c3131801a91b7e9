#include "core/subject/mapping.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/text.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

constexpr uint32_t kWeightMax = 100;

// The destination that gives every subject of `source` back: foo.*.* is foo.$1.$2.
std::string identity_of(std::string_view source) {
  std::string destination;
  uint64_t wildcards = 0;
  Tokens tokens(source);
  while (const auto token = tokens.next()) {
    if (token->data() != source.data()) destination += '.';
    if (is_single_wildcard(*token)) {
      destination += '$';
      append_decimal(destination, ++wildcards);
    } else {
      destination += *token;
    }
  }
  return destination;
}

}  // namespace

Status Mappings::add(std::string_view source, std::span<const MappingTarget> targets) {
  if (!is_valid_subject(source)) return invalid("invalid subject");
  Rule rule{std::string(source), is_literal(source), {}};
  uint32_t total = 0;
  bool source_is_target = false;
  for (size_t index = 0; index < targets.size(); ++index) {
    const MappingTarget& target = targets[index];
    const auto earlier = targets.first(index);
    if (std::any_of(earlier.begin(), earlier.end(), [&target](const MappingTarget& other) {
          return other.subject == target.subject;
        })) {
      return invalid("duplicate entry for \"" + std::string(target.subject) + "\"");
    }
    if (target.weight > kWeightMax) return invalid("individual weights need to be <= 100");
    total += target.weight;
    if (total > kWeightMax) return invalid("total weight needs to be <= 100");
    Result<Transform> transform =
        Transform::compile(source, target.subject, Transform::Rules::kMapping);
    if (!transform.ok()) return transform.error();
    rule.destinations.push_back({std::move(transform.value()), target.weight});
    source_is_target = source_is_target || target.subject == source;
  }
  if (total < kWeightMax && !source_is_target) {
    Result<Transform> rest =
        Transform::compile(source, identity_of(source), Transform::Rules::kFree);
    if (!rest.ok()) return rest.error();
    rule.destinations.push_back({std::move(rest.value()), kWeightMax - total});
  }
  const auto same = std::find_if(rules_.begin(), rules_.end(),
                                 [&](const Rule& other) { return other.source == source; });
  if (same != rules_.end()) {
    *same = std::move(rule);
  } else {
    rules_.push_back(std::move(rule));
  }
  return kOk;
}

Mapped Mappings::choose(std::string_view subject, Random& random) const {
  const Rule* rule = find(subject);
  if (rule == nullptr) return {};
  const bool is_sure =
      rule->destinations.size() == 1 && rule->destinations.front().weight == kWeightMax;
  uint64_t drawn = is_sure ? 0 : random.below(kWeightMax);
  for (const Destination& destination : rule->destinations) {
    if (drawn >= destination.weight) {
      drawn -= destination.weight;
      continue;
    }
    std::optional<std::string> becomes = destination.transform.rewrite(subject, random);
    if (!becomes) break;
    if (*becomes == subject) return {};
    return {Mapped::Outcome::kChanged, std::move(*becomes)};
  }
  return {Mapped::Outcome::kLost, {}};
}

const Mappings::Rule* Mappings::find(std::string_view subject) const {
  for (const Rule& rule : rules_) {
    if (rule.is_literal ? rule.source == subject : is_subset(subject, rule.source)) return &rule;
  }
  return nullptr;
}

}  // namespace myelin
