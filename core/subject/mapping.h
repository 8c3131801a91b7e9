// Mappings: what a published subject becomes before anyone is asked who takes it.
//
// An ordered list; the first source that is the subject, or a pattern over it, decides. Its
// destinations share a hundred per cent by weight. What they leave over stays with the original
// subject, unless the source itself is among the destinations: then it is lost on purpose.
//
// Differs: partition() over a source without wildcards hashes the subject, always; nats-server
// hashes nothing if the rule is the first it looks at.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/subject/transform.h"

namespace myelin {

struct MappingTarget {
  std::string_view subject;
  uint8_t weight = 100;  // per cent
};

// A lost message goes on under the empty subject, which nobody takes: its publisher is answered as
// if there were no responders.
struct Mapped {
  enum class Outcome { kUnchanged, kChanged, kLost };

  Outcome outcome = Outcome::kUnchanged;
  std::string subject;  // if it changed
};

class Mappings {
 public:
  bool empty() const { return rules_.empty(); }

  // Adds at the end, or in the place of an earlier rule for the same source. A fault, in
  // nats-server's words, changes nothing.
  Status add(std::string_view source, std::span<const MappingTarget> targets);

  Mapped choose(std::string_view subject, Random& random) const;

 private:
  struct Destination {
    Transform transform;
    uint32_t weight;
  };
  struct Rule {
    std::string source;
    bool is_literal;
    std::vector<Destination> destinations;
  };

  const Rule* find(std::string_view subject) const;

  std::vector<Rule> rules_;
};

}  // namespace myelin
