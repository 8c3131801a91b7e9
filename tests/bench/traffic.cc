#include "tests/bench/traffic.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "tests/bench/clock.h"
#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr uint64_t kPatienceNs = 10'000'000'000;
constexpr int kIdleWaitMs = 100;

Failure stalled(const TrafficCount& count) {
  return Failure("nothing moved for ten seconds: " + std::to_string(count.published) +
                 " published, " + std::to_string(count.received) + " received");
}

}  // namespace

Traffic::Traffic(std::vector<Flow> flows)
    : flows_(std::move(flows)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_.get() < 0) fail_with_errno("making an epoll");
  for (Flow& flow : flows_) {
    for (End* end : flow.ends()) {
      epoll_event event{};
      event.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP;
      event.data.ptr = end;
      if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, end->client.link().fd(), &event) != 0) {
        fail_with_errno("watching a socket");
      }
    }
  }
}

TrafficCount Traffic::run(double seconds) {
  const TrafficCount before = count();
  const uint64_t began = wall_ns();
  const uint64_t stop_publishing = began + static_cast<uint64_t>(seconds * 1e9);
  uint64_t last_movement = began;
  for (uint64_t now = began; now < stop_publishing || !is_settled(); now = wall_ns()) {
    const bool has_moved = step(now < stop_publishing);
    if (has_moved) last_movement = now;
    if (now - last_movement > kPatienceNs) throw stalled(count());
    wait(has_moved ? 0 : kIdleWaitMs);
  }
  const TrafficCount after = count();
  return {.published = after.published - before.published,
          .received = after.received - before.received,
          .wall_ns = wall_ns() - began};
}

void Traffic::settle_accounts() {
  for (Flow& flow : flows_) flow.settle_accounts();
}

TrafficCount Traffic::count() const {
  TrafficCount sum;
  for (const Flow& flow : flows_) {
    sum.published += flow.published();
    sum.received += flow.received();
  }
  return sum;
}

bool Traffic::step(bool may_begin_batch) {
  bool has_moved = false;
  for (Flow& flow : flows_) {
    has_moved |= flow.push(may_begin_batch);
    has_moved |= flow.pull();
  }
  return has_moved;
}

bool Traffic::is_settled() const {
  for (const Flow& flow : flows_) {
    if (!flow.is_settled()) return false;
  }
  return true;
}

void Traffic::wait(int timeout_ms) {
  std::array<epoll_event, 256> events{};
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
  if (count < 0 && errno != EINTR) fail_with_errno("waiting for sockets");
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    End& end = *static_cast<End*>(event.data.ptr);
    if ((event.events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) end.is_readable = true;
    if ((event.events & EPOLLOUT) != 0) end.is_writable = true;
  }
}

}  // namespace bench
