// PullQueue: the pull requests that wait at one consumer, in the order in which they are served:
// one message each, then behind the others (of the same priority, where priorities count).
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/jetstream/pull_request.h"

namespace myelin {

// One request that waits.
struct WaitingPull {
  std::string reply;
  PullRequest request;  // batch and max_bytes: what is left of them
  Instant expires;      // the end of time: never
  Instant heartbeat;    // when it is due; likewise
  uint64_t delivered = 0;

  bool is_done() const { return request.batch <= 0; }
};

class PullQueue {
 public:
  using Pulls = std::list<WaitingPull>;
  using iterator = Pulls::iterator;

  bool empty() const { return pulls_.empty(); }
  size_t size() const { return pulls_.size(); }
  iterator begin() { return pulls_.begin(); }
  iterator end() { return pulls_.end(); }
  WaitingPull& front() { return pulls_.front(); }

  // `by_priority`: behind those with the same or a lower number; otherwise behind all.
  iterator add(WaitingPull pull, bool by_priority);
  iterator remove(iterator pull);
  // The first one goes behind all others, unserved.
  void cycle() { pulls_.splice(pulls_.end(), pulls_, pulls_.begin()); }
  // The first one got a message: to the back with it, or away if that was the last of its batch.
  void serve_front(bool by_priority);
  // Whether one of them is not to wait for messages to come.
  bool has_no_wait() const { return no_wait_count_ > 0; }

 private:
  iterator place_of(const WaitingPull& pull, bool by_priority);

  Pulls pulls_;
  size_t no_wait_count_ = 0;
};

}  // namespace myelin
