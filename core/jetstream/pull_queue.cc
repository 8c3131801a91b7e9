#include "core/jetstream/pull_queue.h"

#include <utility>

namespace myelin {
namespace {

int64_t priority_of(const WaitingPull& pull) {
  return pull.request.has_group ? pull.request.priority : kPriorityLast;
}

}  // namespace

PullQueue::iterator PullQueue::place_of(const WaitingPull& pull, bool by_priority) {
  if (!by_priority) return pulls_.end();
  const int64_t priority = priority_of(pull);
  iterator place = pulls_.begin();
  while (place != pulls_.end() && priority_of(*place) <= priority) ++place;
  return place;
}

PullQueue::iterator PullQueue::add(WaitingPull pull, bool by_priority) {
  const iterator place = place_of(pull, by_priority);
  if (pull.request.no_wait) ++no_wait_count_;
  return pulls_.insert(place, std::move(pull));
}

PullQueue::iterator PullQueue::remove(iterator pull) {
  if (pull->request.no_wait) --no_wait_count_;
  return pulls_.erase(pull);
}

void PullQueue::serve_front(bool by_priority) {
  WaitingPull& pull = pulls_.front();
  ++pull.delivered;
  --pull.request.batch;
  if (pull.is_done()) {
    remove(pulls_.begin());
    return;
  }
  if (pulls_.size() == 1) return;
  Pulls served;
  served.splice(served.begin(), pulls_, pulls_.begin());
  pulls_.splice(place_of(served.front(), by_priority), served);
}

}  // namespace myelin
