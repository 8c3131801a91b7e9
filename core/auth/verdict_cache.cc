#include "core/auth/verdict_cache.h"

#include <algorithm>

#include "core/limits.h"

namespace myelin {

static_assert(kPermissionCacheMax < UINT16_MAX);

void VerdictCache::store(std::string_view subject, bool verdict) {
  if (subject.size() > kSubjectSizeMax) return;
  if (verdicts_.size() == kPermissionCacheMax) {
    verdicts_.clear();
    std::fill(index_.begin(), index_.end(), Place());
  }
  if ((verdicts_.size() + 1) * 2 > index_.size()) grow();
  Verdict& entry = verdicts_.emplace_back();
  entry.size = static_cast<uint8_t>(subject.size());
  entry.verdict = verdict;
  std::memcpy(entry.subject, subject.data(), subject.size());
  last_ = verdicts_.size() - 1;
  enter(static_cast<uint16_t>(last_));
}

void VerdictCache::grow() {
  index_.assign(std::max(kIndexSizeMin, index_.size() * 2), Place());
  for (size_t entry = 0; entry < verdicts_.size(); ++entry) enter(static_cast<uint16_t>(entry));
}

void VerdictCache::enter(uint16_t entry) {
  const Verdict& verdict = verdicts_[entry];
  const uint64_t hash = hash_.of({verdict.subject, verdict.size});
  size_t at = home(hash);
  for (int probe = 0; probe < kProbesMax; ++probe, at = next(at)) {
    if (index_[at].entry != kNone) continue;
    index_[at] = {tag(hash), entry};
    return;
  }
}

}  // namespace myelin
