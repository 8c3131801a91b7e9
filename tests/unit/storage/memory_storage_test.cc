#include "core/storage/memory_storage.h"

#include <array>
#include <catch2/catch.hpp>
#include <map>

#include "core/base/random.h"

namespace myelin {
namespace {

std::string read_all(MemoryStorage& storage, FileId file) {
  std::string text(static_cast<size_t>(storage.size(file).value()), '\0');
  const auto count = storage.read(file, 0, std::as_writable_bytes(std::span(text)));
  REQUIRE(count.value() == text.size());
  return text;
}

FileId open_file(MemoryStorage& storage, std::string_view name) {
  return storage.open(name).value();
}

template <class T>
bool failed_with(const Result<T>& result, Errc code) {
  return !result.ok() && result.error().code == code;
}

TEST_CASE("MemoryStorage: appended bytes stand at the returned offset and are readable at once") {
  MemoryStorage storage(1000);
  const FileId file = open_file(storage, "a");
  CHECK(storage.append(file, as_bytes("hello ")).value() == 0);
  CHECK(storage.append(file, as_bytes("world")).value() == 6);
  CHECK(storage.size(file).value() == 11);
  CHECK(read_all(storage, file) == "hello world");
}

TEST_CASE("MemoryStorage: a read is short at the end of the file and empty beyond it") {
  MemoryStorage storage(1000);
  const FileId file = open_file(storage, "a");
  REQUIRE(storage.append(file, as_bytes("abcdef")).ok());
  std::array<std::byte, 4> four{};
  CHECK(storage.read(file, 4, four).value() == 2);
  CHECK(as_text(four).substr(0, 2) == "ef");
  CHECK(storage.read(file, 6, four).value() == 0);
  CHECK(storage.read(file, UINT64_MAX, four).value() == 0);
}

TEST_CASE("MemoryStorage: one name is one file, however often it is opened") {
  MemoryStorage storage(1000);
  CHECK(open_file(storage, "a/b") == open_file(storage, "a/b"));
  CHECK_FALSE(open_file(storage, "a/b") == open_file(storage, "a/c"));
}

TEST_CASE("MemoryStorage: names that could leave the folder are refused") {
  MemoryStorage storage(1000);
  for (const std::string_view name :
       {"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a/."}) {
    CAPTURE(name);
    CHECK(failed_with(storage.open(name), Errc::kInvalid));
  }
  CHECK(failed_with(storage.open(std::string_view("a\0b", 3)), Errc::kInvalid));
  CHECK(failed_with(storage.open(std::string(2000, 'a')), Errc::kInvalid));
  CHECK(storage.open("...").ok());
}

TEST_CASE("MemoryStorage: an append beyond the capacity fails and changes nothing") {
  MemoryStorage storage(10);
  const FileId file = open_file(storage, "a");
  REQUIRE(storage.append(file, as_bytes("12345678")).ok());
  CHECK(failed_with(storage.append(file, as_bytes("abc")), Errc::kFull));
  CHECK(read_all(storage, file) == "12345678");
  CHECK(storage.append(file, as_bytes("90")).ok());
}

TEST_CASE("MemoryStorage: a reservation keeps its room from other files") {
  MemoryStorage storage(10);
  const FileId mine = open_file(storage, "mine");
  const FileId other = open_file(storage, "other");
  REQUIRE(storage.reserve(mine, 8).ok());
  CHECK(failed_with(storage.append(other, as_bytes("abc")), Errc::kFull));
  CHECK(failed_with(storage.reserve(other, 3), Errc::kFull));
  CHECK(failed_with(storage.reserve(other, UINT64_MAX), Errc::kFull));
  CHECK(storage.append(other, as_bytes("ab")).ok());
  CHECK(storage.append(mine, as_bytes("12345678")).ok());
  CHECK(failed_with(storage.append(mine, as_bytes("9")), Errc::kFull));
}

TEST_CASE("MemoryStorage: reserving again asks for room beyond the end, not on top of the first") {
  MemoryStorage storage(10);
  const FileId file = open_file(storage, "a");
  CHECK(storage.reserve(file, 8).ok());
  CHECK(storage.reserve(file, 10).ok());
  CHECK(storage.append(file, as_bytes("12345")).ok());
  CHECK(storage.reserve(file, 5).ok());
  CHECK(failed_with(storage.reserve(file, 6), Errc::kFull));
}

TEST_CASE("MemoryStorage: truncate and remove give their room back") {
  MemoryStorage storage(10);
  const FileId file = open_file(storage, "a");
  REQUIRE(storage.append(file, as_bytes("1234567890")).ok());
  CHECK(storage.truncate(file, 4).ok());
  CHECK(storage.append(file, as_bytes("abcdef")).ok());
  CHECK(read_all(storage, file) == "1234abcdef");
  CHECK(storage.remove("a").ok());
  const FileId next = open_file(storage, "a");
  CHECK_FALSE(next == file);
  CHECK(storage.append(next, as_bytes("0987654321")).ok());
}

TEST_CASE("MemoryStorage: truncate never makes a file longer") {
  MemoryStorage storage(10);
  CHECK(failed_with(storage.truncate(open_file(storage, "a"), 1), Errc::kInvalid));
}

TEST_CASE("MemoryStorage: a removed file's id is not found, whatever is asked of it") {
  MemoryStorage storage(10);
  const FileId file = open_file(storage, "a");
  REQUIRE(storage.remove("a").ok());
  std::array<std::byte, 1> one{};
  CHECK(failed_with(storage.append(file, as_bytes("x")), Errc::kNotFound));
  CHECK(failed_with(storage.read(file, 0, one), Errc::kNotFound));
  CHECK(failed_with(storage.size(file), Errc::kNotFound));
  CHECK(failed_with(storage.reserve(file, 1), Errc::kNotFound));
  CHECK(failed_with(storage.truncate(file, 0), Errc::kNotFound));
  CHECK(failed_with(storage.remove("a"), Errc::kNotFound));
}

TEST_CASE("MemoryStorage: a rename keeps the id and replaces what had the name") {
  MemoryStorage storage(100);
  const FileId fresh = open_file(storage, "fresh");
  const FileId old = open_file(storage, "old");
  REQUIRE(storage.append(fresh, as_bytes("new text")).ok());
  REQUIRE(storage.append(old, as_bytes("old text")).ok());
  CHECK(storage.rename("fresh", "old").ok());
  CHECK(read_all(storage, open_file(storage, "old")) == "new text");
  CHECK(open_file(storage, "old") == fresh);
  CHECK(failed_with(storage.size(old), Errc::kNotFound));
  CHECK(failed_with(storage.rename("fresh", "x"), Errc::kNotFound));
  CHECK(failed_with(storage.rename("old", "../x"), Errc::kInvalid));
  CHECK(storage.rename("old", "old").ok());
  CHECK(read_all(storage, fresh) == "new text");
}

TEST_CASE("MemoryStorage: list gives the names under a prefix, sorted") {
  MemoryStorage storage(100);
  for (const std::string_view name : {"s/2", "s/10", "t", "s/1", "r"}) open_file(storage, name);
  CHECK(storage.list("s/").value() == std::vector<std::string>{"s/1", "s/10", "s/2"});
  CHECK(storage.list("").value() == std::vector<std::string>{"r", "s/1", "s/10", "s/2", "t"});
  CHECK(storage.list("u").value().empty());
}

TEST_CASE("MemoryStorage: the number of files is bounded, and removing one makes room") {
  MemoryStorage storage(100, 2);
  open_file(storage, "a");
  CHECK(storage.free_files() == 1);
  open_file(storage, "b");
  CHECK(failed_with(storage.open("c"), Errc::kFull));
  CHECK(storage.open("a").ok());
  REQUIRE(storage.remove("a").ok());
  CHECK(storage.open("c").ok());
  CHECK(storage.free_files() == 0);
}

TEST_CASE("MemoryStorage: each sync's ticket is handed to the host once, oldest first") {
  MemoryStorage storage(100);
  const FileId file = open_file(storage, "a");
  const SyncTicket first = storage.sync(std::array{file});
  const SyncTicket second = storage.sync(std::array{file});
  const std::vector<MemoryStorage::Synced> synced = storage.take_synced();
  REQUIRE(synced.size() == 2);
  CHECK(synced[0].ticket == first);
  CHECK(synced[1].ticket == second);
  CHECK(synced[0].failed.empty());
  CHECK(storage.take_synced().empty());
}

TEST_CASE("MemoryStorage: a sync of a file that is gone names it as failed") {
  MemoryStorage storage(100);
  const FileId gone = open_file(storage, "gone");
  const FileId here = open_file(storage, "here");
  REQUIRE(storage.remove("gone").ok());
  storage.sync(std::array{gone, here});
  const std::vector<MemoryStorage::Synced> synced = storage.take_synced();
  REQUIRE(synced.size() == 1);
  REQUIRE(synced[0].failed.size() == 1);
  CHECK(synced[0].failed[0].file == gone);
  CHECK(synced[0].failed[0].error.code == Errc::kNotFound);
}

TEST_CASE("MemoryStorage: random histories agree with strings in a map") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    constexpr uint64_t kCapacity = 60'000;
    MemoryStorage storage(kCapacity);
    std::map<std::string, std::string> model;
    const auto used = [&model] {
      uint64_t total = 0;
      for (const auto& [name, text] : model) total += text.size();
      return total;
    };
    for (int step = 0; step < 400; ++step) {
      const std::string name = "f" + std::to_string(random.below(5));
      const uint64_t deed = random.below(10);
      if (deed < 6) {
        const FileId file = open_file(storage, name);
        std::string& text = model[name];
        const std::string more = random.base62(random.below(9000));
        const auto offset = storage.append(file, as_bytes(more));
        REQUIRE(offset.ok() == (used() + more.size() <= kCapacity));
        if (!offset.ok()) continue;
        REQUIRE(offset.value() == text.size());
        text += more;
      } else if (deed < 8) {
        const FileId file = open_file(storage, name);
        std::string& text = model[name];
        const uint64_t size = random.below(text.size() + 1);
        REQUIRE(storage.truncate(file, size).ok());
        text.resize(static_cast<size_t>(size));
      } else if (deed == 8) {
        REQUIRE(storage.remove(name).ok() == (model.erase(name) == 1));
      } else {
        const std::string to = "f" + std::to_string(random.below(5));
        REQUIRE(storage.rename(name, to).ok() == model.contains(name));
        if (model.contains(name) && name != to) {
          model[to] = std::move(model[name]);
          model.erase(name);
        }
      }
    }
    for (const auto& [name, text] : model)
      REQUIRE(read_all(storage, open_file(storage, name)) == text);
    REQUIRE(storage.list("").value().size() == model.size());
  }
}

}  // namespace
}  // namespace myelin
