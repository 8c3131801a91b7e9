// Transform: one subject made from another (ADR-30).
//
//     source       orders.*.*
//     destination  $2.{{partition(4,1)}}.{{wildcard(1)}}
//     orders.eu.7  becomes  7.2.eu
//
// A destination is compiled once; what it asks for and the source cannot give is an error then,
// with nats-server's text. Functions: wildcard (and $n), partition, splitFromLeft, splitFromRight,
// sliceFromLeft, sliceFromRight, split, left, right, random; the first letter of each word in
// either case. A trailing `>` carries the rest of the subject over.
//
// What comes out is bounded, for destinations are written by clients too; whether it is a valid
// subject is not looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"

namespace myelin {

// A destination may repeat a token as often as it likes; what would become longer than this is not
// a subject any more.
inline constexpr size_t kTransformedSizeMax = 64 * 1024;

class Transform {
 public:
  enum class Rules {
    kFree,        // all functions; wildcards may be dropped
    kMapping,     // as kFree, but left and right are unknown functions, and white space is refused
    kReversible,  // for imports: every wildcard is used, by wildcard() and $n alone
  };

  // An empty source stands for `>`.
  static Result<Transform> compile(std::string_view source, std::string_view destination,
                                   Rules rules);

  const std::string& source() const { return source_; }
  const std::string& destination() const { return destination_; }

  // Nothing if the subject is not a valid literal, not matched by the source, or would become too
  // long. From `>` to `>` every subject stays as it is, valid or not, as in nats-server.
  std::optional<std::string> apply(std::string_view subject, Random& random) const;
  // The same for a subject known to be matched by the source.
  std::optional<std::string> rewrite(std::string_view subject, Random& random) const;

 private:
  friend class TransformCompiler;

  enum class Kind {
    kText,
    kRest,  // the trailing `>`
    kWildcard,
    kPartition,
    kSplitFromLeft,
    kSplitFromRight,
    kSliceFromLeft,
    kSliceFromRight,
    kSplit,
    kLeft,
    kRight,
    kRandom,
  };
  // One token of the destination.
  struct Part {
    Kind kind = Kind::kText;
    std::vector<size_t> tokens;  // of the source, from 0
    int32_t number = 0;
    std::string text;  // itself, or the delimiter
  };

  static void append(std::string& to, const Part& part, std::string_view token);

  std::string source_;
  std::string destination_;
  size_t source_tokens_ = 0;
  std::vector<Part> parts_;
};

}  // namespace myelin
