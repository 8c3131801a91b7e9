#include "core/jetstream/meta_log.h"

#include <array>
#include <utility>

namespace myelin {
namespace {

enum : uint8_t { kPut = 1, kRemove = 2 };

constexpr uint64_t kMetaSegmentSize = 1024 * 1024;
// The log may be so many times larger than what counts in it, and at least so large.
constexpr uint64_t kSlack = 4;
constexpr uint64_t kSmall = 1024 * 1024;

// A record's payload: the name's size in two bytes, the name, the text.
constexpr size_t kNameSizeSize = 2;

uint64_t entry_size(std::string_view name, std::string_view text) {
  return RecordLog::record_size(kNameSizeSize + name.size() + text.size(), false);
}

}  // namespace

MetaLog::MetaLog(Storage& storage, std::string folder, uint64_t salt, Note note)
    : log_(storage, {.folder = std::move(folder), .segment_size = kMetaSegmentSize, .salt = salt}),
      note_(note) {}

void MetaLog::note() {
  if (std::exchange(is_unsynced_, true) || note_.changed == nullptr) return;
  note_.changed->push_back(note_.number);
}

Status MetaLog::recover() {
  TRY(log_.open({}));
  while (true) {
    uint64_t budget = UINT64_MAX;
    Result<RecordLog::Recovered> next = log_.recover(budget);
    if (!next.ok()) return next.error();
    if (next.value().what == RecordLog::Recovered::What::kDone) break;
    if (next.value().what == RecordLog::Recovered::What::kRecord) read(next.value().record);
  }
  // What was found was not vouched for by everybody: the next sync does that.
  note();
  return kOk;
}

void MetaLog::read(const Record& record) {
  const std::string_view payload = as_text(record.payload);
  if (payload.size() < kNameSizeSize) return;
  const size_t low = static_cast<uint8_t>(payload[0]);
  const size_t high = static_cast<uint8_t>(payload[1]);
  const size_t name_size = low | high << 8;
  if (payload.size() < kNameSizeSize + name_size) return;
  const std::string_view name = payload.substr(kNameSizeSize, name_size);
  const std::string_view text = payload.substr(kNameSizeSize + name_size);
  forget(name);
  if (record.kind != kPut) return;
  entries_.emplace(name, text);
  live_size_ += entry_size(name, text);
}

void MetaLog::forget(std::string_view name) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return;
  live_size_ -= entry_size(found->first, found->second);
  entries_.erase(found);
}

Status MetaLog::put(std::string_view name, std::string_view text) {
  TRY(append(kPut, name, text));
  forget(name);
  entries_.emplace(name, text);
  live_size_ += entry_size(name, text);
  compact();
  return kOk;
}

Status MetaLog::remove(std::string_view name) {
  if (entries_.find(name) == entries_.end()) return kOk;
  TRY(append(kRemove, name, {}));
  forget(name);
  compact();
  return kOk;
}

Status MetaLog::remove_all(std::string_view prefix) {
  while (true) {
    const auto first = entries_.lower_bound(prefix);
    if (first == entries_.end() || first->first.compare(0, prefix.size(), prefix) != 0) return kOk;
    TRY(remove(std::string(first->first)));
  }
}

Status MetaLog::append(uint8_t kind, std::string_view name, std::string_view text) {
  INVARIANT(name.size() <= UINT16_MAX);
  const std::array<std::byte, kNameSizeSize> name_size = {std::byte(name.size() & 0xff),
                                                          std::byte(name.size() >> 8)};
  TRY(log_.reserve(entry_size(name, text)));
  const Bytes parts[] = {name_size, as_bytes(name), as_bytes(text)};
  const Result<RecordLog::Position> at = log_.append(kind, std::nullopt, parts);
  if (!at.ok()) return at.error();
  note();
  return kOk;
}

// Everything that counts is written once more; the segments before it go once that is synced. Where
// there is no room for it now, there may be with the next change.
void MetaLog::compact() {
  uint64_t size = 0;
  const std::vector<RecordLog::SegmentInfo> segments = log_.segments();
  for (const RecordLog::SegmentInfo& segment : segments) size += segment.size;
  if (outdated_before_ != 0 || size < kSmall + kSlack * live_size_ || segments.empty()) return;
  for (const auto& [name, text] : entries_) {
    if (!append(kPut, name, text).ok()) return;
  }
  outdated_before_ = segments.back().segment;
}

void MetaLog::sync_asked(SyncTicket ticket) {
  log_.sync_asked(ticket);
  is_unsynced_ = false;
  if (outdated_before_ != 0 && !compacted_by_) compacted_by_ = ticket;
}

void MetaLog::on_synced(SyncTicket ticket, const FileErrors& failed) {
  log_.on_synced(ticket, failed);
  if (!compacted_by_ || !(*compacted_by_ == ticket)) return;
  compacted_by_.reset();
  const uint64_t before = std::exchange(outdated_before_, 0);
  while (!log_.offline() && log_.segments().front().segment < before) {
    if (!log_.remove_first().ok()) return;
  }
}

}  // namespace myelin
