#include "core/jetstream/store_snapshot.h"

#include <algorithm>

#include "core/base/crc32c.h"
#include "core/jetstream/index_bytes.h"

namespace myelin {
namespace {

constexpr std::string_view kSnapshotMagic = "MYSN";
constexpr uint32_t kSnapshotVersion = 1;
constexpr uint64_t kSnapshotSizeMax = 16 * 1024 * 1024;

}  // namespace

Result<std::optional<WallTime>> StoreSnapshot::restore() {
  const auto content = file_.read(kSnapshotSizeMax);
  if (!content.ok()) return content.error();
  if (!content.value()) return std::optional<WallTime>();
  const std::string& bytes = *content.value();
  RecordLog::Position end;
  const auto last_time = decode(bytes, &end);
  if (!last_time || !are_segments_as_then(end)) {
    index_.clear();
    expiry_ = {};
    return std::optional<WallTime>();
  }
  log_.recover_from(end);
  size_ = bytes.size();
  end_ = log_.end();
  return last_time;
}

// The tail may have grown.
bool StoreSnapshot::are_segments_as_then(const RecordLog::Position& end) const {
  const auto now = log_.segments();
  const auto& then = index_.segments();
  size_t at = 0;
  for (const RecordLog::SegmentInfo& segment : now) {
    if (segment.segment > end.segment) break;
    if (at == then.size()) return false;
    const SegmentIndex& known = *then[at++];
    if (known.number() != segment.segment || known.revision() != segment.revision) return false;
    const bool is_tail = segment.segment == end.segment;
    if (is_tail ? segment.size < end.offset : segment.size != known.file_size()) return false;
  }
  return at == then.size() && !then.empty() && then.back()->number() == end.segment;
}

void StoreSnapshot::write(WallTime last_time) {
  const bool is_same = size_ > 0 && changed_ == 0 && end_ == log_.end();
  if (stage_ != Stage::kIdle || is_same || !log_.lost().empty() || log_.tail() == 0) return;
  if (index_.segments().empty() || index_.segments().back()->number() != log_.tail()) return;
  changed_ = 0;
  if (index_.snapshot_size() > kSnapshotSizeMax) return;
  const std::string bytes = encode(last_time);
  if (bytes.size() > kSnapshotSizeMax || !file_.write(bytes).ok()) return;
  size_ = bytes.size();
  end_ = log_.end();
  stage_ = Stage::kUnsynced;
}

std::string StoreSnapshot::encode(WallTime last_time) const {
  IndexWriter to;
  to.bytes() = kSnapshotMagic;
  to.put(kSnapshotVersion);
  const auto segments = log_.segments();
  to.put(segments.back().segment);
  to.put(segments.back().size);
  to.put(static_cast<uint64_t>(last_time.unix_ns));
  size_t at = 0;
  for (const auto& segment : index_.segments()) {
    while (at < segments.size() && segments[at].segment < segment->number()) ++at;
    if (at < segments.size()) segment->note_file(segments[at].revision, segments[at].size);
  }
  index_.save(to);
  to.put(static_cast<uint64_t>(expiry_.size()));
  for (const ExpiryQueue::Entry& entry : expiry_.entries()) {
    to.put(static_cast<uint64_t>(entry.at.unix_ns));
    to.put(entry.sequence);
  }
  to.put(crc32c(0, as_bytes(to.bytes())));
  return std::move(to.bytes());
}

std::optional<WallTime> StoreSnapshot::decode(std::string_view bytes, RecordLog::Position* end) {
  if (bytes.size() < kSnapshotMagic.size() + 4 || !bytes.starts_with(kSnapshotMagic))
    return std::nullopt;
  IndexReader crc(bytes.substr(bytes.size() - 4));
  bytes.remove_suffix(4);
  if (crc.take<uint32_t>() != crc32c(0, as_bytes(bytes))) return std::nullopt;
  IndexReader from(bytes.substr(kSnapshotMagic.size()));
  from.expect(from.take<uint32_t>() == kSnapshotVersion);
  end->segment = from.take<uint64_t>();
  end->offset = from.take<uint64_t>();
  const WallTime last_time{static_cast<int64_t>(from.take<uint64_t>())};
  index_.restore(from);
  const auto expiring = from.take<uint64_t>();
  for (uint64_t i = 0; i < expiring && from.ok(); ++i) {
    const WallTime at{static_cast<int64_t>(from.take<uint64_t>())};
    expiry_.add({at, from.take<uint64_t>()});
  }
  if (!from.ok() || !from.at_end()) return std::nullopt;
  return last_time;
}

void StoreSnapshot::collect_unsynced(std::vector<FileId>& files) const {
  if (stage_ == Stage::kUnsynced) files.push_back(file_.file());
}

void StoreSnapshot::sync_asked(SyncTicket ticket) {
  if (stage_ != Stage::kUnsynced) return;
  stage_ = Stage::kSyncing;
  ticket_ = ticket;
}

void StoreSnapshot::on_synced(SyncTicket ticket, const FileErrors& failed) {
  if (stage_ != Stage::kSyncing || ticket_ != ticket) return;
  stage_ = Stage::kIdle;
  const bool is_bad = std::any_of(failed.begin(), failed.end(), [this](const FileError& each) {
    return each.file == file_.file();
  });
  // What an earlier sync covers must be durable too.
  const bool is_early = log_.offline() || log_.synced() < end_;
  if (is_bad || is_early || !file_.put_in_place().ok()) {
    file_.abandon();
    size_ = 0;
  }
}

}  // namespace myelin
