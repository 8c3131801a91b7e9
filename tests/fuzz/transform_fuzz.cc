// Subjects and transforms over arbitrary text: compiled or refused, applied or not; the rules of
// subjects agree with one another.
#include <string>

#include "core/subject/mapping.h"
#include "core/subject/subject.h"
#include "core/subject/transform.h"
#include "tests/fuzz/input.h"

namespace myelin {
namespace {

void try_transform(std::string_view source, std::string_view destination, std::string_view subject,
                   Transform::Rules rules) {
  const Result<Transform> transform = Transform::compile(source, destination, rules);
  if (!transform.ok()) {
    REQUIRE_THAT(!transform.error().context.empty());
    return;
  }
  Random first(1);
  Random second(1);
  const auto made = transform.value().apply(subject, first);
  REQUIRE_THAT(made == transform.value().apply(subject, second));
  if (!made) return;
  REQUIRE_THAT(made->size() <= kTransformedSizeMax);
  // Everything to itself looks at nothing.
  const bool is_identity = (source.empty() || source == ">") && destination == ">";
  REQUIRE_THAT(is_identity ? *made == subject : source.empty() || matches(source, subject));
}

void try_subjects(std::string_view a, std::string_view b) {
  REQUIRE_THAT(collide(a, b) == collide(b, a));
  if (is_valid_subject(a)) {
    REQUIRE_THAT(is_subset(a, ">"));
    REQUIRE_THAT(is_subset(a, a));
    REQUIRE_THAT(collide(a, a));
  }
  if (is_valid_subject(a) && is_valid_subject(b) && is_literal(b)) {
    REQUIRE_THAT(matches(a, b) == is_subset(b, a));
    REQUIRE_THAT(matches(a, b) == collide(a, b));
  }
}

}  // namespace
}  // namespace myelin

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace myelin;
  Input input(data, size);
  const std::string_view source = input.line();
  const std::string_view destination = input.line();
  const std::string_view subject = input.line();
  for (const Transform::Rules rules :
       {Transform::Rules::kFree, Transform::Rules::kMapping, Transform::Rules::kReversible}) {
    try_transform(source, destination, subject, rules);
  }
  try_subjects(source, subject);
  try_subjects(source, destination);

  Mappings mappings;
  const MappingTarget targets[] = {{.subject = destination, .weight = input.byte()},
                                   {.subject = source, .weight = input.byte()}};
  if (mappings.add(source, targets).ok()) {
    Random random(2);
    for (int times = 0; times < 4; ++times) {
      const Mapped mapped = mappings.choose(subject, random);
      REQUIRE_THAT(mapped.subject.size() <= kTransformedSizeMax);
    }
  }
  return 0;
}
