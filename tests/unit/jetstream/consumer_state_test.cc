#include "core/jetstream/consumer_state.h"

#include <map>
#include <set>

#include "catch2/catch.hpp"
#include "core/base/random.h"

using namespace myelin;

namespace {

using Position = ConsumerState::Position;
constexpr Instant kNow{1000};

// Delivers the messages `first` to `last`.
ConsumerState delivered(uint64_t first, uint64_t last) {
  ConsumerState state(true);
  state.reset(first);
  for (uint64_t sequence = first; sequence <= last; ++sequence) state.deliver(sequence, kNow);
  return state;
}

}  // namespace

TEST_CASE("ConsumerState: a new one stands before its first message") {
  ConsumerState state(true);
  state.reset(7);
  CHECK(state.next() == 7);
  CHECK(state.next_delivery() == 1);
  CHECK(state.delivered() == Position{0, 6});
  CHECK(state.floor() == Position{0, 6});
}

TEST_CASE("ConsumerState: without acknowledgements the floor follows what is delivered") {
  ConsumerState state(false);
  state.reset(1);
  state.deliver(3, kNow);
  CHECK(state.floor() == Position{1, 3});
  CHECK_FALSE(state.has_pending());
}

TEST_CASE("ConsumerState: the floor waits for the oldest that is pending") {
  ConsumerState state = delivered(1, 4);
  CHECK(state.finish(2));
  CHECK(state.floor() == Position{0, 0});
  CHECK(state.finish(1));
  CHECK(state.floor() == Position{2, 2});
  CHECK(state.finish(4));
  CHECK(state.finish(3));
  CHECK(state.floor() == Position{4, 4});
  CHECK_FALSE(state.finish(3));
}

TEST_CASE("ConsumerState: a redelivery uses up a consumer sequence and keeps the first one") {
  ConsumerState state = delivered(1, 2);
  CHECK(state.redeliver(*state.find(1), kNow) == 3);
  CHECK(state.find(1)->deliveries == 2);
  CHECK(state.find(1)->delivery == 1);
  CHECK(state.delivered() == Position{3, 2});
  CHECK(state.redelivered_count() == 1);
  state.finish(1);
  CHECK(state.redelivered_count() == 0);
  CHECK(state.floor() == Position{1, 1});
}

TEST_CASE("ConsumerState: all up to a message are finished at once") {
  ConsumerState state = delivered(1, 5);
  state.finish(2);
  std::vector<uint64_t> done;
  state.finish_all({3, 3}, [&](uint64_t sequence) { done.push_back(sequence); });
  CHECK(done == std::vector<uint64_t>{1, 3});
  CHECK(state.floor() == Position{3, 3});
  CHECK(state.pending_count() == 2);
}

TEST_CASE("ConsumerState: what is given up is known until it is finished") {
  ConsumerState state = delivered(1, 2);
  state.give_up(1);
  CHECK(state.pending_count() == 1);
  CHECK(state.is_given_up(1));
  CHECK(state.redelivered_count() == 1);
  CHECK_FALSE(state.finish(1));
  CHECK_FALSE(state.is_given_up(1));
}

TEST_CASE("ConsumerState: it is put before what its stream has lost") {
  ConsumerState state = delivered(1, 5);
  state.clamp_to(3);
  CHECK(state.next() == 4);
  CHECK(state.pending_count() == 3);
  CHECK(state.find(4) == nullptr);
  CHECK(state.delivered().stream == 3);
}

TEST_CASE("ConsumerState: what was looked at in vain may come again after a loss") {
  ConsumerState state(true);
  state.reset(1);
  state.skip_to(50);
  state.clamp_to(3);
  CHECK(state.next() == 4);
}

TEST_CASE("ConsumerState: the floor passes what is done behind those done together") {
  ConsumerState state = delivered(1, 5);
  state.finish(4);
  state.finish_all({.consumer = 3, .stream = 3}, [](uint64_t) {});
  CHECK(state.floor().stream == 3);
  state.finish(5);
  CHECK(state.floor() == state.delivered());
}

TEST_CASE("ConsumerState: a start ahead of the stream stays") {
  ConsumerState state(true);
  state.reset(100);
  state.clamp_to(3);
  CHECK(state.next() == 100);
}

TEST_CASE("ConsumerState: agrees with a map over many deliveries and acknowledgements") {
  Random random(7);
  ConsumerState state(true);
  state.reset(1);
  std::map<uint64_t, uint32_t> model;
  for (int step = 0; step < 20000; ++step) {
    const uint64_t what = random.below(10);
    if (what < 4) {
      const uint64_t sequence = state.next() + random.below(3);
      state.deliver(sequence, kNow);
      model[sequence] = 1;
    } else if (!model.empty()) {
      auto at = model.lower_bound(random.below(state.next()));
      if (at == model.end()) at = model.begin();
      if (what < 6) {
        state.redeliver(*state.find(at->first), kNow);
        ++at->second;
      } else {
        REQUIRE(state.finish(at->first));
        model.erase(at);
      }
    }
    REQUIRE(state.pending_count() == model.size());
    if (!model.empty()) REQUIRE(state.floor().stream < model.begin()->first);
  }
  std::map<uint64_t, uint32_t> found;
  state.for_each(
      [&](const ConsumerState::Pending& pending) { found[pending.sequence] = pending.deliveries; });
  CHECK(found == model);
}
