#include "core/jetstream/backup_consumer.h"

#include <catch2/catch.hpp>

#include "core/jetstream/consumer_positions.h"

namespace myelin {
namespace {

constexpr Now kNow{.mono = {1'000'000'000'000}, .wall = {1'700'000'000'000'000'000}};

TEST_CASE("A consumer's state is the same after a backup") {
  ConsumerState state(true);
  state.reset(11);
  for (const uint64_t sequence : {11u, 12u, 15u, 16u, 18u}) {
    state.deliver(sequence, kNow.mono - seconds(3));
  }
  state.finish(11);
  state.finish(15);
  state.redeliver(*state.find(16), kNow.mono - seconds(1));
  ConsumerState again(true);
  REQUIRE(decode_backup_consumer(encode_backup_consumer(state, kNow), kNow, again));
  // Between its last delivery and what it looked at in vain there is nothing for it.
  CHECK(encode_positions(again, 0, kNow) == encode_positions(state, 0, kNow));
}

TEST_CASE("A consumer that has delivered nothing begins where it was to begin") {
  ConsumerState state(true);
  state.reset(100);
  ConsumerState again(true);
  REQUIRE(decode_backup_consumer(encode_backup_consumer(state, kNow), kNow, again));
  CHECK(again.next() == 100);
  CHECK(again.next_delivery() == 1);
}

TEST_CASE("What is no consumer's state changes nothing") {
  ConsumerState state(true);
  state.reset(1);
  state.deliver(1, kNow.mono);
  state.deliver(2, kNow.mono);
  const std::string bytes = encode_backup_consumer(state, kNow);
  ConsumerState to(true);
  for (size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(decode_backup_consumer(std::string_view(bytes).substr(0, size), kNow, to));
  }
  CHECK(to.next() == ConsumerState(true).next());
  // The floor above what is delivered; pending beyond it.
  CHECK_FALSE(decode_backup_consumer({"\x16\x02\x05\x05\x01\x01\x00\x00", 8}, kNow, to));
  CHECK_FALSE(
      decode_backup_consumer({"\x16\x02\x00\x00\x01\x01\x01\x00\x05\x01\x00\x00", 12}, kNow, to));
}

}  // namespace
}  // namespace myelin
