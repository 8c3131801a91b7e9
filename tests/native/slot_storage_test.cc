#include "hosts/browser/slot_storage.h"

#include <array>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/storage/file_name.h"
#include "core/storage/memory_storage.h"
#include "tests/sim/sim_slots.h"

namespace myelin {
namespace {

using sim::SimSlots;

class KeptLog final : public Log {
 public:
  void write(LogLevel level, std::string_view text) override {
    if (level >= LogLevel::kWarning) lines.emplace_back(text);
  }
  std::vector<std::string> lines;
};

// A pool, and a storage on it that can be begun again.
class Pool {
 public:
  explicit Pool(uint32_t count = 8, SlotStorage::Bounds bounds = {}, uint64_t seed = 1)
      : slots(seed), bounds_(bounds) {
    slots.grow(count);
    REQUIRE(begin().ok());
  }

  Status begin() {
    storage.emplace(slots, log, bounds_);
    return storage->load(slots.count());
  }
  void restart() { REQUIRE(begin().ok()); }
  void crash() {
    storage.reset();
    slots.crash();
    restart();
  }
  void give_slots() {
    const uint32_t wanted = storage->slots_wanted();
    slots.grow(wanted);
    if (wanted > 0) storage->add_slots(wanted);
  }

  FileId open(std::string_view name) { return storage->open(name).value(); }
  void append(FileId file, std::string_view text) {
    REQUIRE(storage->append(file, as_bytes(text)).ok());
  }
  std::string read(FileId file) {
    std::string text(static_cast<size_t>(storage->size(file).value()), '\0');
    const auto got = storage->read(file, 0, std::as_writable_bytes(std::span(text)));
    REQUIRE(got.value() == text.size());
    return text;
  }
  std::string read(std::string_view name) { return read(open(name)); }
  std::vector<std::string> names() { return storage->list("").value(); }
  FileErrors sync(std::vector<FileId> files) {
    const SyncTicket ticket = storage->sync(files);
    storage->commit();
    for (const SlotStorage::Synced& synced : storage->take_synced()) {
      if (synced.ticket == ticket) return synced.failed;
    }
    FAIL("the ticket has not come back");
    return {};
  }

  SimSlots slots;
  KeptLog log;
  std::optional<SlotStorage> storage;

 private:
  SlotStorage::Bounds bounds_;
};

// The slot whose header has the name.
uint32_t slot_of(Pool& pool, std::string_view name) {
  for (uint32_t slot = 0; slot < pool.slots.count(); ++slot) {
    const SlotFront front = read_slot_front(
        std::string_view(pool.slots.seen(slot)).substr(0, static_cast<size_t>(kSlotHeaderSize)));
    if (front.header.kind == SlotKind::kFile && front.header.name == name) return slot;
  }
  FAIL("no slot has the name");
  return 0;
}

void damage(Pool& pool, uint32_t slot, size_t at) {
  pool.slots.seen(slot).at(at) ^= 1;
  pool.slots.durable(slot).at(at) ^= 1;
}

TEST_CASE("SlotStorage: what was synced is there after a crash, under its name") {
  Pool pool;
  const FileId file = pool.open("streams/one");
  pool.append(file, "hello ");
  pool.append(file, "world");
  CHECK(pool.read(file) == "hello world");
  CHECK(pool.sync({file}).empty());
  pool.crash();
  CHECK(pool.names() == std::vector<std::string>{"streams/one"});
  CHECK(pool.read("streams/one") == "hello world");
}

TEST_CASE("SlotStorage: nothing is written before commit, then each file with one write") {
  Pool pool;
  const FileId file = pool.open("a");
  pool.append(file, "first");
  CHECK(pool.sync({file}).empty());
  const uint64_t before = pool.slots.write_count();
  for (int i = 0; i < 100; ++i) pool.append(file, "some more");
  CHECK(pool.slots.write_count() == before);
  CHECK(pool.storage->commit());
  CHECK(pool.slots.write_count() == before + 1);
}

TEST_CASE("SlotStorage: a sync flushes only what was written") {
  Pool pool;
  const FileId one = pool.open("one");
  const FileId two = pool.open("two");
  pool.append(one, "1");
  pool.append(two, "2");
  CHECK(pool.sync({one, two}).empty());
  const uint64_t before = pool.slots.flush_count();
  pool.append(one, "1");
  CHECK(pool.sync({one, two}).empty());
  CHECK(pool.slots.flush_count() == before + 1);
}

TEST_CASE("SlotStorage: names that could lead out of the store are refused") {
  Pool pool;
  for (const std::string_view name : {"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a"}) {
    CAPTURE(name);
    CHECK_FALSE(pool.storage->open(name).ok());
  }
  CHECK_FALSE(pool.storage->open(std::string(kFileNameSizeMax + 1, 'a')).ok());
  const std::string longest(kFileNameSizeMax, 'a');
  CHECK(pool.sync({pool.open(longest)}).empty());
  pool.crash();
  CHECK(pool.names() == std::vector<std::string>{longest});
}

TEST_CASE("SlotStorage: a removed file's slot is empty, and another's after that") {
  Pool pool(2);  // one of them for the ballast
  const FileId file = pool.open("a");
  pool.append(file, std::string(100'000, 'x'));
  CHECK(pool.sync({file}).empty());
  const uint32_t slot = slot_of(pool, "a");
  CHECK(pool.storage->remove("a").ok());
  CHECK(pool.slots.seen(slot).size() > 100'000);
  CHECK(pool.storage->commit());
  CHECK(pool.slots.durable(slot).size() == kSlotHeaderSize);
  CHECK(pool.slots.durable(slot).find('x') == std::string::npos);
  const FileId next = pool.open("b");
  pool.append(next, "y");
  CHECK(pool.sync({next}).empty());
  CHECK(slot_of(pool, "b") == slot);
}

TEST_CASE("SlotStorage: what destroys stands behind the tickets before it") {
  Pool pool;
  const FileId old = pool.open("old");
  pool.append(old, "before");
  CHECK(pool.sync({old}).empty());
  const FileId fresh = pool.open("fresh");
  pool.append(fresh, "after");
  const SyncTicket ticket = pool.storage->sync(std::array{fresh});
  CHECK(pool.storage->rename("fresh", "old").ok());
  CHECK(pool.read("old") == "after");
  // Whenever the power goes: the old content, or the new one whole.
  for (uint64_t calls = 0; calls < 30; ++calls) {
    CAPTURE(calls);
    Pool cut;
    const FileId first = cut.open("old");
    cut.append(first, "before");
    REQUIRE(cut.sync({first}).empty());
    const FileId second = cut.open("fresh");
    cut.append(second, "after");
    (void)cut.storage->sync(std::array{second});
    REQUIRE(cut.storage->rename("fresh", "old").ok());
    cut.slots.die_after(calls);
    cut.storage->commit();
    cut.crash();
    const std::string text = cut.read("old");
    CHECK((text == "before" || text == "after"));
    cut.storage->commit();
    // The other has let its slot go for good.
    cut.crash();
    CHECK(cut.read("old") == text);
    CHECK(cut.names().size() <= 2);
  }
  pool.storage->commit();
  CHECK(pool.storage->take_synced().front().ticket == ticket);
}

TEST_CASE("SlotStorage: whenever the power goes, a renamed file has one of its names") {
  // Long enough to be torn.
  const std::string first(900, 'a');
  const std::string second(900, 'b');
  const std::string third(900, 'c');
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    Pool pool(4, {}, seed);
    const FileId file = pool.open(first);
    pool.append(file, "content");
    REQUIRE(pool.sync({file}).empty());
    REQUIRE(pool.storage->rename(first, second).ok());
    REQUIRE(pool.storage->rename(second, third).ok());
    pool.slots.die_after(seed % 8);
    pool.storage->commit();
    pool.crash();
    REQUIRE(pool.names().size() == 1);
    CHECK(pool.read(pool.names().front()) == "content");
  }
}

TEST_CASE("SlotStorage: whenever the power goes, a file has nothing of its slot's last one") {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    Pool pool(2, {}, seed);  // one of them for the ballast
    const FileId last = pool.open("last");
    pool.append(last, std::string(20'000, 'x'));
    REQUIRE(pool.sync({last}).empty());
    REQUIRE(pool.storage->remove("last").ok());
    pool.storage->commit();
    const FileId next = pool.open("next");
    pool.append(next, std::string(3'000, 'y'));
    pool.slots.die_after(seed % 10);
    pool.storage->commit();
    pool.crash();
    if (pool.names().empty()) continue;
    CHECK(pool.read("next").find('x') == std::string::npos);
  }
}

TEST_CASE("SlotStorage: of two slots with one name the later named has it") {
  Pool pool;
  for (uint32_t slot : {2U, 5U}) {
    const std::string copy = encode({SlotKind::kFile, slot == 2 ? 9U : 4U, "twice"});
    std::string bytes(static_cast<size_t>(kSlotHeaderSize), '\0');
    bytes.replace(0, copy.size(), copy);
    bytes.replace(static_cast<size_t>(kSlotHeaderCopyAt), copy.size(), copy);
    pool.slots.seen(slot) = pool.slots.durable(slot) = bytes + (slot == 2 ? "later" : "sooner");
  }
  pool.restart();
  CHECK(pool.read("twice") == "later");
  pool.storage->commit();
  pool.crash();
  CHECK(pool.storage->remove("twice").ok());
  pool.storage->commit();
  pool.crash();
  CHECK(pool.names().empty());
}

TEST_CASE("SlotStorage: one damaged copy of a header is made good by the other") {
  for (const uint64_t at : {uint64_t{0}, uint64_t{9}, uint64_t{30}, kSlotHeaderCopyAt + 20}) {
    CAPTURE(at);
    Pool pool;
    const FileId file = pool.open("a-file");
    pool.append(file, "content");
    CHECK(pool.sync({file}).empty());
    damage(pool, slot_of(pool, "a-file"), static_cast<size_t>(at));
    pool.restart();
    CHECK(pool.read("a-file") == "content");
    // And is whole again after the next change of names.
    CHECK(pool.storage->rename("a-file", "b-file").ok());
    CHECK(pool.sync({pool.open("b-file")}).empty());
    damage(pool, slot_of(pool, "b-file"), at < kSlotHeaderCopyAt ? kSlotHeaderCopyAt : 0);
    pool.restart();
    CHECK(pool.read("b-file") == "content");
  }
}

TEST_CASE("SlotStorage: a header that is lost takes its file along, and no other") {
  Pool pool;
  for (const std::string_view name : {"a", "b"}) {
    const FileId file = pool.open(name);
    pool.append(file, name);
    CHECK(pool.sync({file}).empty());
  }
  const uint32_t slot = slot_of(pool, "a");
  damage(pool, slot, 10);
  damage(pool, slot, static_cast<size_t>(kSlotHeaderCopyAt) + 10);
  const std::string before = pool.slots.seen(slot);
  pool.restart();
  CHECK(pool.names() == std::vector<std::string>{"b"});
  CHECK(pool.storage->may_lack_files());
  REQUIRE(pool.log.lines.size() == 1);
  CHECK(pool.log.lines.front().find("slot " + std::to_string(slot + 1)) != std::string::npos);
  // It is nobody's, and stays as it is.
  for (int i = 0; i < 5; ++i) {
    const FileId file = pool.open("new" + std::to_string(i));
    pool.append(file, "x");
    CHECK(pool.sync({file}).empty());
  }
  CHECK(pool.slots.seen(slot) == before);
}

TEST_CASE("SlotStorage: a header torn at its birth frees the slot") {
  Pool pool;
  pool.slots.seen(3) = pool.slots.durable(3) = "MYSLxxxx";
  pool.restart();
  CHECK(pool.names().empty());
  CHECK(pool.log.lines.empty());
}

TEST_CASE("SlotStorage: slots of another version are refused") {
  Pool pool;
  std::string copy = encode({SlotKind::kFile, 1, "a"});
  copy[4] = 2;
  pool.slots.seen(3) = copy;
  const Status begun = pool.begin();
  REQUIRE_FALSE(begun.ok());
  CHECK(begun.error().context.find("slot 4") != std::string::npos);
}

TEST_CASE("SlotStorage: random headers never do more than lose files") {
  Random random(7);
  for (int round = 0; round < 500; ++round) {
    Pool pool;
    for (uint32_t slot = 0; slot < pool.slots.count(); ++slot) {
      std::string bytes = encode({static_cast<SlotKind>(random.below(3)), random.below(5),
                                  random.base62(static_cast<size_t>(random.below(3)))});
      bytes.resize(static_cast<size_t>(random.below(5000)));
      for (uint64_t flips = random.below(4); flips > 0 && !bytes.empty(); --flips) {
        bytes[static_cast<size_t>(random.below(bytes.size()))] ^=
            static_cast<char>(1 << random.below(8));
      }
      pool.slots.seen(slot) = pool.slots.durable(slot) = bytes;
    }
    if (!pool.begin().ok()) continue;
    pool.give_slots();
    for (const std::string& name : pool.names()) (void)pool.read(name);
    const auto file = pool.storage->open("fresh");
    if (!file.ok()) continue;
    pool.append(file.value(), "content");
    CHECK(pool.sync({file.value()}).empty());
    pool.crash();
    CHECK(pool.read("fresh") == "content");
  }
}

TEST_CASE("SlotStorage: files wait for slots, and so do the tickets behind them") {
  Pool pool(2);
  std::vector<FileId> files;
  for (int i = 0; i < 20; ++i) {
    files.push_back(pool.open("file" + std::to_string(i)));
    pool.append(files.back(), std::to_string(i));
  }
  const SyncTicket ticket = pool.storage->sync(files);
  CHECK_FALSE(pool.storage->commit());
  CHECK(pool.storage->take_synced().empty());
  CHECK(pool.storage->slots_wanted() >= 19);
  CHECK(pool.read(files.back()) == "19");
  pool.give_slots();
  CHECK(pool.storage->commit());
  const auto synced = pool.storage->take_synced();
  REQUIRE(synced.size() == 1);
  CHECK(synced.front().ticket == ticket);
  CHECK(synced.front().failed.empty());
  pool.crash();
  CHECK(pool.names().size() == 20);
  CHECK(pool.read("file19") == "19");
}

TEST_CASE("SlotStorage: where there are no more slots, files are refused") {
  Pool pool(3);
  const FileId one = pool.open("one");
  pool.append(one, "1");
  const FileId two = pool.open("two");
  const FileId three = pool.open("three");
  (void)pool.storage->sync(std::array{one, two, three});
  CHECK_FALSE(pool.storage->commit());
  CHECK(pool.storage->slots_wanted() > 0);
  pool.storage->add_slots(0);
  CHECK(pool.storage->slots_wanted() == 0);
  CHECK(pool.storage->commit());
  const auto synced = pool.storage->take_synced();
  REQUIRE(synced.size() == 1);
  REQUIRE(synced.front().failed.size() == 1);
  CHECK(synced.front().failed.front().file == three);
  CHECK(pool.storage->free_files() == 0);
  CHECK(pool.storage->open("four").error().code == Errc::kFull);
  // What is removed makes room.
  CHECK(pool.storage->remove("one").ok());
  CHECK(pool.storage->commit());
  const FileId four = pool.open("four");
  CHECK(pool.sync({four}).empty());
}

TEST_CASE("SlotStorage: a full pool refuses what is reserved, and loses nothing") {
  Pool pool;
  const FileId file = pool.open("a");
  pool.append(file, "first");
  CHECK(pool.sync({file}).empty());
  pool.slots.set_capacity(pool.slots.used());
  std::string taken = "first";
  bool was_full = false;
  for (int i = 0; i < 10'000 && !was_full; ++i) {
    const std::string text(1000, static_cast<char>('a' + i % 26));
    const Status room = pool.storage->reserve(file, text.size());
    if (!room.ok()) {
      CHECK(room.error().code == Errc::kFull);
      was_full = true;
      continue;
    }
    pool.append(file, text);
    taken += text;
    if (i % 7 == 0) CHECK(pool.sync({file}).empty());
  }
  CHECK(was_full);
  CHECK(pool.sync({file}).empty());
  pool.crash();
  CHECK(pool.read("a") == taken);
  // What the host can give again is used again.
  pool.slots.set_capacity(UINT64_MAX);
  const FileId again = pool.open("a");
  CHECK(pool.storage->reserve(again, 100'000).ok());
}

// As in Chromium: what one slot was granted is of no use to another.
TEST_CASE("SlotStorage: what is reserved is written where each slot's room is its own") {
  Pool pool;
  pool.slots.keep_grants();
  std::string taken[2];
  const std::vector<FileId> files = {pool.open("a"), pool.open("b")};
  for (const FileId file : files) CHECK(pool.sync({file}).empty());
  pool.slots.set_capacity(pool.slots.used() + 3'000'000);
  int refused = 0;
  for (int i = 0; refused < 20; ++i) {
    const size_t which = i % 3 == 0 ? 1 : 0;
    const std::string text(1000 * (i % 40 + 1), static_cast<char>('a' + i % 26));
    if (!pool.storage->reserve(files[which], text.size()).ok()) {
      ++refused;
      continue;
    }
    pool.append(files[which], text);
    taken[which] += text;
    if (i % 7 == 0) REQUIRE(pool.sync(files).empty());
  }
  // A new file can be named, even if nothing fits into it.
  const FileId late = pool.open("late");
  CHECK(pool.sync({late}).empty());
  CHECK(pool.sync(files).empty());
  CHECK(taken[0].size() > 1'000'000);
  pool.crash();
  CHECK(pool.read("a") == taken[0]);
  CHECK(pool.read("b") == taken[1]);
}

TEST_CASE("SlotStorage: removing a file makes room on a full pool") {
  Pool pool;
  const FileId large = pool.open("large");
  pool.append(large, std::string(3'000'000, 'x'));
  CHECK(pool.sync({large}).empty());
  const FileId file = pool.open("a");
  CHECK(pool.sync({file}).empty());
  pool.slots.set_capacity(pool.slots.used());
  while (pool.storage->reserve(file, 100'000).ok()) {
    pool.append(file, std::string(100'000, 'y'));
    REQUIRE(pool.sync({file}).empty());
  }
  CHECK(pool.storage->remove("large").ok());
  CHECK(pool.storage->commit());
  CHECK(pool.storage->reserve(file, 100'000).ok());
  pool.append(file, std::string(100'000, 'y'));
  CHECK(pool.sync({file}).empty());
}

TEST_CASE("SlotStorage: the dirty buffer is bounded, and written out when it is full") {
  Pool pool(8, {.dirty = 1'000'000});
  const FileId file = pool.open("a");
  CHECK(pool.storage->reserve(file, 1'000'001).error().code == Errc::kFull);
  for (int i = 0; i < 50; ++i) {
    pool.append(file, std::string(100'000, 'x'));
    CHECK(pool.storage->dirty_size() <= 1'000'000);
  }
  const FileId other = pool.open("b");
  CHECK(pool.storage->reserve(other, 900'000).ok());
  CHECK(pool.storage->reserve(file, 200'000).error().code == Errc::kFull);
  // What was reserved can be appended.
  pool.append(other, std::string(900'000, 'y'));
  CHECK(pool.storage->reserve(file, 200'000).ok());
  CHECK(pool.read(file).size() == 5'000'000);
}

TEST_CASE("SlotStorage: a file that failed fails in every later sync") {
  Pool pool;
  const FileId file = pool.open("a");
  CHECK(pool.sync({file}).empty());
  pool.append(file, "lost");
  pool.slots.die_after(0);
  CHECK(pool.sync({file}).size() == 1);
  CHECK(pool.sync({file}).size() == 1);
}

TEST_CASE("SlotStorage: a change of names that failed fails every ticket") {
  Pool pool;
  const FileId file = pool.open("a");
  CHECK(pool.sync({file}).empty());
  pool.slots.die_after(0);
  CHECK(pool.storage->rename("a", "b").ok());
  const FileErrors failed = pool.sync({});
  REQUIRE(failed.size() == 1);
  CHECK(failed.front().file == kAllNames);
  CHECK(pool.sync({file}).size() == 2);
}

TEST_CASE("SlotStorage: a file that is gone fails, and its id is never another's") {
  Pool pool;
  const FileId file = pool.open("a");
  CHECK(pool.storage->remove("a").ok());
  CHECK(pool.storage->append(file, as_bytes("x")).error().code == Errc::kNotFound);
  CHECK(pool.storage->size(file).error().code == Errc::kNotFound);
  const FileErrors failed = pool.sync({file});
  REQUIRE(failed.size() == 1);
  CHECK(failed.front().file == file);
  CHECK_FALSE(pool.open("a") == file);
}

// One call on both, told apart by nothing.
class Twins {
 public:
  explicit Twins(uint64_t seed) : random_(seed), pool_(3, {.dirty = 40'000}) {}

  void play(int deeds) {
    for (int i = 0; i < deeds; ++i) {
      const uint64_t deed = random_.below(100);
      if (deed < 40) {
        append();
      } else if (deed < 55) {
        compare_part();
      } else if (deed < 63) {
        truncate();
      } else if (deed < 71) {
        rename();
      } else if (deed < 79) {
        remove();
      } else if (deed < 95) {
        pool_.give_slots();
        pool_.storage->commit();
      } else {
        restart();
      }
    }
    restart();
    compare();
  }

 private:
  std::string draw_name() { return "f/" + std::to_string(random_.below(8)); }

  void append() {
    const std::string name = draw_name();
    const std::string text = random_.base62(static_cast<size_t>(random_.below(3000)));
    const FileId mine = model_.open(name).value();
    const FileId theirs = pool_.open(name);
    auto at = pool_.storage->append(theirs, as_bytes(text));
    if (!at.ok()) {
      // Too much waits for slots.
      pool_.give_slots();
      pool_.storage->commit();
      at = pool_.storage->append(theirs, as_bytes(text));
    }
    CHECK(at.value() == model_.append(mine, as_bytes(text)).value());
  }

  void compare_part() {
    const std::string name = draw_name();
    if (model_.list(name).value().empty()) return;
    const FileId mine = model_.open(name).value();
    const FileId theirs = pool_.open(name);
    const uint64_t size = model_.size(mine).value();
    CHECK(pool_.storage->size(theirs).value() == size);
    const uint64_t from = random_.below(size + 10);
    std::array<std::byte, 500> one{};
    std::array<std::byte, 500> two{};
    CHECK(model_.read(mine, from, one).value() == pool_.storage->read(theirs, from, two).value());
    CHECK(one == two);
  }

  void truncate() {
    const std::string name = draw_name();
    if (model_.list(name).value().empty()) return;
    const FileId mine = model_.open(name).value();
    const uint64_t size = random_.below(model_.size(mine).value() + 1);
    CHECK(model_.truncate(mine, size).ok());
    CHECK(pool_.storage->truncate(pool_.open(name), size).ok());
  }

  void rename() {
    const std::string from = draw_name();
    const std::string to = draw_name();
    CHECK(model_.rename(from, to).ok() == pool_.storage->rename(from, to).ok());
  }

  void remove() {
    const std::string name = draw_name();
    CHECK(model_.remove(name).ok() == pool_.storage->remove(name).ok());
  }

  void restart() {
    while (!pool_.storage->commit()) pool_.give_slots();
    CHECK(pool_.storage->dirty_size() == 0);
    pool_.restart();
    compare();
  }

  void compare() {
    const std::vector<std::string> names = model_.list("").value();
    REQUIRE(pool_.names() == names);
    for (const std::string& name : names) {
      const FileId mine = model_.open(name).value();
      std::string text(static_cast<size_t>(model_.size(mine).value()), '\0');
      REQUIRE(model_.read(mine, 0, std::as_writable_bytes(std::span(text))).ok());
      CHECK(pool_.read(name) == text);
    }
  }

  Random random_;
  Pool pool_;
  MemoryStorage model_{1 << 30};
};

TEST_CASE("SlotStorage: random histories agree with MemoryStorage, restarts between them") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Twins(seed).play(400);
  }
}

}  // namespace
}  // namespace myelin
