#include "hosts/common/file_storage.h"

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <map>

#include "core/base/random.h"
#include "tests/native/temporary_folder.h"

namespace myelin {
namespace {

// Waits for the wake-ups of a FileStorage.
class Bell {
 public:
  static void ring(void* self) {
    Bell& bell = *static_cast<Bell*>(self);
    const std::lock_guard lock(bell.mutex_);
    ++bell.rings_;
    bell.rung_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    REQUIRE(rung_.wait_for(lock, std::chrono::seconds(60), [this] { return rings_ > 0; }));
    rings_ = 0;
  }

 private:
  std::mutex mutex_;
  std::condition_variable rung_;
  int rings_ = 0;
};

using Synced = FileStorage::Synced;

class Store {
 public:
  explicit Store(const std::string& path, FileStorage::Bounds bounds = {})
      : storage_(FileStorage::open_directory(path, bounds)) {
    if (storage_.ok()) storage_.value()->set_wake(Bell::ring, &bell_);
  }

  bool ok() const { return storage_.ok(); }
  Error error() const { return storage_.error(); }
  FileStorage& operator*() { return *storage_.value(); }
  FileStorage* operator->() { return storage_.value().get(); }

  Synced sync(std::vector<FileId> files) {
    const SyncTicket ticket = storage_.value()->sync(files);
    for (;;) {
      for (const Synced& synced : storage_.value()->take_synced()) {
        if (synced.ticket == ticket) return synced;
      }
      bell_.wait();
    }
  }

 private:
  Bell bell_;
  Result<std::unique_ptr<FileStorage>> storage_;
};

std::string read_all(FileStorage& storage, FileId file) {
  std::string text(static_cast<size_t>(storage.size(file).value()), '\0');
  const auto count = storage.read(file, 0, std::as_writable_bytes(std::span(text)));
  REQUIRE(count.value() == text.size());
  return text;
}

std::string on_disk(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put(const std::filesystem::path& path) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << "x";
}

TEST_CASE("FileStorage: a ticket that came back means the bytes are in the file") {
  TemporaryFolder folder;
  Store store(folder.path());
  const FileId file = store->open("a/b/c").value();
  CHECK(store->append(file, as_bytes("hello ")).value() == 0);
  CHECK(store->append(file, as_bytes("world")).value() == 6);
  CHECK(read_all(*store, file) == "hello world");
  CHECK(store.sync({file}).failed.empty());
  CHECK(on_disk(folder.file("a/b/c")) == "hello world");
}

TEST_CASE("FileStorage: what was appended is there after a restart, and found by list") {
  TemporaryFolder folder;
  {
    Store store(folder.path());
    REQUIRE(store->append(store->open("s/2").value(), as_bytes("two")).ok());
    REQUIRE(store->append(store->open("s/1").value(), as_bytes("one")).ok());
  }
  Store store(folder.path());
  CHECK(store->list("").value() == std::vector<std::string>{"s/1", "s/2"});
  CHECK(read_all(*store, store->open("s/2").value()) == "two");
}

TEST_CASE("FileStorage: a directory can be open once") {
  TemporaryFolder folder;
  Store first(folder.path());
  REQUIRE(first.ok());
  Store second(folder.path());
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().context.find("in use") != std::string::npos);
}

TEST_CASE("FileStorage: nats-server's directory is refused, and left as it was") {
  for (const char* name : {"jetstream/$G/streams/S/meta.inf", "$G/streams/S/msgs/1.blk",
                           "A/streams/S/meta.inf", "msgs/1.blk"}) {
    CAPTURE(name);
    TemporaryFolder folder;
    put(folder.path() / name);
    Store store(folder.path());
    REQUIRE_FALSE(store.ok());
    CHECK(store.error().code == Errc::kUnsupported);
    CHECK(store.error().context.find("backup") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "lock"));
    CHECK_FALSE(std::filesystem::exists(folder.path() / "format"));
  }
}

TEST_CASE("FileStorage: a directory of something else, and a format to come, are refused") {
  TemporaryFolder other;
  put(other.path() / "notes.txt");
  CHECK(Store(other.path()).error().code == Errc::kUnsupported);
  TemporaryFolder newer;
  std::ofstream(newer.path() / "format") << "myelin-store 2\n";
  CHECK(Store(newer.path()).error().code == Errc::kUnsupported);
}

TEST_CASE("FileStorage: names that could leave the directory, or are its own, are refused") {
  TemporaryFolder folder;
  Store store(folder.path());
  for (const std::string_view name :
       {"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "lock", "format"}) {
    CAPTURE(name);
    const auto opened = store->open(name);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == Errc::kInvalid);
  }
  std::filesystem::create_symlink("/", folder.path() / "link");
  CHECK_FALSE(store->open("link").ok());
}

TEST_CASE("FileStorage: the dirty buffer is bounded, and a refused append changes nothing") {
  TemporaryFolder folder;
  Store store(folder.path(), {.dirty = 100});
  const FileId file = store->open("a").value();
  CHECK(store->reserve(file, 101).error().code == Errc::kFull);
  CHECK(store->append(file, as_bytes(std::string(101, 'x'))).error().code == Errc::kFull);
  CHECK(store->size(file).value() == 0);
  REQUIRE(store->reserve(file, 100).ok());
  CHECK(store->append(store->open("b").value(), as_bytes("x")).error().code == Errc::kFull);
  CHECK(store->append(file, as_bytes(std::string(100, 'x'))).ok());
}

TEST_CASE("FileStorage: more than the dirty buffer holds is taken as fast as the disk takes it") {
  TemporaryFolder folder;
  Store store(folder.path(), {.dirty = 4096});
  const FileId file = store->open("a").value();
  const std::string piece(1000, 'x');
  for (int i = 0; i < 200; ++i) REQUIRE(store->append(file, as_bytes(piece)).ok());
  CHECK(store.sync({file}).failed.empty());
  CHECK(on_disk(folder.file("a")).size() == 200'000);
}

TEST_CASE("FileStorage: many files need few descriptors") {
  TemporaryFolder folder;
  Store store(folder.path(), {.descriptors = 8});
  std::vector<FileId> files;
  for (int i = 0; i < 100; ++i) {
    files.push_back(store->open("f/" + std::to_string(i)).value());
    REQUIRE(store->append(files.back(), as_bytes("file " + std::to_string(i))).ok());
  }
  CHECK(store.sync(files).failed.empty());
  for (int i = 0; i < 100; ++i) {
    REQUIRE(store->append(files[static_cast<size_t>(i)], as_bytes(std::string("!"))).ok());
    CHECK(read_all(*store, files[static_cast<size_t>(i)]) == "file " + std::to_string(i) + "!");
  }
  CHECK(store.sync(files).failed.empty());
  const std::filesystem::directory_iterator descriptors("/proc/self/fd");
  CHECK(std::distance(begin(descriptors), end(descriptors)) < 40);
  CHECK(on_disk(folder.file("f/99")) == "file 99!");
}

TEST_CASE("FileStorage: every ticket comes back once, with its own failures") {
  TemporaryFolder folder;
  Bell bell;
  auto opened = FileStorage::open_directory(folder.path());
  FileStorage& storage = *opened.value();
  const FileId here = storage.open("here").value();
  const FileId gone = storage.open("gone").value();
  REQUIRE(storage.remove("gone").ok());
  std::vector<uint64_t> asked;
  for (int i = 0; i < 10; ++i) {
    REQUIRE(storage.append(here, as_bytes(std::string("x"))).ok());
    asked.push_back(storage.sync({{here}}).value);
    asked.push_back(storage.sync({{gone}}).value);
  }
  storage.drain();
  // Whoever begins to listen hears of what waits.
  storage.set_wake(Bell::ring, &bell);
  bell.wait();
  std::vector<uint64_t> answered;
  for (const Synced& synced : storage.take_synced()) {
    answered.push_back(synced.ticket.value);
    CHECK(synced.failed.size() == (synced.ticket.value % 2 == 0 ? 1 : 0));
  }
  std::sort(answered.begin(), answered.end());
  CHECK(answered == asked);
}

TEST_CASE("FileStorage: a folder goes with its last file") {
  TemporaryFolder folder;
  Store store(folder.path());
  const FileId file = store->open("a/b/1").value();
  REQUIRE(store->rename("a/b/1", "c/d/1").ok());
  CHECK(store.sync({file}).failed.empty());
  CHECK_FALSE(std::filesystem::exists(folder.path() / "a"));
  REQUIRE(store->remove("c/d/1").ok());
  const FileId next = store->open("c/2").value();
  CHECK(store.sync({next}).failed.empty());
  CHECK(std::filesystem::exists(folder.path() / "c/2"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "c/d"));
}

TEST_CASE("FileStorage: a large sync lets writes go on, and destroying waits for it") {
  TemporaryFolder folder;
  Store store(folder.path());
  const FileId file = store->open("large").value();
  const std::string piece(1024 * 1024, 'x');
  for (int i = 0; i < 16; ++i) REQUIRE(store->append(file, as_bytes(piece)).ok());
  store->sync({{file}});
  REQUIRE(store->truncate(file, 5).ok());
  REQUIRE(store->append(file, as_bytes(std::string("y"))).ok());
  CHECK(store.sync({file}).failed.empty());
  CHECK(on_disk(folder.file("large")) == "xxxxxy");
}

TEST_CASE("FileStorage: a name can be given again at once") {
  TemporaryFolder folder;
  Store store(folder.path());
  const FileId old = store->open("a").value();
  REQUIRE(store->append(old, as_bytes("old")).ok());
  REQUIRE(store->remove("a").ok());
  const FileId fresh = store->open("a").value();
  CHECK_FALSE(fresh == old);
  CHECK(store->size(fresh).value() == 0);
  CHECK(store->size(old).error().code == Errc::kNotFound);
  REQUIRE(store->append(fresh, as_bytes("new")).ok());
  CHECK(store.sync({fresh}).failed.empty());
  CHECK(on_disk(folder.file("a")) == "new");
  CHECK(store.sync({old}).failed.size() == 1);
}

TEST_CASE("FileStorage: a rename replaces what had the name") {
  TemporaryFolder folder;
  Store store(folder.path());
  const FileId moved = store->open("new").value();
  REQUIRE(store->append(moved, as_bytes("new")).ok());
  REQUIRE(store->append(store->open("old").value(), as_bytes("old")).ok());
  REQUIRE(store->rename("new", "old").ok());
  CHECK(store->open("old").value() == moved);
  CHECK(store.sync({moved}).failed.empty());
  CHECK(on_disk(folder.file("old")) == "new");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "new"));
}

TEST_CASE("FileStorage: random histories agree with strings in a map, and survive restarts") {
  TemporaryFolder folder;
  std::map<std::string, std::string> model;
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Store store(folder.path());
    REQUIRE(store.ok());
    for (const auto& [name, text] : model) {
      REQUIRE(read_all(*store, store->open(name).value()) == text);
    }
    for (int step = 0; step < 300; ++step) {
      const std::string name = "f/" + std::to_string(random.below(5));
      const uint64_t deed = random.below(12);
      if (deed < 6) {
        const std::string more = random.base62(random.below(3000));
        const FileId file = store->open(name).value();
        REQUIRE(store->append(file, as_bytes(more)).value() == model[name].size());
        model[name] += more;
      } else if (deed < 8) {
        const FileId file = store->open(name).value();
        const uint64_t size = random.below(model[name].size() + 1);
        REQUIRE(store->truncate(file, size).ok());
        model[name].resize(static_cast<size_t>(size));
      } else if (deed == 8) {
        REQUIRE(store->remove(name).ok() == (model.erase(name) == 1));
      } else if (deed == 9) {
        const std::string to = "f/" + std::to_string(random.below(5));
        REQUIRE(store->rename(name, to).ok() == model.contains(name));
        if (model.contains(name) && name != to) {
          model[to] = std::move(model[name]);
          model.erase(name);
        }
      } else if (model.contains(name)) {
        const FileId file = store->open(name).value();
        REQUIRE(read_all(*store, file) == model[name]);
        if (deed == 11) REQUIRE(store.sync({file}).failed.empty());
      }
    }
  }
}

}  // namespace
}  // namespace myelin
