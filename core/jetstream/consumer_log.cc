#include "core/jetstream/consumer_log.h"

#include <array>
#include <utility>

namespace myelin {
namespace {

// Small segments: a rewrite frees whole ones.
constexpr uint64_t kConsumerSegmentSize = 512 * 1024;
// What may be out of date before a rewrite, beside as much again as counts.
constexpr uint64_t kOutdatedMax = 1024 * 1024;
constexpr size_t kIdSize = 8;

std::array<std::byte, kIdSize> encode_id(uint64_t id) {
  std::array<std::byte, kIdSize> bytes;
  for (size_t index = 0; index < kIdSize; ++index) {
    bytes[index] = static_cast<std::byte>(id >> (8 * index));
  }
  return bytes;
}

uint64_t decode_id(std::string_view bytes) {
  uint64_t id = 0;
  for (size_t index = 0; index < kIdSize; ++index) {
    id |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[index])) << (8 * index);
  }
  return id;
}

}  // namespace

ConsumerLog::ConsumerLog(Storage& storage, std::string folder, uint64_t salt)
    : storage_(storage),
      folder_(std::move(folder)),
      log_(storage, {.folder = folder_, .segment_size = kConsumerSegmentSize, .salt = salt}) {}

Status ConsumerLog::destroy() {
  const Result<std::vector<std::string>> names = storage_.list(folder_ + '/');
  if (!names.ok()) return names.error();
  for (const std::string& name : names.value()) TRY(storage_.remove(name));
  return kOk;
}

Result<bool> ConsumerLog::recover(uint64_t& budget, const Visit& visit) {
  if (!is_opened_) TRY(log_.open({}));
  is_opened_ = true;
  while (true) {
    Result<RecordLog::Recovered> step = log_.recover(budget);
    if (!step) return step.error();
    const RecordLog::Recovered& recovered = step.value();
    if (recovered.what == RecordLog::Recovered::What::kMore) return false;
    if (recovered.what == RecordLog::Recovered::What::kDone) break;
    const std::string_view payload = as_text(recovered.record.payload);
    if (payload.size() < kIdSize) continue;
    visit(static_cast<Kind>(recovered.record.kind), decode_id(payload), payload.substr(kIdSize));
  }
  is_recovered_ = true;
  return true;
}

Status ConsumerLog::begin() {
  uint64_t budget = kConsumerSegmentSize;
  while (!is_recovered_) {
    TRY(recover(budget, [](Kind, uint64_t, std::string_view) {}));
    budget = kConsumerSegmentSize;
  }
  return kOk;
}

Status ConsumerLog::append(Kind kind, uint64_t id, std::string_view bytes) {
  const std::array<std::byte, kIdSize> head = encode_id(id);
  const std::array<Bytes, 2> parts{Bytes(head), as_bytes(bytes)};
  TRY(log_.reserve(RecordLog::record_size(kIdSize + bytes.size(), false)));
  TRY(log_.append(static_cast<uint8_t>(kind), std::nullopt, parts));
  is_unsynced_ = true;
  return kOk;
}

uint64_t ConsumerLog::size() const {
  uint64_t size = 0;
  for (const RecordLog::SegmentInfo& segment : log_.segments()) size += segment.size;
  return size;
}

bool ConsumerLog::wants_rewrite(uint64_t live_size) const {
  if (!is_recovered_ || rewrite_from_ || offline()) return false;
  return size() > 2 * live_size + kOutdatedMax;
}

void ConsumerLog::begin_rewrite() {
  const std::vector<RecordLog::SegmentInfo> segments = log_.segments();
  if (!segments.empty()) rewrite_from_ = segments.back().segment;
  is_rewritten_ = false;
}

void ConsumerLog::end_rewrite() { is_rewritten_ = true; }

void ConsumerLog::sync_asked(SyncTicket ticket) {
  log_.sync_asked(ticket);
  is_unsynced_ = false;
  if (is_rewritten_ && !rewrite_ticket_) rewrite_ticket_ = ticket;
}

void ConsumerLog::on_synced(SyncTicket ticket, const FileErrors& failed) {
  log_.on_synced(ticket, failed);
  if (rewrite_ticket_ != ticket) return;
  rewrite_ticket_.reset();
  if (!offline()) remove_old_segments();
  rewrite_from_.reset();
  is_rewritten_ = false;
}

void ConsumerLog::remove_old_segments() {
  while (log_.segments().front().segment < *rewrite_from_) {
    // What cannot be removed now is in the way of nobody, and goes with the next rewrite.
    if (!log_.remove_first().ok()) return;
  }
}

}  // namespace myelin
