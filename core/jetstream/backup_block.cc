#include "core/jetstream/backup_block.h"

#include <algorithm>

#include "core/base/little_endian.h"
#include "core/base/text.h"

namespace myelin {
namespace {

constexpr uint64_t kHeadSize = 22;
constexpr uint64_t kHashSize = 8;
constexpr uint64_t kHeaderSizeSize = 4;
constexpr uint32_t kHasHeaders = uint32_t{1} << 31;
constexpr uint64_t kErasedBit = uint64_t{1} << 63;
constexpr uint64_t kTombstoneBit = uint64_t{1} << 62;
// What the checksum covers of the head: sequence and time.
constexpr size_t kSummedHeadOffset = 4;
constexpr size_t kSummedHeadSize = 16;

static_assert(kBackupRecordSizeMin == kHeadSize + kHashSize);

HighwayHash keyed_hash(std::string_view stream, uint64_t block) {
  std::string name(stream);
  name += '-';
  append_decimal(name, block);
  return HighwayHash::of_name(name);
}

Error bad_record(std::string_view what) {
  return {Errc::kCorrupt, "malformed or corrupt message (" + std::string(what) + ")"};
}

// The size of the record that begins here, or 0 if there can be none.
uint64_t record_size(std::string_view head) {
  const uint64_t size = load_little<uint32_t>(head.data()) & ~kHasHeaders;
  return size < kBackupRecordSizeMin || size > kBackupRecordSizeMax ? 0 : size;
}

}  // namespace

BackupBlockWriter::BackupBlockWriter(std::string_view stream, uint64_t block)
    : keyed_(keyed_hash(stream, block)) {}

void BackupBlockWriter::write(const BackupRecord& record, std::string& to) {
  const bool has_headers = record.header_size > 0;
  const uint64_t size = kBackupRecordSizeMin + record.subject.size() + record.content.size() +
                        (has_headers ? kHeaderSizeSize : 0);
  uint64_t sequence = record.sequence;
  if (record.kind == BackupRecord::Kind::kErased) sequence |= kErasedBit;
  if (record.kind == BackupRecord::Kind::kTombstone) sequence |= kTombstoneBit;
  const size_t start = to.size();
  append_little(to, static_cast<uint32_t>(size) | (has_headers ? kHasHeaders : 0));
  append_little(to, sequence);
  append_little(to, record.time.unix_ns);
  append_little(to, static_cast<uint16_t>(record.subject.size()));
  HighwayHash hash = keyed_;
  hash.update(std::string_view(to).substr(start + kSummedHeadOffset, kSummedHeadSize));
  hash.update(record.subject);
  hash.update(record.content);
  to += record.subject;
  if (has_headers) append_little(to, record.header_size);
  to += record.content;
  append_little(to, hash.finish());
}

BackupBlockReader::BackupBlockReader(std::string_view stream, uint64_t block)
    : keyed_(keyed_hash(stream, block)) {}

Result<bool> BackupBlockReader::next(std::string_view& input, BackupRecord& record) {
  if (is_partial_given_) partial_.clear();
  is_partial_given_ = false;
  for (;;) {
    // Of a record that came in pieces as much is joined as is known to be missing.
    const bool is_joining = !partial_.empty();
    const std::string_view begun = is_joining ? std::string_view(partial_) : input;
    uint64_t wanted = kHeadSize;
    if (begun.size() >= kHeadSize) {
      wanted = record_size(begun);
      if (wanted == 0) return bad_record("sanity check failed");
    }
    if (wanted > kHeadSize && begun.size() >= wanted) {
      const Result<BackupRecord> decoded = decode(begun.substr(0, static_cast<size_t>(wanted)));
      if (!decoded.ok()) return decoded.error();
      record = decoded.value();
      if (!is_joining) input.remove_prefix(static_cast<size_t>(wanted));
      is_partial_given_ = is_joining;
      return true;
    }
    if (input.empty()) return false;
    const uint64_t missing = wanted - std::min<uint64_t>(wanted, partial_.size());
    const auto size = static_cast<size_t>(std::min<uint64_t>(missing, input.size()));
    partial_ += input.substr(0, size);
    input.remove_prefix(size);
  }
}

Result<BackupRecord> BackupBlockReader::decode(std::string_view bytes) const {
  BackupRecord record;
  const bool has_headers = (load_little<uint32_t>(bytes.data()) & kHasHeaders) != 0;
  const auto sequence = load_little<uint64_t>(&bytes[4]);
  record.time.unix_ns = static_cast<int64_t>(load_little<uint64_t>(&bytes[12]));
  const auto subject_size = load_little<uint16_t>(&bytes[20]);
  const std::string_view body = bytes.substr(kHeadSize, bytes.size() - kBackupRecordSizeMin);
  const size_t content_at = subject_size + (has_headers ? kHeaderSizeSize : 0);
  if (content_at > body.size()) return bad_record("sanity check failed");
  record.subject = body.substr(0, subject_size);
  record.content = body.substr(content_at);
  if (has_headers) record.header_size = load_little<uint32_t>(&body[subject_size]);
  if (record.header_size > record.content.size()) return bad_record("sanity check failed");
  HighwayHash hash = keyed_;
  hash.update(bytes.substr(kSummedHeadOffset, kSummedHeadSize));
  hash.update(record.subject);
  hash.update(record.content);
  if (hash.finish() != load_little<uint64_t>(&bytes[bytes.size() - kHashSize])) {
    return bad_record("invalid checksum");
  }
  if ((sequence & kTombstoneBit) != 0) {
    record.kind = BackupRecord::Kind::kTombstone;
  } else if ((sequence & kErasedBit) != 0 || sequence == 0) {
    record.kind = BackupRecord::Kind::kErased;
  }
  record.sequence = sequence & ~(kErasedBit | kTombstoneBit);
  return record;
}

}  // namespace myelin
