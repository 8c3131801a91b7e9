#include "core/jetstream/consumer_positions.h"

#include "catch2/catch.hpp"

using namespace myelin;

namespace {

constexpr int64_t kSecond = 1000 * 1000 * 1000;
constexpr Now kBefore{Instant{100 * kSecond}, WallTime{5000 * kSecond}};
// After a restart: the monotonic clock began anew, and ten seconds have passed.
constexpr Now kAfter{Instant{3 * kSecond}, WallTime{5010 * kSecond}};

ConsumerState some_state() {
  ConsumerState state(true);
  state.reset(1);
  for (const uint64_t sequence : {2u, 3u, 5u, 9u}) state.deliver(sequence, kBefore.mono);
  state.redeliver(*state.find(3), kBefore.mono);
  state.finish(2);
  state.give_up(9);
  return state;
}

}  // namespace

TEST_CASE("ConsumerPositions: a state is read back as it was") {
  const ConsumerState state = some_state();
  ConsumerPositions read(true);
  REQUIRE(decode_positions(encode_positions(state, 77, kBefore), kAfter, read));
  CHECK(read.last_per_subject_upto == 77);
  CHECK(read.state.next() == 10);
  CHECK(read.state.next_delivery() == state.next_delivery());
  CHECK(read.state.delivered() == state.delivered());
  CHECK(read.state.floor() == state.floor());
  CHECK(read.state.pending_count() == 2);
  REQUIRE(read.state.find(3) != nullptr);
  CHECK(read.state.find(3)->deliveries == 2);
  CHECK(read.state.is_given_up(9));
}

TEST_CASE("ConsumerPositions: a message's age goes on over a restart") {
  ConsumerPositions read(true);
  REQUIRE(decode_positions(encode_positions(some_state(), 0, kBefore), kAfter, read));
  CHECK(kAfter.mono - read.state.find(3)->since == seconds(10));
}

TEST_CASE("ConsumerPositions: bytes that are none change nothing") {
  const std::string whole = encode_positions(some_state(), 0, kBefore);
  for (size_t size = 0; size < whole.size(); ++size) {
    ConsumerPositions read(true);
    read.state.reset(42);
    CHECK_FALSE(decode_positions(whole.substr(0, size), kAfter, read));
    CHECK(read.state.next() == 42);
  }
}

TEST_CASE("PositionChanges: applied to the state before, they give the state after") {
  ConsumerState before(true);
  before.reset(1);
  ConsumerState after = before;
  PositionChanges changes;
  for (uint64_t sequence = 1; sequence <= 4; ++sequence) {
    after.deliver(sequence, kBefore.mono);
    changes.delivered(sequence, kBefore.wall);
  }
  after.redeliver(*after.find(2), kBefore.mono);
  changes.redelivered(2, kBefore.wall);
  after.finish(1);
  changes.finished(1);
  after.give_up(3);
  changes.given_up(3);
  REQUIRE(PositionChanges::apply(changes.bytes(), kBefore, before));
  CHECK(encode_positions(before, 0, kBefore) == encode_positions(after, 0, kBefore));
}

TEST_CASE("PositionChanges: a delivery of what was delivered already is refused") {
  ConsumerState state(true);
  state.reset(5);
  PositionChanges changes;
  changes.delivered(4, kBefore.wall);
  CHECK_FALSE(PositionChanges::apply(changes.bytes(), kBefore, state));
  CHECK(state.next() == 5);
}
