#include "core/storage/record_log.h"

#include <array>
#include <catch2/catch.hpp>

#include "core/storage/memory_storage.h"

namespace myelin {
namespace {

using Position = RecordLog::Position;

RecordLog make_log(Storage& storage, uint64_t segment_size = 1 << 20) {
  return RecordLog(storage, {.folder = "log", .segment_size = segment_size, .salt = 42});
}

Position append(RecordLog& log, std::string_view text) {
  const std::array<Bytes, 1> payload = {as_bytes(text)};
  const auto at = log.append(1, std::nullopt, payload);
  REQUIRE(at.ok());
  return at.value();
}

std::vector<std::string> recover(RecordLog& log, uint64_t slice = UINT64_MAX) {
  REQUIRE(log.open({}).ok());
  std::vector<std::string> texts;
  for (;;) {
    uint64_t budget = slice;
    const auto found = log.recover(budget);
    REQUIRE(found.ok());
    if (found.value().what == RecordLog::Recovered::What::kDone) return texts;
    if (found.value().what == RecordLog::Recovered::What::kMore) continue;
    texts.emplace_back(as_text(found.value().record.payload));
  }
}

void sync(MemoryStorage& storage, RecordLog& log, Errc failure = Errc::kInvalid) {
  std::vector<FileId> files;
  log.collect_unsynced(files);
  log.sync_asked(storage.sync(files));
  for (auto& synced : storage.take_synced()) {
    if (failure != Errc::kInvalid) synced.failed.push_back({files.front(), {failure, "sync"}});
    log.on_synced(synced.ticket, synced.failed);
  }
}

// The file with other bytes: what a disk may do behind everybody's back.
void replace(Storage& storage, const std::string& name, const std::string& bytes) {
  REQUIRE(storage.remove(name).ok());
  REQUIRE(storage.append(storage.open(name).value(), as_bytes(bytes)).ok());
}

std::string content(Storage& storage, const std::string& name) {
  const FileId file = storage.open(name).value();
  std::string bytes(static_cast<size_t>(storage.size(file).value()), '\0');
  REQUIRE(storage.read(file, 0, std::as_writable_bytes(std::span(bytes))).ok());
  return bytes;
}

void flip(Storage& storage, const std::string& name, uint64_t offset) {
  std::string bytes = content(storage, name);
  bytes[static_cast<size_t>(offset)] ^= 0x10;
  replace(storage, name, bytes);
}

const std::string kFirst = segment_file_name("log", {1, 0});

TEST_CASE("RecordLog: what was appended is recovered in order, however small the slices") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage, 200);
  CHECK(recover(log).empty());
  std::vector<std::string> texts;
  for (int i = 0; i < 30; ++i) {
    texts.push_back("message " + std::to_string(i));
    append(log, texts.back());
  }
  CHECK(log.segments().size() > 3);
  RecordLog whole = make_log(storage, 200);
  CHECK(recover(whole) == texts);
  RecordLog sliced = make_log(storage, 200);
  CHECK(recover(sliced, 1) == texts);
  CHECK(sliced.lost().empty());
  CHECK(sliced.cut_size() == 0);
}

TEST_CASE("RecordLog: a record is read back where it stands, with its kind and sequence") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage);
  recover(log);
  append(log, "before");
  const std::array<Bytes, 2> parts = {as_bytes("two "), as_bytes("parts")};
  const Position at = log.append(7, uint64_t{1} << 40, parts).value();
  RecordWindows windows;
  const auto record = log.read(at, windows);
  REQUIRE(record.ok());
  CHECK(record.value().kind == 7);
  CHECK(record.value().sequence == uint64_t{1} << 40);
  CHECK(as_text(record.value().payload) == "two parts");
  CHECK_FALSE(log.read({at.segment, at.offset + 1}, windows).ok());
  CHECK_FALSE(log.read({at.segment, UINT64_MAX}, windows).ok());
  CHECK_FALSE(log.read({at.segment + 1, at.offset}, windows).ok());
}

TEST_CASE("RecordLog: a tail torn at any byte is cut, and the log goes on") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage);
  recover(log);
  append(log, "whole");
  const Position torn = append(log, "torn");
  const std::string bytes = content(storage, kFirst);
  for (size_t size = static_cast<size_t>(torn.offset); size < bytes.size(); ++size) {
    CAPTURE(size);
    replace(storage, kFirst, bytes.substr(0, size));
    RecordLog again = make_log(storage);
    CHECK(recover(again) == std::vector<std::string>{"whole"});
    CHECK(again.lost().empty());
    CHECK(again.cut_size() == size - torn.offset);
    // Never over what was cut, which a crash might bring back.
    CHECK(append(again, "next").segment == (again.cut_size() == 0 ? 1 : 2));
    RecordLog last = make_log(storage);
    CHECK(recover(last) == std::vector<std::string>{"whole", "next"});
    CHECK(last.cut_size() == 0);
    if (again.cut_size() > 0) REQUIRE(storage.remove(segment_file_name("log", {2, 0})).ok());
  }
}

TEST_CASE("RecordLog: damage before a whole record is reported and nothing is deleted") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage);
  recover(log);
  append(log, "first");
  const Position damaged = append(log, "second");
  const Position after = append(log, "third");
  const std::string bytes = content(storage, kFirst);
  for (uint64_t offset = damaged.offset; offset < after.offset; ++offset) {
    CAPTURE(offset);
    replace(storage, kFirst, bytes);
    flip(storage, kFirst, offset);
    RecordLog again = make_log(storage);
    CHECK(recover(again) == std::vector<std::string>{"first", "third"});
    REQUIRE(again.lost().size() == 1);
    CHECK(again.lost()[0].from == damaged);
    CHECK(again.lost()[0].size == after.offset - damaged.offset);
    CHECK_FALSE(again.lost()[0].was_synced);
    CHECK(content(storage, kFirst).size() == bytes.size());
  }
}

TEST_CASE("RecordLog: a later record vouches that what is damaged was synced") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage);
  recover(log);
  const Position damaged = append(log, "synced");
  sync(storage, log);
  append(log, "after");
  flip(storage, kFirst, damaged.offset + 20);
  RecordLog again = make_log(storage);
  recover(again);
  REQUIRE(again.lost().size() == 1);
  CHECK(again.lost()[0].was_synced);
}

TEST_CASE("RecordLog: what a recovery was unsure of stays unsure when later records are synced") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage);
  recover(log);
  const Position damaged = append(log, "one");
  append(log, "two");
  flip(storage, kFirst, damaged.offset + 18);
  RecordLog unsure = make_log(storage);
  recover(unsure);
  append(unsure, "three");
  sync(storage, unsure);
  append(unsure, "four");
  RecordLog again = make_log(storage);
  CHECK(recover(again) == std::vector<std::string>{"two", "three", "four"});
  REQUIRE(again.lost().size() == 1);
  CHECK_FALSE(again.lost()[0].was_synced);
}

TEST_CASE("RecordLog: a payload that is a copy of the log gives no records when damage bares it") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage);
  recover(log);
  append(log, "a message that must not come twice");
  const Position hostile = append(log, content(storage, kFirst));
  append(log, "end");
  flip(storage, kFirst, hostile.offset);
  RecordLog again = make_log(storage);
  CHECK(recover(again) == std::vector<std::string>{"a message that must not come twice", "end"});
}

TEST_CASE("RecordLog: one damaged segment header costs nothing") {
  for (uint64_t offset = 0; offset < kSegmentHeaderSize; ++offset) {
    MemoryStorage storage(1 << 20);
    RecordLog log = make_log(storage);
    recover(log);
    append(log, "here");
    flip(storage, kFirst, offset);
    RecordLog again = make_log(storage);
    CHECK(recover(again) == std::vector<std::string>{"here"});
    CHECK(again.lost().empty());
  }
}

TEST_CASE("RecordLog: without a readable header everything is kept, reported, and followed") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage);
  recover(log);
  append(log, "unreadable");
  flip(storage, kFirst, 10);
  flip(storage, kFirst, 60);
  const size_t size = content(storage, kFirst).size();
  RecordLog again(storage, {.folder = "log", .salt = 43});
  CHECK(recover(again).empty());
  CHECK_FALSE(again.lost().empty());
  CHECK(content(storage, kFirst).size() == size);
  CHECK(append(again, "new").segment == 2);
  RecordLog last = make_log(storage);
  CHECK(recover(last) == std::vector<std::string>{"new"});
  CHECK_FALSE(last.lost().empty());
}

TEST_CASE("RecordLog: a segment missing in the middle is reported") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage, 150);
  recover(log);
  for (int i = 0; i < 12; ++i) append(log, "a message of some size");
  REQUIRE(storage.remove(segment_file_name("log", {2, 0})).ok());
  RecordLog again = make_log(storage, 150);
  recover(again);
  REQUIRE(again.lost().size() == 1);
  CHECK(again.lost()[0].from == Position{2, 0});
}

TEST_CASE("RecordLog: a full disk refuses the reservation and changes nothing") {
  MemoryStorage storage(400);
  RecordLog log = make_log(storage, 250);
  recover(log);
  append(log, std::string(150, 'x'));
  const auto files = storage.list("").value();
  CHECK(log.reserve(1000).error().code == Errc::kFull);
  CHECK(storage.list("").value() == files);
  append(log, "small");
  RecordLog again = make_log(storage, 250);
  CHECK(recover(again).size() == 2);
}

TEST_CASE("RecordLog: what was reserved together is appended to one segment") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage, 200);
  recover(log);
  REQUIRE(log.reserve(10 * RecordLog::record_size(100, false)).ok());
  for (int i = 0; i < 10; ++i) CHECK(append(log, std::string(100, 'x')).segment == 1);
  CHECK(append(log, "next").segment == 2);
}

TEST_CASE("RecordLog: a failed sync takes the log offline, and reads go on") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage);
  recover(log);
  const Position at = append(log, "here");
  sync(storage, log, Errc::kIo);
  REQUIRE(log.offline());
  CHECK(log.offline()->code == Errc::kIo);
  CHECK_FALSE(log.reserve(1).ok());
  CHECK_FALSE(log.append(1, std::nullopt, {}).ok());
  CHECK_FALSE(log.remove_first().ok());
  RecordWindows windows;
  CHECK(log.read(at, windows).ok());
}

TEST_CASE("RecordLog: a failed change of names takes the log offline, though no file was synced") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage);
  recover(log);
  const SyncTicket ticket = storage.sync({});
  log.sync_asked(ticket);
  log.on_synced(ticket, {{kAllNames, {Errc::kIo, "rename"}}});
  CHECK(log.offline());
}

TEST_CASE("RecordLog: another log's failed file is none of its business") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage);
  recover(log);
  append(log, "here");
  std::vector<FileId> files;
  log.collect_unsynced(files);
  const SyncTicket ticket = storage.sync(files);
  log.sync_asked(ticket);
  log.on_synced(ticket, {{storage.open("other").value(), {Errc::kIo, "sync"}}});
  CHECK_FALSE(log.offline());
}

TEST_CASE("RecordLog: a rewritten segment holds what was copied, whichever file is left") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage, 150);
  recover(log);
  for (int i = 0; i < 6; ++i) append(log, "old message " + std::to_string(i));
  REQUIRE(log.begin_rewrite(1).value() == 1);
  const std::array<Bytes, 1> kept = {as_bytes("kept")};
  const auto at = log.rewrite_append(1, 5, kept);
  REQUIRE(at.ok());
  REQUIRE(log.end_rewrite().ok());
  CHECK_FALSE(log.swap_rewritten().ok());
  sync(storage, log);
  {
    // A restart before the owner has noted it: the old one counts.
    MemoryStorage before(1 << 20);
    const std::vector<std::string> names = storage.list("").value();
    for (const std::string& name : names) {
      REQUIRE(before.append(before.open(name).value(), as_bytes(content(storage, name))).ok());
    }
    RecordLog again = make_log(before, 150);
    CHECK(recover(again)[0] == "old message 0");
    CHECK(before.list("log/0000000000000001.1").value().empty());
  }
  REQUIRE(log.swap_rewritten().ok());
  RecordWindows windows;
  CHECK(as_text(log.read(at.value(), windows).value().payload) == "kept");
  RecordLog again = make_log(storage, 150);
  REQUIRE(again.open({.rewritten = {{1, 1}}}).ok());
  uint64_t budget = UINT64_MAX;
  const auto first = again.recover(budget);
  CHECK(as_text(first.value().record.payload) == "kept");
}

TEST_CASE("RecordLog: the first segments can be removed, the last cannot") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage, 150);
  recover(log);
  for (int i = 0; i < 4; ++i) append(log, "a message of some size");
  while (log.segments().size() > 1) REQUIRE(log.remove_first().ok());
  CHECK_FALSE(log.remove_first().ok());
  RecordLog again = make_log(storage, 150);
  recover(again);
  CHECK(again.lost().empty());
}

TEST_CASE("RecordLog: a store of another version is refused") {
  MemoryStorage storage(1 << 20);
  SegmentHeader header{.version = 2, .key = {42, 1, 0}};
  REQUIRE(storage.append(storage.open(kFirst).value(), encode_segment_header(header)).ok());
  RecordLog log = make_log(storage);
  CHECK(log.open({}).error().code == Errc::kUnsupported);
}

TEST_CASE("RecordLog: recovery may begin where an index ends") {
  MemoryStorage storage(1 << 20);
  RecordLog log = make_log(storage);
  recover(log);
  append(log, "indexed");
  const Position from = append(log, "later");
  RecordLog again = make_log(storage);
  REQUIRE(again.open({}).ok());
  again.recover_from(from);
  uint64_t budget = UINT64_MAX;
  CHECK(as_text(again.recover(budget).value().record.payload) == "later");
  CHECK(again.recover(budget).value().what == RecordLog::Recovered::What::kDone);
}

}  // namespace
}  // namespace myelin
