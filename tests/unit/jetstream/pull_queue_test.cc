#include "core/jetstream/pull_queue.h"

#include "catch2/catch.hpp"

using namespace myelin;

namespace {

WaitingPull pull(std::string reply, int64_t batch, std::optional<int64_t> priority = {}) {
  WaitingPull made;
  made.reply = std::move(reply);
  made.request.batch = batch;
  made.request.has_group = priority.has_value();
  made.request.priority = priority.value_or(0);
  return made;
}

// Serves them all, one message at a time.
std::string order(PullQueue& queue, bool by_priority) {
  std::string served;
  while (!queue.empty()) {
    served += queue.front().reply;
    queue.serve_front(by_priority);
  }
  return served;
}

}  // namespace

TEST_CASE("PullQueue: one message each, in turn") {
  PullQueue queue;
  queue.add(pull("a", 3), false);
  queue.add(pull("b", 1), false);
  queue.add(pull("c", 2), false);
  CHECK(order(queue, false) == "abcaca");
}

TEST_CASE("PullQueue: lower priorities first, in turn among equals") {
  PullQueue queue;
  queue.add(pull("n", 1), true);
  queue.add(pull("c", 1, 5), true);
  queue.add(pull("a", 2, 0), true);
  queue.add(pull("b", 2, 0), true);
  CHECK(order(queue, true) == "ababcn");
}

TEST_CASE("PullQueue: knows whether somebody does not wait") {
  PullQueue queue;
  WaitingPull hasty = pull("a", 1);
  hasty.request.no_wait = true;
  queue.add(std::move(hasty), false);
  CHECK(queue.has_no_wait());
  queue.serve_front(false);
  CHECK_FALSE(queue.has_no_wait());
}
