// Renaming: the same subjects under two names, as two accounts have them for what they share.
//
//     theirs   orders.*.*      ours   mine.$2.$1      as a pattern   mine.*.*
//     orders.eu.7   is   mine.7.eu
//
// Every wildcard of theirs stands once in ours: as `*` (then they keep their order), `$n` or
// {{wildcard(n)}}. A trailing `>` is carried over. Patterns are renamed like literals.
//
// Differs: where three wildcards or more change places in a circle, nats-server finds the way back
// wrong; here the two directions are each other's inverse.
#pragma once

#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/subject/transform.h"

namespace myelin {

class Renaming {
 public:
  // `theirs` has a wildcard.
  static Result<Renaming> compile(std::string_view theirs, std::string_view ours);
  // What `ours` matches: `$n` and {{wildcard(n)}} as `*`.
  static std::string as_pattern(std::string_view ours);

  // Of subjects, or patterns, that lie within the one side.
  std::string to_ours(std::string_view theirs) const;
  std::string to_theirs(std::string_view ours) const;

 private:
  Renaming(Transform to_ours, Transform to_theirs)
      : to_ours_(std::move(to_ours)), to_theirs_(std::move(to_theirs)) {}

  Transform to_ours_;
  Transform to_theirs_;
};

}  // namespace myelin
