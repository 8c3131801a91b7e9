// VerdictCache: what was answered about a subject, for subjects that are asked about again and
// again.
//
//     index_:    | hash's bits, entry | ... open addressing, at most half full
//     verdicts_: | size, verdict, subject | ... in the order they came, one per line of the cache
//
// Promises: what it answers is what it was told of this very subject; it never holds more than
// `kPermissionCacheMax`, after which it begins anew. It takes no memory before the first subject.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "core/subject/hash.h"

namespace myelin {

class VerdictCache {
 public:
  // A publisher of one subject pays for no hash.
  std::optional<bool> find(std::string_view subject) {
    if (verdicts_.empty()) return std::nullopt;
    if (verdicts_[last_].is_of(subject)) return verdicts_[last_].verdict;
    const uint64_t hash = hash_.of(subject);
    size_t at = home(hash);
    for (int probe = 0; probe < kProbesMax && index_[at].entry != kNone; ++probe, at = next(at)) {
      if (index_[at].tag != tag(hash) || !verdicts_[index_[at].entry].is_of(subject)) continue;
      last_ = index_[at].entry;
      return verdicts_[last_].verdict;
    }
    return std::nullopt;
  }

  // `find` has just answered that it is not known.
  void store(std::string_view subject, bool verdict);

 private:
  static constexpr size_t kSubjectSizeMax = 62;  // longer ones are judged each time
  static constexpr size_t kIndexSizeMin = 16;
  // Who chooses subjects that fall into one place gains nothing: the rest is judged each time.
  static constexpr int kProbesMax = 16;
  static constexpr uint16_t kNone = UINT16_MAX;

  struct alignas(64) Verdict {
    uint8_t size = 0;
    bool verdict = false;
    char subject[kSubjectSizeMax];

    bool is_of(std::string_view other) const {
      return other.size() == size && std::memcmp(other.data(), subject, size) == 0;
    }
  };
  struct Place {
    uint16_t tag = 0;
    uint16_t entry = kNone;
  };

  static uint16_t tag(uint64_t hash) { return static_cast<uint16_t>(hash >> 48); }
  size_t home(uint64_t hash) const { return static_cast<size_t>(hash) & (index_.size() - 1); }
  size_t next(size_t at) const { return (at + 1) & (index_.size() - 1); }
  void grow();
  void enter(uint16_t entry);

  SubjectHash hash_{0};
  std::vector<Place> index_;  // a power of two of them
  std::vector<Verdict> verdicts_;
  size_t last_ = 0;
};

}  // namespace myelin
