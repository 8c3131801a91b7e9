// A record log on a disk that is not to be trusted. First records are appended, synced, rewritten
// and removed; then bytes change, files are cut, lost and copied, and segments and records are
// forged with checksums that fit: what an attacker cannot know, the salt, a fuzzer is told.
//
// Whatever the disk holds then, recovery ends, gives only records whose checksum holds, and in
// other slices gives the same again. If no record was forged, what is appended afterwards comes
// behind.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/base/crc32c.h"
#include "core/storage/memory_storage.h"
#include "core/storage/record_log.h"
#include "tests/fuzz/input.h"

namespace myelin {
namespace {

using Position = RecordLog::Position;

constexpr std::string_view kFolder = "log";
constexpr uint64_t kSalt = 42;
constexpr uint64_t kSegmentSize = 400;
constexpr uint64_t kCapacity = 16 << 20;

// Small ones, and those next to which sums overflow.
uint64_t number(Input& input) {
  const uint64_t small = input.byte();
  switch (input.below(4)) {
    case 0:
      return UINT64_MAX - small;
    case 1:
      return small << 32;
    default:
      return small;
  }
}

// No log becomes so long that sums of these overflow.
uint64_t log_offset(Input& input) {
  const uint64_t small = input.byte();
  return input.below(8) == 0 ? small << 48 : small * 4;
}

struct GivenRecord {
  Position position;
  uint8_t kind = 0;
  std::optional<uint64_t> sequence;
  std::string payload;
  friend bool operator==(const GivenRecord&, const GivenRecord&) = default;
};

struct Recovery {
  std::optional<Errc> failure;
  std::vector<GivenRecord> records;
};

class Disk {
 public:
  RecordLog make_log() {
    return RecordLog(storage_,
                     {.folder = std::string(kFolder), .segment_size = kSegmentSize, .salt = kSalt});
  }

  void write(Input& input);
  void damage(Input& input);
  Recovery recover(RecordLog& log, uint64_t slice);
  // Whether the record stands there, found without the log's own reader.
  bool holds(const GivenRecord& record);
  bool has_forged_records() const { return has_forged_records_; }

 private:
  std::vector<std::string> names() { return storage_.list(std::string(kFolder) + "/").value(); }
  static std::optional<SegmentName> parse(std::string_view name) {
    return parse_segment_file_name(name.substr(kFolder.size() + 1));
  }
  std::string content(const std::string& name);
  void replace(const std::string& name, std::string_view bytes);
  void sync(RecordLog& log);
  void rewrite(RecordLog& log, Input& input);
  std::string forged_record(const std::string& name, Input& input);
  void forge_segment(Input& input);

  MemoryStorage storage_{kCapacity};
  RecordLog::Revisions revisions_;
  bool has_forged_records_ = false;
};

Status append(RecordLog& log, Input& input) {
  const auto kind = static_cast<uint8_t>(1 + input.below(kRecordKindMax));
  std::optional<uint64_t> sequence;
  if (kind % 2 == 0) sequence = number(input);
  const std::array<Bytes, 2> payload = {as_bytes(input.line()), as_bytes(input.line())};
  const auto at = log.append(kind, sequence, payload);
  return at.ok() ? kOk : Status(at.error());
}

void Disk::write(Input& input) {
  RecordLog log = make_log();
  const Recovery nothing = recover(log, UINT64_MAX);
  REQUIRE_THAT(!nothing.failure);
  for (size_t left = input.below(32); left > 0; --left) {
    switch (input.below(8)) {
      case 0:
        sync(log);
        break;
      case 1:
        rewrite(log, input);
        break;
      case 2:
        if (log.segments().size() > 1) REQUIRE_THAT(log.remove_first().ok());
        break;
      default:
        REQUIRE_THAT(append(log, input).ok());
    }
  }
}

void Disk::sync(RecordLog& log) {
  std::vector<FileId> files;
  log.collect_unsynced(files);
  log.sync_asked(storage_.sync(files));
  for (const auto& synced : storage_.take_synced()) log.on_synced(synced.ticket, synced.failed);
}

void Disk::rewrite(RecordLog& log, Input& input) {
  const std::vector<RecordLog::SegmentInfo> segments = log.segments();
  if (segments.size() < 2) return;
  const uint64_t segment = segments[input.below(segments.size() - 1)].segment;
  const auto revision = log.begin_rewrite(segment);
  REQUIRE_THAT(revision.ok());
  auto scan = log.scan(segment);
  REQUIRE_THAT(scan.ok());
  for (;;) {
    uint64_t budget = UINT64_MAX;
    const auto step = scan.value().step(budget);
    REQUIRE_THAT(step.ok());
    if (step.value().what == RecordLogScan::What::kEnd) break;
    const Record& record = step.value().record;
    if (record.kind > kRecordKindMax || input.below(2) == 0) continue;
    const std::array<Bytes, 1> payload = {record.payload};
    REQUIRE_THAT(log.rewrite_append(record.kind, record.sequence, payload).ok());
  }
  if (input.below(4) == 0) {
    REQUIRE_THAT(log.abandon_rewrite().ok());
  } else {
    REQUIRE_THAT(log.end_rewrite().ok());
    sync(log);
    revisions_.rewritten[segment] = revision.value();
    REQUIRE_THAT(log.swap_rewritten().ok());
  }
}

void Disk::damage(Input& input) {
  while (!input.is_empty()) {
    const std::vector<std::string> all = names();
    if (all.empty()) return forge_segment(input);
    const std::string& name = all[input.below(all.size())];
    std::string bytes = content(name);
    size_t at = input.byte();
    at = (at << 8 | input.byte()) % std::max<size_t>(bytes.size(), 1);
    switch (input.below(8)) {
      case 0:
        REQUIRE_THAT(storage_.remove(name).ok());
        break;
      case 1:
        replace(name, std::string_view(bytes).substr(0, at));
        break;
      case 2:
        replace(name, bytes + std::string(input.line()));
        break;
      case 3:
        replace(name, bytes + forged_record(name, input));
        break;
      case 4:
        forge_segment(input);
        break;
      case 5:
        replace(segment_file_name(kFolder, {number(input), static_cast<uint32_t>(input.below(3))}),
                bytes);
        break;
      case 6:
        revisions_.rewritten[number(input)] = static_cast<uint32_t>(input.below(3));
        break;
      default:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ input.byte());
        replace(name, bytes);
    }
  }
}

std::string Disk::forged_record(const std::string& name, Input& input) {
  const auto segment = parse(name);
  if (!segment) return {};
  has_forged_records_ = true;
  std::string payload(input.line());
  if (input.below(4) == 0) {
    const auto range = encode_unsure_range({number(input), number(input), number(input)});
    payload = as_text(range);
  }
  RecordHeader header{.size = static_cast<uint32_t>(payload.size()),
                      .open_size = static_cast<uint32_t>(number(input)),
                      .kind = static_cast<uint8_t>(input.below(128)),
                      .payload_crc = crc32c(0, as_bytes(payload))};
  if (input.below(2) == 0) header.sequence = number(input);
  if (input.below(4) == 0) header.size = static_cast<uint32_t>(number(input));
  const auto encoded = encode_record_header(header, {kSalt, segment->segment, segment->revision},
                                            content(name).size());
  return std::string(as_text(encoded.view())) + payload;
}

void Disk::forge_segment(Input& input) {
  const SegmentName name{number(input), static_cast<uint32_t>(input.below(3))};
  const SegmentHeader header{.version = input.below(8) == 0 ? uint32_t{2} : kSegmentVersion,
                             .key = {kSalt, name.segment, name.revision},
                             .base = log_offset(input),
                             .synced = log_offset(input)};
  replace(segment_file_name(kFolder, name), as_text(encode_segment_header(header)));
}

Recovery Disk::recover(RecordLog& log, uint64_t slice) {
  Recovery recovery;
  uint64_t calls_max = 1000;
  for (const std::string& name : names()) calls_max += content(name).size();
  const Status opened = log.open(revisions_);
  if (!opened.ok()) {
    recovery.failure = opened.error().code;
    return recovery;
  }
  for (;;) {
    REQUIRE_THAT(calls_max-- > 0);
    uint64_t budget = slice;
    const auto found = log.recover(budget);
    REQUIRE_THAT(found.ok());
    const RecordLog::Recovered& given = found.value();
    if (given.what == RecordLog::Recovered::What::kDone) break;
    if (given.what == RecordLog::Recovered::What::kMore) continue;
    recovery.records.push_back({given.position, given.record.kind, given.record.sequence,
                                std::string(as_text(given.record.payload))});
  }
  return recovery;
}

bool Disk::holds(const GivenRecord& record) {
  for (const std::string& name : names()) {
    const auto segment = parse(name);
    if (!segment || segment->segment != record.position.segment) continue;
    const std::string bytes = content(name);
    const size_t head = record_header_size(record.sequence.has_value());
    const std::string_view rest =
        std::string_view(bytes).substr(std::min<uint64_t>(record.position.offset, bytes.size()));
    if (rest.size() < head || rest.substr(head, record.payload.size()) != record.payload) continue;
    const uint32_t crc = crc32c(0, as_bytes(record.payload));
    std::string stored;
    for (int byte = 0; byte < 4; ++byte) stored += static_cast<char>(crc >> (8 * byte));
    if (rest.substr(head - 8, 4) == stored) return true;
  }
  return false;
}

std::string Disk::content(const std::string& name) {
  const FileId file = storage_.open(name).value();
  std::string bytes(static_cast<size_t>(storage_.size(file).value()), '\0');
  REQUIRE_THAT(storage_.read(file, 0, std::as_writable_bytes(std::span(bytes))).ok());
  return bytes;
}

void Disk::replace(const std::string& name, std::string_view bytes) {
  const FileId file = storage_.open(name).value();
  REQUIRE_THAT(storage_.truncate(file, 0).ok());
  REQUIRE_THAT(storage_.append(file, as_bytes(bytes)).ok());
}

void check_same(const Recovery& one, const Recovery& other) {
  REQUIRE_THAT(one.failure == other.failure);
  REQUIRE_THAT(one.records == other.records);
}

void check_reads(RecordLog& log, const Recovery& recovery) {
  RecordWindows windows;
  for (const GivenRecord& record : recovery.records) {
    const auto read = log.read(record.position, windows);
    REQUIRE_THAT(read.ok());
    REQUIRE_THAT(read.value().kind == record.kind);
    REQUIRE_THAT(read.value().sequence == record.sequence);
    REQUIRE_THAT(as_text(read.value().payload) == record.payload);
  }
}

}  // namespace
}  // namespace myelin

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace myelin;
  Input input(data, size);
  Disk disk;
  const uint64_t slice = 1 + 16 * input.below(256);
  disk.write(input);
  disk.damage(input);

  RecordLog log = disk.make_log();
  const Recovery first = disk.recover(log, slice);
  if (!first.failure) check_reads(log, first);
  for (const GivenRecord& record : first.records) REQUIRE_THAT(disk.holds(record));

  RecordLog again = disk.make_log();
  Recovery second = disk.recover(again, UINT64_MAX);
  check_same(first, second);
  if (second.failure) return 0;
  REQUIRE_THAT(again.cut_size() == 0);

  // A forged record that pretends to be longer than its file swallows what comes behind it.
  if (disk.has_forged_records()) return 0;
  const std::array<Bytes, 1> payload = {as_bytes("after")};
  const auto at = again.append(1, std::nullopt, payload);
  if (!at.ok()) return 0;
  second.records.push_back({at.value(), 1, std::nullopt, "after"});
  RecordLog last = disk.make_log();
  const Recovery third = disk.recover(last, UINT64_MAX);
  REQUIRE_THAT(third.records == second.records);
  return 0;
}
