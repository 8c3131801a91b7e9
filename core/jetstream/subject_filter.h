// SubjectFilter: which subjects of a stream somebody asks for: all of them, or those that match at
// least one of some patterns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace myelin {

class SubjectFilter {
 public:
  // Everything.
  SubjectFilter() = default;
  // An empty list, and a list that holds ">", ask for everything.
  explicit SubjectFilter(std::vector<std::string> patterns);

  bool is_all() const { return patterns_.empty(); }
  // The one subject asked for, or "" if it may be several.
  std::string_view literal() const;
  bool matches(std::string_view subject) const;
  const std::vector<std::string>& patterns() const { return patterns_; }
  // The same for equal filters, and most probably only for those.
  uint64_t digest() const { return digest_; }

 private:
  std::vector<std::string> patterns_;
  uint64_t digest_ = 0;
  bool is_literal_ = false;
};

}  // namespace myelin
