#include "core/base/timers.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "core/base/random.h"

namespace myelin {
namespace {

constexpr int64_t kMs = 1'000'000;

Instant at_ms(int64_t ms) { return {ms * kMs}; }

std::vector<Timer*> all_expired(Timers& timers, Instant now) {
  std::vector<Timer*> fired;
  while (Timer* timer = timers.expired(now)) fired.push_back(timer);
  return fired;
}

TEST_CASE("Timers: a timer fires at its time and not before") {
  Timers timers(at_ms(1000));
  Timer timer(7, nullptr);
  timers.set(timer, at_ms(1250));
  CHECK(timer.is_set());
  CHECK(all_expired(timers, at_ms(1249)).empty());
  CHECK(all_expired(timers, at_ms(1250)) == std::vector<Timer*>{&timer});
  CHECK_FALSE(timer.is_set());
  CHECK(timer.kind() == 7);
}

TEST_CASE("Timers: a fraction of a millisecond is rounded up, never down") {
  Timers timers({0});
  Timer timer;
  timers.set(timer, {5 * kMs + 1});
  CHECK(all_expired(timers, {5 * kMs + 999'999}).empty());
  CHECK(all_expired(timers, at_ms(6)).size() == 1);
}

TEST_CASE("Timers: a time already past fires at the next question") {
  Timers timers(at_ms(100));
  Timer past;
  Timer negative;
  timers.set(past, at_ms(3));
  timers.set(negative, {-5});
  CHECK(timers.deadline().value() <= at_ms(100));
  CHECK(all_expired(timers, at_ms(100)).size() == 2);
  CHECK_FALSE(timers.deadline().has_value());
}

TEST_CASE("Timers: setting again moves the timer, cancelling silences it") {
  Timers timers({0});
  Timer moved;
  Timer cancelled;
  timers.set(moved, at_ms(10));
  timers.set(cancelled, at_ms(10));
  timers.set(moved, at_ms(9'000'000));
  cancelled.cancel();
  CHECK(all_expired(timers, at_ms(8'999'999)).empty());
  CHECK(all_expired(timers, at_ms(9'000'000)) == std::vector<Timer*>{&moved});
}

TEST_CASE("Timers: a destroyed timer is forgotten, even one that is due") {
  Timers timers({0});
  auto waiting = std::make_unique<Timer>();
  auto due = std::make_unique<Timer>();
  timers.set(*waiting, at_ms(500));
  timers.set(*due, at_ms(0));
  waiting.reset();
  due.reset();
  CHECK(all_expired(timers, at_ms(1000)).empty());
}

TEST_CASE("Timers: a wheel that goes away leaves its timers unset") {
  Timer timer;
  {
    Timers timers({0});
    timers.set(timer, at_ms(70'000));
  }
  CHECK_FALSE(timer.is_set());
}

TEST_CASE("Timers: the farthest instant waits without a deadline beyond it") {
  Timers timers({0});
  Timer never;
  timers.set(never, {INT64_MAX});
  CHECK(all_expired(timers, at_ms(1'000'000'000)).empty());
  CHECK(timers.deadline().value() > at_ms(1'000'000'000));
  CHECK(all_expired(timers, {INT64_MAX}).size() <= 1);
  CHECK(timers.deadline().value_or(Instant{INT64_MAX}).ns > 0);
}

TEST_CASE("Timers: one that is set again while the due are taken fires again when due") {
  Timers timers({0});
  Timer timer;
  timers.set(timer, at_ms(10));
  int fired = 0;
  for (int64_t ms = 1; ms <= 100; ++ms) {
    while (Timer* due = timers.expired(at_ms(ms))) {
      ++fired;
      timers.set(*due, at_ms(ms + 10));
    }
  }
  CHECK(fired == 10);
}

// Sets, cancels and advances at random, with spans from under a millisecond to years, against a
// list that is searched.
TEST_CASE("Timers: random histories agree with a searched list") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Instant now{static_cast<int64_t>(random.below(uint64_t{1} << random.below(60)))};
    Timers timers(now);
    std::vector<Timer> all(40);
    std::vector<std::optional<Instant>> model(all.size());
    const auto span = [&random] {
      return Duration(static_cast<int64_t>(random.below(uint64_t{1} << (10 + random.below(46)))));
    };
    const auto tick_of = [](Instant at) { return at.ns <= 0 ? 0 : (at.ns + kMs - 1) / kMs; };

    for (int step = 0; step < 2000; ++step) {
      const size_t index = random.below(all.size());
      const uint64_t deed = random.below(10);
      if (deed < 5) {
        const Instant at = now + span() - milliseconds(random.below(3));
        timers.set(all[index], at);
        model[index] = at;
        continue;
      }
      if (deed < 6) {
        all[index].cancel();
        model[index].reset();
        continue;
      }
      const std::optional<Instant> deadline = timers.deadline();
      std::optional<Instant> first;
      for (const auto& at : model) {
        if (at && (!first || *at < *first)) first = at;
      }
      // Never late: by the deadline's own millisecond, nothing may have been due for longer.
      if (first) {
        REQUIRE(deadline.has_value());
        REQUIRE(deadline->ns <= std::max(tick_of(*first) * kMs, now.ns));
      }
      now = deed < 8 && deadline ? Instant{std::max(now.ns, deadline->ns)} : now + span();
      std::vector<size_t> fired;
      for (const Timer* timer : all_expired(timers, now)) {
        fired.push_back(static_cast<size_t>(timer - all.data()));
      }
      std::sort(fired.begin(), fired.end());
      std::vector<size_t> expected;
      for (size_t i = 0; i < model.size(); ++i) {
        if (!model[i] || tick_of(*model[i]) > now.ns / kMs) continue;
        expected.push_back(i);
        model[i].reset();
      }
      REQUIRE(fired == expected);
      for (size_t i = 0; i < model.size(); ++i) REQUIRE(all[i].is_set() == model[i].has_value());
    }
  }
}

TEST_CASE("Timers: calling at each deadline reaches a far timer in few steps") {
  Timers timers({0});
  Timer timer;
  timers.set(timer, at_ms(86'400'000 * int64_t{365}));
  int steps = 0;
  Timer* fired = nullptr;
  while (fired == nullptr) {
    REQUIRE(++steps < 20);
    fired = timers.expired(*timers.deadline());
  }
  CHECK(fired == &timer);
}

}  // namespace
}  // namespace myelin
