#include "core/jetstream/backup_block.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

constexpr BackupRecord kPlain{.sequence = 7, .time = {1234}, .subject = "a.b", .content = "hello"};
constexpr BackupRecord kWithHeaders{.sequence = 9,
                                    .time = {-1},
                                    .subject = "c",
                                    .content = "NATS/1.0\r\nA: b\r\n\r\nhi",
                                    .header_size = 18};
constexpr BackupRecord kTombstone{.kind = BackupRecord::Kind::kTombstone,
                                  .sequence = 8,
                                  .time = {5},
                                  .subject = "",
                                  .content = ""};

std::string block() {
  BackupBlockWriter writer("S", 3);
  std::string bytes;
  for (const BackupRecord& record : {kPlain, kWithHeaders, kTombstone}) writer.write(record, bytes);
  return bytes;
}

TEST_CASE("BackupBlockReader: records are read as they were written, in pieces of any size") {
  const std::string bytes = block();
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    BackupBlockReader reader("S", 3);
    size_t count = 0;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      std::string_view input = std::string_view(bytes).substr(at, piece);
      BackupRecord record;
      for (;;) {
        const auto found = reader.next(input, record);
        REQUIRE(found.ok());
        if (!found.value()) break;
        const BackupRecord& wanted = count == 0 ? kPlain : count == 1 ? kWithHeaders : kTombstone;
        CHECK(record.kind == wanted.kind);
        CHECK(record.sequence == wanted.sequence);
        CHECK(record.time == wanted.time);
        CHECK(record.subject == wanted.subject);
        CHECK(record.content == wanted.content);
        CHECK(record.header_size == wanted.header_size);
        ++count;
      }
    }
    CHECK(count == 3);
    CHECK(reader.is_between_records());
  }
}

TEST_CASE("BackupBlockReader: a changed byte, another block or another stream is an error") {
  const std::string bytes = block();
  const auto is_read = [](std::string_view name, uint64_t number, std::string_view input) {
    BackupBlockReader reader(name, number);
    BackupRecord record;
    for (;;) {
      const auto found = reader.next(input, record);
      if (!found.ok()) return false;
      if (!found.value()) return reader.is_between_records();
    }
  };
  CHECK(is_read("S", 3, bytes));
  CHECK_FALSE(is_read("S", 4, bytes));
  CHECK_FALSE(is_read("T", 3, bytes));
  CHECK_FALSE(is_read("S", 3, std::string_view(bytes).substr(0, bytes.size() - 1)));
  // The checksum covers no sizes; those of the subject and of the headers may fit elsewhere too.
  const size_t second = kBackupRecordSizeMin + kPlain.subject.size() + kPlain.content.size();
  for (size_t at = 0; at < bytes.size(); ++at) {
    if (at == 20 || at == second + 22 + kWithHeaders.subject.size()) continue;
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    CHECK_FALSE(is_read("S", 3, damaged));
  }
}

}  // namespace
}  // namespace myelin
