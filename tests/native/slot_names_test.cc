// Names of a SlotStorage's files when crashes and failures meet their headers.

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "hosts/browser/slot_storage.h"
#include "tests/sim/sim_slots.h"

namespace myelin {
namespace {

using sim::SimSlots;

class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

// A pool one of whose flushes fails.
class FaultySlots final : public Slots {
 public:
  explicit FaultySlots(SimSlots& slots) : slots_(slots) {}

  Result<uint64_t> read(uint32_t slot, uint64_t offset, std::span<std::byte> to) override {
    return slots_.read(slot, offset, to);
  }
  Status write(uint32_t slot, uint64_t offset, Bytes bytes) override {
    return slots_.write(slot, offset, bytes);
  }
  Status truncate(uint32_t slot, uint64_t size) override { return slots_.truncate(slot, size); }
  Result<uint64_t> size(uint32_t slot) override { return slots_.size(slot); }
  Status flush(uint32_t slot) override {
    if (fails_in_ > 0 && --fails_in_ == 0) return Error{Errc::kIo, "it failed once"};
    return slots_.flush(slot);
  }

  void fail_flush(uint64_t number) { fails_in_ = number; }

 private:
  SimSlots& slots_;
  uint64_t fails_in_ = 0;
};

class World {
 public:
  explicit World(uint64_t seed) : slots_(seed) {
    slots_.grow(8);
    restart();
  }

  void restart() {
    storage.reset();
    storage = std::make_unique<SlotStorage>(faulty, log_);
    REQUIRE(storage->load(slots_.count()).ok());
  }
  void crash() {
    slots_.crash();
    restart();
  }
  void die_after(uint64_t calls) { slots_.die_after(calls); }

  void store(std::string_view name, std::string_view content) {
    const FileId file = storage->open(name).value();
    REQUIRE(storage->append(file, as_bytes(content)).ok());
    storage->sync({&file, 1});
    storage->commit();
    REQUIRE(storage->take_synced().front().failed.empty());
  }
  std::vector<std::string> names() { return storage->list("").value(); }
  std::string read(std::string_view name) {
    const FileId file = storage->open(name).value();
    std::string text(static_cast<size_t>(storage->size(file).value()), '\0');
    REQUIRE(storage->read(file, 0, std::as_writable_bytes(std::span(text))).ok());
    return text;
  }

 private:
  NoLog log_;
  SimSlots slots_;

 public:
  FaultySlots faulty{slots_};
  std::unique_ptr<SlotStorage> storage;
};

TEST_CASE("SlotStorage: a name outlives one crash after another while it is changed") {
  // Longer than a sector, so that headers can be torn.
  const std::string a(1000, 'a');
  const std::string b(1000, 'b');
  const std::string c(1000, 'c');
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    World world(seed);
    world.store(a, "content");
    world.die_after(seed % 5);
    REQUIRE(world.storage->rename(a, b).ok());
    world.storage->commit();
    world.crash();
    REQUIRE(world.names().size() == 1);
    const std::string between = world.names().front();
    CHECK((between == a || between == b));
    world.die_after(seed / 5 % 5);
    REQUIRE(world.storage->rename(between, c).ok());
    world.storage->commit();
    world.crash();
    REQUIRE(world.names().size() == 1);
    const std::string last = world.names().front();
    CHECK((last == between || last == c));
    CHECK(world.read(last) == "content");
  }
}

TEST_CASE("SlotStorage: what a failed change of names was to replace is kept") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    World world(seed);
    world.store("kept", "old content");
    world.store("temporary", "new content");
    REQUIRE(world.storage->rename("temporary", "kept").ok());
    world.faulty.fail_flush(1 + seed % 2);
    world.storage->commit();
    world.crash();
    CHECK(world.read("kept").ends_with(" content"));
  }
}

TEST_CASE("SlotStorage: what a file without a slot was to replace is kept") {
  World world(1);
  world.store("kept", "content");
  for (int i = 0; i < 10; ++i) {
    REQUIRE(world.storage->open("filler" + std::to_string(i)).ok());
  }
  REQUIRE(world.storage->open("temporary").ok());
  REQUIRE(world.storage->rename("temporary", "kept").ok());
  CHECK_FALSE(world.storage->commit());
  world.storage->add_slots(0);  // there can be no more
  CHECK(world.storage->commit());
  world.restart();
  CHECK(world.read("kept") == "content");
}

}  // namespace
}  // namespace myelin
