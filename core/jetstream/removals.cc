#include "core/jetstream/removals.h"

#include <algorithm>

namespace myelin {

bool Removals::may_have_removed(uint64_t since, uint64_t from) const {
  if (since >= count_) return false;
  if (since < forgotten_) return true;
  const auto peak =
      std::upper_bound(peaks_.begin(), peaks_.end(), since,
                       [](uint64_t wanted, const Peak& each) { return wanted < each.count; });
  return peak != peaks_.end() && peak->sequence >= from;
}

void Removals::note(uint64_t last) {
  ++count_;
  while (!peaks_.empty() && peaks_.back().sequence <= last) peaks_.pop_back();
  peaks_.push_back({count_, last});
  if (peaks_.size() > kPeaksMax) {
    forgotten_ = peaks_.front().count;
    peaks_.pop_front();
  }
}

void Removals::add(uint64_t first, uint64_t last) {
  note(last);
  if (!unwritten_.empty() && unwritten_.back().second + 1 == first) {
    unwritten_.back().second = last;
  } else {
    unwritten_.emplace_back(first, last);
  }
}

std::string Removals::write_down() {
  std::sort(unwritten_.begin(), unwritten_.end());
  std::vector<SequenceRange> merged;
  for (const SequenceRange& range : unwritten_) {
    if (!merged.empty() && range.first <= merged.back().second + 1) {
      merged.back().second = std::max(merged.back().second, range.second);
    } else {
      merged.push_back(range);
    }
  }
  unwritten_.clear();
  return encode_ranges(merged);
}

}  // namespace myelin
