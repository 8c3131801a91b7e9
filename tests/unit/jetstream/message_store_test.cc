#include "core/jetstream/message_store.h"

#include <catch2/catch.hpp>
#include <map>

#include "core/base/random.h"
#include "core/jetstream/store_check.h"
#include "core/storage/memory_storage.h"

namespace myelin {
namespace {

using Ranges = std::vector<std::pair<uint64_t, uint64_t>>;

MessageStore::Options small_options() {
  return {.folder = "store", .segment_size = 2000, .salt = 42};
}

// Runs of one byte as {length, byte}: a codec anyone can check.
std::optional<std::string> compress_runs(std::string_view bytes, size_t size_max) {
  std::string to;
  for (size_t at = 0; at < bytes.size();) {
    size_t end = at;
    while (end < bytes.size() && end - at < 100 && bytes[end] == bytes[at]) ++end;
    to += static_cast<char>(end - at);
    to += bytes[at];
    at = end;
  }
  return to.size() <= size_max ? std::optional(to) : std::nullopt;
}

std::optional<std::string> decompress_runs(std::string_view bytes, size_t size_max) {
  std::string to;
  for (size_t at = 0; at + 1 < bytes.size(); at += 2) {
    to.append(static_cast<unsigned char>(bytes[at]), bytes[at + 1]);
    if (to.size() > size_max) return std::nullopt;
  }
  return to;
}

MessageStore::Options compressing_options() {
  MessageStore::Options options = small_options();
  options.codec = {.compress = compress_runs, .decompress = decompress_runs};
  options.compresses = true;
  return options;
}

void open(MessageStore& store, uint64_t slice = UINT64_MAX) {
  REQUIRE(store.open().ok());
  for (;;) {
    uint64_t budget = slice;
    const auto done = store.recover(budget);
    REQUIRE(done.ok());
    if (done.value()) return;
  }
}

uint64_t append(MessageStore& store, std::string_view subject, std::string_view content = "hello",
                int64_t time = 1) {
  const auto sequence = store.append({.subject = subject, .content = content, .time = {time}});
  REQUIRE(sequence.ok());
  return sequence.value();
}

void sync(MemoryStorage& storage, MessageStore& store) {
  std::vector<FileId> files;
  store.collect_unsynced(files);
  store.sync_asked(storage.sync(files));
  for (auto& synced : storage.take_synced()) store.on_synced(synced.ticket, synced.failed);
}

SubjectFilter filter(std::vector<std::string> patterns) {
  return SubjectFilter(std::move(patterns));
}

std::vector<uint64_t> all_of(MessageStore& store, const SubjectFilter& wanted,
                             uint64_t to = UINT64_MAX) {
  std::vector<uint64_t> sequences;
  for (uint64_t from = 0;; from = sequences.back() + 1) {
    const auto message = store.next(wanted, from, to);
    if (!message) return sequences;
    CHECK(wanted.matches(message->subject));
    sequences.push_back(message->sequence);
  }
}

struct Fixture {
  MemoryStorage storage{UINT64_MAX / 2};
  MessageStore store{storage, small_options()};

  Fixture() { open(store); }
};

TEST_CASE("MessageStore: an empty store begins where it is told") {
  MemoryStorage storage(1 << 20);
  MessageStore store(storage, {.folder = "store", .first_sequence = 10, .salt = 1});
  open(store);
  CHECK(store.state().messages == 0);
  CHECK(store.state().first_sequence == 10);
  CHECK(store.state().last_sequence == 9);
  CHECK(append(store, "a") == 10);
}

TEST_CASE("MessageStore: what was appended is loaded as it was") {
  Fixture f;
  const auto sequence = f.store.append({.subject = "orders.eu",
                                        .content = "NATS/1.0\r\n\r\nbody",
                                        .header_size = 12,
                                        .time = {77},
                                        .expires = WallTime{99}});
  REQUIRE(sequence.ok());
  const auto message = f.store.load(sequence.value());
  REQUIRE(message);
  CHECK(message->sequence == 1);
  CHECK(message->time.unix_ns == 77);
  CHECK(message->subject == "orders.eu");
  CHECK(message->headers() == "NATS/1.0\r\n\r\n");
  CHECK(message->payload() == "body");
  CHECK(f.store.has_expiry(1));
  REQUIRE(f.store.next_expiry());
  CHECK(f.store.next_expiry()->at.unix_ns == 99);
  CHECK_FALSE(f.store.load(2));
}

TEST_CASE("MessageStore: bytes are counted as nats-server counts them") {
  MemoryStorage storage(1 << 20);
  MessageStore file(storage, {.folder = "file", .salt = 1});
  MessageStore memory(storage, {.folder = "memory", .is_file = false, .salt = 1});
  open(file);
  open(memory);
  for (MessageStore* store : {&file, &memory}) {
    append(*store, "abc", "12345");
    REQUIRE(store->append({.subject = "abc", .content = "hhhh12345", .header_size = 4}).ok());
  }
  CHECK(file.state().bytes == 2 * (30 + 3 + 5) + 4 + 4);
  CHECK(memory.state().bytes == 2 * (16 + 3 + 5) + 4);
  REQUIRE(file.remove(1).ok());
  CHECK(file.state().bytes == 30 + 3 + 5 + 4 + 4);
}

TEST_CASE("MessageStore: removals move the first sequence, never the last") {
  Fixture f;
  for (int i = 0; i < 5; ++i) append(f.store, "a", "x", 10 + i);
  CHECK(f.store.remove(1).value());
  CHECK_FALSE(f.store.remove(1).value());
  CHECK(f.store.remove(3).value());
  CHECK(f.store.state().first_sequence == 2);
  CHECK(f.store.state().first_time.unix_ns == 11);
  CHECK(f.store.deleted() == Ranges{{3, 3}});
  CHECK(f.store.deleted_count() == 1);
  CHECK(f.store.remove(2).value());
  CHECK(f.store.state().first_sequence == 4);
  CHECK(f.store.remove(5).value());
  CHECK(f.store.remove(4).value());
  CHECK(f.store.state().first_sequence == 6);
  CHECK(f.store.state().last_sequence == 5);
  CHECK(f.store.state().last_time.unix_ns == 14);
  CHECK(append(f.store, "a") == 6);
}

TEST_CASE("MessageStore: a skipped sequence belongs to nobody") {
  Fixture f;
  CHECK(f.store.skip({5}).value() == 1);
  CHECK(f.store.state().first_sequence == 2);
  append(f.store, "a");
  CHECK(f.store.skip({6}).value() == 3);
  append(f.store, "a");
  CHECK(f.store.state().messages == 2);
  CHECK(f.store.deleted() == Ranges{{3, 3}});
}

TEST_CASE("MessageStore: messages that have their sequences keep them") {
  Fixture f;
  const auto append_at = [&](uint64_t sequence) {
    return f.store.append({.subject = "a", .content = "x", .time = {1}, .sequence = sequence});
  };
  CHECK(append_at(7).value() == 7);
  CHECK(append_at(9).value() == 9);
  CHECK_FALSE(append_at(9).ok());
  // Further away than one segment's index can tell.
  CHECK(append_at(uint64_t{1} << 40).value() == uint64_t{1} << 40);
  CHECK(f.store.skip_to((uint64_t{1} << 40) + 5, {2}).ok());
  sync(f.storage, f.store);
  MessageStore again(f.storage, small_options());
  open(again);
  for (MessageStore* store : {&f.store, &again}) {
    CHECK(store->state().first_sequence == 7);
    CHECK(store->state().last_sequence == (uint64_t{1} << 40) + 5);
    CHECK(all_of(*store, {}) == std::vector<uint64_t>{7, 9, uint64_t{1} << 40});
  }
  CHECK(append(again, "a") == (uint64_t{1} << 40) + 6);
}

TEST_CASE("MessageStore: a purge takes what matches, below a sequence, but the last few") {
  Fixture f;
  for (int i = 0; i < 6; ++i) append(f.store, i % 2 == 0 ? "a" : "b");
  CHECK(f.store.purge(filter({"a"}), 5, 0).value() == 2);
  CHECK(all_of(f.store, {}) == std::vector<uint64_t>{2, 4, 5, 6});
  CHECK(f.store.purge(filter({"b"}), 0, 1).value() == 2);
  CHECK(all_of(f.store, {}) == std::vector<uint64_t>{5, 6});
  CHECK(f.store.purge({}, 0, 0).value() == 2);
  CHECK(f.store.state().first_sequence == 7);
  CHECK(f.store.purge({}, 20, 0).value() == 0);
  CHECK(f.store.state().first_sequence == 20);
  CHECK(f.store.state().last_sequence == 19);
}

TEST_CASE("MessageStore: subjects are walked in byte order") {
  Fixture f;
  for (const char* subject : {"b.1", "a.1", "b.2", "a.1", "c"}) append(f.store, subject);
  REQUIRE(f.store.remove(5).ok());
  CHECK(f.store.subjects() == 3);
  std::vector<std::string> seen;
  const auto note = [&seen](std::string_view subject, const SubjectSummary& summary) {
    seen.push_back(std::string(subject) + " " + std::to_string(summary.messages));
    return true;
  };
  f.store.for_each_subject({}, {}, note);
  CHECK(seen == std::vector<std::string>{"a.1 2", "b.1 1", "b.2 1"});
  seen.clear();
  f.store.for_each_subject(filter({"b.*", "*.1"}), "a.1", note);
  CHECK(seen == std::vector<std::string>{"b.1 1", "b.2 1"});
}

TEST_CASE("MessageStore: a reader hears of removals at or after where it reads") {
  Fixture f;
  for (int i = 0; i < 5; ++i) append(f.store, "a");
  const uint64_t since = f.store.removals();
  REQUIRE(f.store.remove(2).ok());
  CHECK_FALSE(f.store.may_have_removed(since, 3));
  CHECK(f.store.may_have_removed(since, 2));
  const uint64_t later = f.store.removals();
  CHECK_FALSE(f.store.may_have_removed(later, 1));
}

TEST_CASE("MessageStore: a full disk refuses and changes nothing") {
  MemoryStorage storage(3000);
  MessageStore store(storage, {.folder = "store", .segment_size = 100'000, .salt = 1});
  open(store);
  uint64_t last = 0;
  for (;;) {
    const auto sequence = store.append({.subject = "a", .content = std::string(100, 'x')});
    if (!sequence.ok()) {
      CHECK(sequence.error().code == Errc::kFull);
      break;
    }
    last = sequence.value();
  }
  CHECK(last > 5);
  CHECK(store.state().last_sequence == last);
  CHECK(store.state().messages == last);
  CHECK_FALSE(store.offline());
  CHECK(store.remove(1).value());
  CHECK(store.load(last));
}

TEST_CASE("MessageStore: a sequence is found by its time") {
  Fixture f;
  for (int i = 1; i <= 100; ++i) append(f.store, "a", "x", i * 10);
  CHECK(f.store.sequence_at({0}) == 1);
  CHECK(f.store.sequence_at({500}) == 50);
  CHECK(f.store.sequence_at({501}) == 51);
  REQUIRE(f.store.remove(51).ok());
  CHECK(f.store.sequence_at({501}) == 52);
  CHECK(f.store.sequence_at({1001}) == 101);
}

uint64_t disk_size(MemoryStorage& storage) {
  uint64_t size = 0;
  const auto names = storage.list("store/");
  for (const std::string& name : names.value()) {
    size += storage.size(storage.open(name).value()).value();
  }
  return size;
}

bool is_on_disk(MemoryStorage& storage, std::string_view text) {
  const auto names = storage.list("store/");
  for (const std::string& name : names.value()) {
    const FileId file = storage.open(name).value();
    std::string bytes(static_cast<size_t>(storage.size(file).value()), '\0');
    REQUIRE(storage.read(file, 0, std::as_writable_bytes(std::span(bytes))).ok());
    if (bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

void work(MemoryStorage& storage, MessageStore& store, bool wants_snapshot = false) {
  for (bool is_first = true;; is_first = false) {
    sync(storage, store);
    if (!store.work(3000, wants_snapshot && is_first) && !store.wants_sync()) return;
  }
}

TEST_CASE("MessageStore: keys written over and over use a few times their live size") {
  Fixture f;
  std::map<std::string, uint64_t> latest;
  Random random(1);
  for (int i = 0; i < 30'000; ++i) {
    const std::string key = "kv." + std::to_string(random.below(300));
    const uint64_t sequence = append(f.store, key, random.base62(60));
    if (latest.contains(key)) REQUIRE(f.store.remove(latest[key]).value());
    latest[key] = sequence;
    if (i % 10 == 0) {
      sync(f.storage, f.store);
      f.store.work(3000, false);
    }
  }
  work(f.storage, f.store, true);
  const uint64_t live_size = latest.size() * (25 + 14 + 6 + 60);
  CHECK(disk_size(f.storage) < 3 * live_size);
  MessageStore again(f.storage, small_options());
  open(again);
  CHECK(again.state().messages == latest.size());
  for (const auto& [key, sequence] : latest) CHECK(again.load(sequence)->subject == key);
}

TEST_CASE("MessageStore: an erased message is gone from the disk when it is said to be") {
  Fixture f;
  append(f.store, "a", "an old secret");
  for (int i = 0; i < 100; ++i) append(f.store, "a", std::string(50, 'x'));
  append(f.store, "a", "a new secret");
  const auto first = f.store.erase(1);
  const auto second = f.store.erase(102);
  REQUIRE(first.ok());
  REQUIRE(second.value() > first.value());
  CHECK(f.store.erase(1).value() == 0);
  CHECK(f.store.erased() < first.value());
  CHECK(is_on_disk(f.storage, "an old secret"));
  work(f.storage, f.store);
  CHECK(f.store.erased() == second.value());
  CHECK_FALSE(is_on_disk(f.storage, "an old secret"));
  CHECK_FALSE(is_on_disk(f.storage, "a new secret"));
  CHECK(f.store.state().messages == 100);
  CHECK(f.store.load(2));
}

TEST_CASE("MessageStore: a memory stream gives room back without a sync") {
  MemoryStorage storage(200'000);
  MessageStore store(storage, {.folder = "store", .is_file = false, .segment_size = 10'000});
  open(store);
  for (int i = 0; i < 10'000; ++i) {
    append(store, "a", std::string(100, 'x'));
    if (store.messages() > 100) REQUIRE(store.remove(store.first_sequence()).value());
    while (store.work(10'000, false)) {
    }
  }
  CHECK(store.state().messages == 100);
}

uint64_t store_and_stop(MemoryStorage& storage, MessageStore& store) {
  for (int i = 0; i < 200; ++i) append(store, "s." + std::to_string(i % 7), std::string(40, 'x'));
  REQUIRE(store.remove(10).ok());
  work(storage, store, true);
  sync(storage, store);
  return storage.size(storage.open("store/snapshot").value()).value();
}

TEST_CASE("MessageStore: a snapshot spares the reading of what it covers") {
  Fixture f;
  REQUIRE(store_and_stop(f.storage, f.store) > 0);
  MessageStore again(f.storage, small_options());
  REQUIRE(again.open().ok());
  uint64_t budget = UINT64_MAX;
  REQUIRE(again.recover(budget).value());
  CHECK(UINT64_MAX - budget < 2000);
  CHECK(again.state().messages == 199);
  CHECK(again.subjects() == 7);
  CHECK_FALSE(again.has(10));
  CHECK(again.load(150)->subject == "s.2");
  CHECK(append(again, "a") == 201);
}

TEST_CASE("MessageStore: a snapshot that is gone or spoiled costs nothing but time") {
  Fixture f;
  const uint64_t size = store_and_stop(f.storage, f.store);
  std::string bytes(static_cast<size_t>(size), '\0');
  const FileId file = f.storage.open("store/snapshot").value();
  REQUIRE(f.storage.read(file, 0, std::as_writable_bytes(std::span(bytes))).ok());
  for (size_t at = 0; at <= bytes.size(); at += 11) {
    std::string spoiled = bytes.substr(0, at % 2 == 0 ? bytes.size() : at);
    if (at < spoiled.size()) spoiled[at] = static_cast<char>(spoiled[at] ^ 4);
    REQUIRE(f.storage.remove("store/snapshot").ok());
    REQUIRE(f.storage.append(f.storage.open("store/snapshot").value(), as_bytes(spoiled)).ok());
    MessageStore again(f.storage, small_options());
    open(again);
    CHECK(again.state().messages == 199);
    CHECK(again.state().first_sequence == 1);
    CHECK_FALSE(again.has(10));
  }
}

TEST_CASE("MessageStore: compressed messages take less and count as much") {
  MemoryStorage storage(1 << 20);
  MessageStore store(storage, compressing_options());
  open(store);
  const std::string content = "NATS/1.0\r\n\r\n" + std::string(600, 'x');
  const auto put = [&store, &content](std::optional<WallTime> expires) {
    return store.append({.subject = "a", .content = content, .header_size = 12, .expires = expires})
        .ok();
  };
  REQUIRE(put(std::nullopt));
  REQUIRE(put(WallTime{99}));
  CHECK(disk_size(storage) < 400);
  CHECK(store.state().bytes == 2 * (30 + 1 + 4 + content.size()));
  for (const uint64_t sequence : {1u, 2u}) {
    const auto message = store.load(sequence);
    REQUIRE(message);
    CHECK(message->headers() == "NATS/1.0\r\n\r\n");
    CHECK(message->payload() == std::string(600, 'x'));
    CHECK(store.has_expiry(sequence) == (sequence == 2));
  }
  REQUIRE(store.remove(1).ok());
  CHECK(store.state().bytes == 30 + 1 + 4 + content.size());
}

TEST_CASE("MessageStore: what is small or saves little is left as it is") {
  MemoryStorage storage(1 << 20);
  MessageStore store(storage, compressing_options());
  open(store);
  for (const std::string& content :
       {std::string(), std::string(63, 'x'), Random(1).base62(500), std::string(2, 'y')}) {
    append(store, "a", content);
    CHECK(store.load(store.last_sequence())->content == content);
  }
  CHECK(disk_size(storage) > 96 + 63 + 500);
}

TEST_CASE("MessageStore: compression begins and ends with the next message") {
  MemoryStorage storage(1 << 20);
  MessageStore::Options options = compressing_options();
  options.compresses = false;
  MessageStore store(storage, options);
  open(store);
  const std::string content(400, 'x');
  append(store, "a", content);
  const uint64_t plain = disk_size(storage);
  store.set_compresses(true);
  append(store, "a", content);
  const uint64_t compressed = disk_size(storage) - plain;
  CHECK(compressed < 100);
  store.set_compresses(false);
  append(store, "a", content);
  CHECK(disk_size(storage) > plain + compressed + 400);
  MessageStore again(storage, options);
  open(again);
  for (const uint64_t sequence : {1u, 2u, 3u}) CHECK(again.load(sequence)->content == content);
  CHECK(again.state().bytes == store.state().bytes);
}

TEST_CASE("MessageStore: what does not decompress is lost, and the rest is there") {
  MemoryStorage storage(1 << 20);
  {
    MessageStore store(storage, compressing_options());
    open(store);
    for (int i = 0; i < 3; ++i) append(store, "a", i == 1 ? std::string(400, 'x') : "plain");
  }
  const MessageCodec::Transform wrong[] = {
      [](std::string_view, size_t) { return std::optional<std::string>(); },
      [](std::string_view, size_t) { return std::optional<std::string>("short"); }};
  for (const MessageCodec::Transform transform : wrong) {
    MessageStore::Options options = small_options();
    options.codec.decompress = transform;
    MessageStore store(storage, options);
    open(store);
    CHECK(store.lost().ranges.empty());
    const uint64_t since = store.removals();
    CHECK_FALSE(store.load(2));
    CHECK(store.may_have_removed(since, 2));
    CHECK_FALSE(store.may_have_removed(since, 3));
    CHECK(all_of(store, {}) == std::vector<uint64_t>{1, 3});
    CHECK(store.lost().ranges == Ranges{{2, 2}});
  }
  MessageStore without(storage, small_options());
  open(without);
  CHECK_FALSE(without.load(2));
  CHECK(without.lost().ranges.empty());
  CHECK(without.state().messages == 3);
}

TEST_CASE("StoreCheck: says what is there and what is not") {
  Fixture f;
  store_and_stop(f.storage, f.store);
  const auto names = f.storage.list("store/0000000000000002");
  const FileId file = f.storage.open(names.value().front()).value();
  std::string bytes(static_cast<size_t>(f.storage.size(file).value()), '\0');
  REQUIRE(f.storage.read(file, 0, std::as_writable_bytes(std::span(bytes))).ok());
  bytes[300] = static_cast<char>(bytes[300] ^ 1);
  REQUIRE(f.storage.remove(names.value().front()).ok());
  const FileId damaged = f.storage.open(names.value().front()).value();
  REQUIRE(f.storage.append(damaged, as_bytes(bytes)).ok());

  StoreCheck check(f.storage, "store");
  REQUIRE(check.open().ok());
  while (!check.step(1000).value()) CHECK(check.progress().done <= check.progress().total);
  const StoreCheck::Report report = check.report();
  CHECK(report.state.messages == 198);
  CHECK(report.lost.ranges.size() == 1);
  CHECK(report.lost.bytes > 0);
  CHECK(report.cut_size == 0);
}

// The slow obvious store.
struct Model {
  struct Message {
    std::string subject;
    std::string content;
    int64_t time = 0;
  };
  std::map<uint64_t, Message> messages;
  uint64_t last = 0;

  std::vector<uint64_t> all_of(const SubjectFilter& wanted, uint64_t from, uint64_t to) const {
    std::vector<uint64_t> found;
    for (const auto& [sequence, message] : messages) {
      if (sequence >= from && sequence <= to && wanted.matches(message.subject)) {
        found.push_back(sequence);
      }
    }
    return found;
  }
};

void compare(MessageStore& store, const Model& model, Random& random) {
  CHECK(store.state().messages == model.messages.size());
  CHECK(store.state().last_sequence == model.last);
  CHECK(store.state().first_sequence ==
        (model.messages.empty() ? model.last + 1 : model.messages.begin()->first));
  const std::vector<SubjectFilter> filters = {{},
                                              filter({"s.1"}),
                                              filter({"s.*"}),
                                              filter({"s.>"}),
                                              filter({"t"}),
                                              filter({"s.2", "t"}),
                                              filter({"*.3", "s.1"}),
                                              filter({"nobody.>"})};
  for (const SubjectFilter& wanted : filters) {
    const uint64_t from = random.below(model.last + 2);
    const uint64_t to = random.below(3) == 0 ? random.below(model.last + 2) : UINT64_MAX;
    const auto expected = model.all_of(wanted, from, to);
    REQUIRE(store.count(wanted, from, to) == expected.size());
    REQUIRE(store.count(wanted, 0) == model.all_of(wanted, 0, UINT64_MAX).size());
    const auto next = store.next(wanted, from, to);
    REQUIRE(next.has_value() == !expected.empty());
    if (next) {
      REQUIRE(next->sequence == expected.front());
      REQUIRE(next->content == model.messages.at(next->sequence).content);
    }
    const auto until = model.all_of(wanted, 0, to);
    const auto last = store.last(wanted, to);
    REQUIRE(last.has_value() == !until.empty());
    if (last) REQUIRE(last->sequence == until.back());
  }
  std::map<std::string, SubjectSummary> subjects;
  for (const auto& [sequence, message] : model.messages) {
    SubjectSummary& summary = subjects[message.subject];
    if (summary.messages++ == 0) summary.first_sequence = sequence;
    summary.last_sequence = sequence;
  }
  REQUIRE(store.subjects() == subjects.size());
  auto expected = subjects.begin();
  store.for_each_subject({}, {}, [&](std::string_view subject, const SubjectSummary& summary) {
    REQUIRE(expected != subjects.end());
    REQUIRE(expected->first == subject);
    REQUIRE(expected->second.messages == summary.messages);
    REQUIRE(expected->second.first_sequence == summary.first_sequence);
    REQUIRE(expected->second.last_sequence == summary.last_sequence);
    ++expected;
    return true;
  });
  REQUIRE(expected == subjects.end());
  uint64_t missing = 0;
  for (const auto& [first, last] : store.deleted()) {
    missing += last - first + 1;
    for (uint64_t each = first; each <= last; ++each) REQUIRE_FALSE(model.messages.contains(each));
  }
  REQUIRE(missing == store.deleted_count());
}

TEST_CASE("MessageStore: answers as a map of messages does, restarts included") {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    MemoryStorage storage(UINT64_MAX / 2);
    auto store = std::make_unique<MessageStore>(storage, compressing_options());
    open(*store);
    Model model;
    for (int deed = 0; deed < 1500; ++deed) {
      const uint64_t kind = random.below(100);
      if (kind < 60) {
        const std::string subject =
            random.below(5) == 0 ? "t" : "s." + std::to_string(random.below(seed * 3));
        const auto size = static_cast<size_t>(random.below(120));
        const std::string content =
            random.below(2) == 0 ? random.base62(size) : std::string(size, 'x');
        REQUIRE(append(*store, subject, content, deed) == ++model.last);
        model.messages[model.last] = {subject, content, deed};
      } else if (kind < 90) {
        const uint64_t sequence =
            random.below(2) == 0 ? store->state().first_sequence : random.below(model.last + 2);
        REQUIRE(store->remove(sequence).value() == (model.messages.erase(sequence) == 1));
      } else if (kind == 90) {
        REQUIRE(store->skip({deed}).value() == ++model.last);
      } else if (kind == 91 && random.below(4) == 0) {
        const SubjectFilter wanted = filter({"s." + std::to_string(random.below(4))});
        const uint64_t below = random.below(2) == 0 ? 0 : random.below(model.last + 2);
        auto gone = model.all_of(wanted, 0, below == 0 ? UINT64_MAX : below - 1);
        const uint64_t keep = random.below(3);
        gone.resize(gone.size() - std::min<size_t>(gone.size(), static_cast<size_t>(keep)));
        for (const uint64_t each : gone) model.messages.erase(each);
        REQUIRE(store->purge(wanted, below, keep).value() == gone.size());
      } else if (kind == 92 && random.below(20) == 0) {
        REQUIRE(store->purge({}, 0, 0).value() == model.messages.size());
        model.messages.clear();
      } else if (kind == 93) {
        for (int i = 0; i < 20; ++i) {
          store->work(500, random.below(4) == 0);
          if (random.below(2) == 0) sync(storage, *store);
        }
      } else if (kind == 94) {
        sync(storage, *store);
      } else if (kind == 95 && random.below(3) == 0) {
        sync(storage, *store);
        store = std::make_unique<MessageStore>(storage, compressing_options());
        open(*store, 1 + random.below(5000));
      } else if (kind == 96) {
        compare(*store, model, random);
      } else if (kind == 97) {
        store->set_compresses(random.below(2) == 0);
      }
    }
    compare(*store, model, random);
  }
}

}  // namespace
}  // namespace myelin
