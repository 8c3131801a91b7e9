#include "core/jetstream/consumer_log.h"

#include <map>

#include "catch2/catch.hpp"
#include "core/storage/memory_storage.h"

using namespace myelin;

namespace {

constexpr const char* kFolder = "streams/1/consumers";
constexpr uint64_t kCapacity = 64 * 1024 * 1024;

// What a restart finds: by id, the last whole and the changes behind it.
std::map<uint64_t, std::string> recovered(Storage& storage) {
  ConsumerLog log(storage, kFolder, 1);
  std::map<uint64_t, std::string> found;
  uint64_t budget = UINT64_MAX;
  const auto done =
      log.recover(budget, [&](ConsumerLog::Kind kind, uint64_t id, std::string_view bytes) {
        if (kind == ConsumerLog::Kind::kWhole) found[id].clear();
        found[id] += bytes;
      });
  REQUIRE(done.ok());
  REQUIRE(done.value());
  return found;
}

void sync(ConsumerLog& log, MemoryStorage& storage) {
  std::vector<FileId> files;
  log.collect_unsynced(files);
  log.sync_asked(storage.sync(files));
  for (const auto& synced : storage.take_synced()) log.on_synced(synced.ticket, synced.failed);
}

}  // namespace

TEST_CASE("ConsumerLog: gives back what was written, by consumer") {
  MemoryStorage storage(kCapacity);
  ConsumerLog log(storage, kFolder, 1);
  REQUIRE(log.begin().ok());
  REQUIRE(log.append(ConsumerLog::Kind::kWhole, 5, "a").ok());
  REQUIRE(log.append(ConsumerLog::Kind::kWhole, 6, "x").ok());
  REQUIRE(log.append(ConsumerLog::Kind::kChanges, 5, "b").ok());
  sync(log, storage);
  const std::map<uint64_t, std::string> wanted{{5, "ab"}, {6, "x"}};
  CHECK(recovered(storage) == wanted);
}

TEST_CASE("ConsumerLog: a rewrite leaves nothing that is out of date") {
  MemoryStorage storage(kCapacity);
  ConsumerLog log(storage, kFolder, 1);
  REQUIRE(log.begin().ok());
  const std::string much(100 * 1024, 'm');
  for (int count = 0; count < 40; ++count) {
    REQUIRE(log.append(ConsumerLog::Kind::kWhole, 5, much).ok());
  }
  sync(log, storage);
  const size_t files = storage.list(kFolder).value().size();
  REQUIRE(log.wants_rewrite(much.size()));
  log.begin_rewrite();
  REQUIRE(log.append(ConsumerLog::Kind::kWhole, 5, "now").ok());
  log.end_rewrite();
  sync(log, storage);
  CHECK(storage.list(kFolder).value().size() < files);
  CHECK(recovered(storage)[5] == "now");
}

TEST_CASE("ConsumerLog: destroyed, it leaves no files") {
  MemoryStorage storage(kCapacity);
  ConsumerLog log(storage, kFolder, 1);
  REQUIRE(log.begin().ok());
  REQUIRE(log.append(ConsumerLog::Kind::kWhole, 5, "a").ok());
  REQUIRE(log.destroy().ok());
  CHECK(storage.list(kFolder).value().empty());
}
