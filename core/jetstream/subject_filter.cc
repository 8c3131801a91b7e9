#include "core/jetstream/subject_filter.h"

#include <algorithm>

#include "core/subject/subject.h"

namespace myelin {
namespace {

uint64_t digest_of(const std::vector<std::string>& patterns) {
  constexpr uint64_t kFnvPrime = 0x100000001b3;
  uint64_t digest = 0xcbf29ce484222325;
  for (const std::string& pattern : patterns) {
    for (const char each : pattern) {
      digest = (digest ^ static_cast<unsigned char>(each)) * kFnvPrime;
    }
    digest = (digest ^ ' ') * kFnvPrime;
  }
  return digest;
}

}  // namespace

SubjectFilter::SubjectFilter(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {
  if (std::find(patterns_.begin(), patterns_.end(), ">") != patterns_.end()) patterns_.clear();
  digest_ = digest_of(patterns_);
  is_literal_ = patterns_.size() == 1 && is_literal(patterns_.front());
}

std::string_view SubjectFilter::literal() const {
  return is_literal_ ? std::string_view(patterns_.front()) : std::string_view();
}

bool SubjectFilter::matches(std::string_view subject) const {
  if (is_all()) return true;
  return std::any_of(patterns_.begin(), patterns_.end(), [subject](const std::string& pattern) {
    return myelin::matches(pattern, subject);
  });
}

}  // namespace myelin
