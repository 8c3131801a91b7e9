#include "core/jetstream/flow_control.h"

#include <algorithm>
#include <utility>

namespace myelin {

bool FlowControl::sent(int64_t size, bool is_full) {
  sent_ += size;
  if (outstanding_.empty()) return sent_ > window_ / 2 || is_full;
  if (sent_ - asked_ >= window_) asked_ += size;
  return false;
}

void FlowControl::asked(std::string subject) {
  asked_ = sent_;
  outstanding_ = std::move(subject);
}

bool FlowControl::answered(std::string_view subject) {
  if (outstanding_.empty() || subject != outstanding_) return false;
  window_ = std::min(window_ * 2, kFlowWindowMax);
  sent_ = std::max<int64_t>(sent_ - asked_, 0);
  asked_ = 0;
  outstanding_.clear();
  return true;
}

}  // namespace myelin
