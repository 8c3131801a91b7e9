#include "core/pubsub/interest.h"

#include <algorithm>

#include "core/base/check.h"

namespace myelin {

void InterestWatches::set(InterestWatch& watch, std::string_view subject) {
  INVARIANT(!watch.is_set() && !subject.empty());
  watch.subject_ = std::string(subject);
  watches_[watch.subject_].push_back(&watch);
}

void InterestWatches::clear(InterestWatch& watch) {
  if (!watch.is_set()) return;
  const auto found = watches_.find(watch.subject_);
  INVARIANT(found != watches_.end());
  std::erase(found->second, &watch);
  if (found->second.empty()) watches_.erase(found);
  if (watch.is_noted_) std::erase(noted_, &watch);
  watch.is_noted_ = false;
  watch.subject_.clear();
}

// A pattern that matches a subject is no interest in it: see Account::has_literal_interest.
void InterestWatches::note(std::string_view pattern) {
  const auto found = watches_.find(pattern);
  if (found != watches_.end()) note(found->second);
}

void InterestWatches::note(std::vector<InterestWatch*>& watches) {
  for (InterestWatch* watch : watches) {
    if (watch->is_noted_) continue;
    watch->is_noted_ = true;
    noted_.push_back(watch);
  }
}

InterestWatch* InterestWatches::take(NotedWatches& noted) {
  if (noted.empty()) return nullptr;
  InterestWatch* watch = noted.front();
  noted.erase(noted.begin());
  watch->is_noted_ = false;
  return watch;
}

}  // namespace myelin
