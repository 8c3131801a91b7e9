#include "core/storage/record_log_scan.h"

#include <algorithm>

#include "core/base/crc32c.h"

namespace myelin {
namespace {

constexpr uint64_t kWindowSize = 64 * 1024;

void spend(uint64_t& budget, uint64_t size) { budget -= std::min(budget, size); }

}  // namespace

RecordLogScan::RecordLogScan(Storage& storage, FileId file, const SegmentKey& key, uint64_t offset,
                             uint64_t size)
    : storage_(storage), file_(file), key_(key), offset_(offset), size_(size) {}

Result<RecordLogScan::Step> RecordLogScan::step(uint64_t& budget) {
  while (offset_ < size_) {
    if (budget == 0) return Step{.what = What::kMore};
    const uint64_t left = size_ - offset_;
    const auto head = window(offset_, std::min<uint64_t>(left, kRecordHeaderSizeMax));
    if (!head.ok()) return head.error();
    const auto header = decode_record_header(head.value(), key_, offset_);
    const uint64_t header_size = header ? record_header_size(header->sequence.has_value()) : 0;
    if (!header || header->size > left - header_size) {
      if (!damage_from_) damage_from_ = offset_;
      ++offset_;
      spend(budget, 8);
      continue;
    }
    const uint64_t end = offset_ + header_size + header->size;
    spend(budget, end - offset_);
    const auto payload = window(offset_ + header_size, header->size);
    if (!payload.ok()) return payload.error();
    if (crc32c(0, payload.value()) != header->payload_crc) {
      if (!damage_from_) damage_from_ = offset_;
      offset_ = end;
      continue;
    }
    if (auto damage = pass_damage(offset_)) return *damage;
    Step step{.what = What::kRecord, .offset = offset_, .end = end};
    step.record = {header->kind, header->sequence, payload.value()};
    step.open_size = header->open_size;
    offset_ = end;
    return step;
  }
  if (auto damage = pass_damage(size_)) return *damage;
  return Step{.what = What::kEnd, .offset = size_, .end = size_};
}

std::optional<RecordLogScan::Step> RecordLogScan::pass_damage(uint64_t end) {
  if (!damage_from_) return std::nullopt;
  Step damage{.what = What::kDamage, .offset = *damage_from_, .end = end};
  damage_from_.reset();
  return damage;
}

// `size` bytes at `offset`, which the file has; fewer if somebody cut it meanwhile.
Result<Bytes> RecordLogScan::window(uint64_t offset, uint64_t size) {
  const uint64_t window_end = window_offset_ + window_.size();
  if (offset < window_offset_ || offset + size > window_end) {
    const uint64_t wanted = std::min(std::max(size, kWindowSize), size_ - offset);
    window_.resize(static_cast<size_t>(wanted));
    const auto read = storage_.read(file_, offset, window_);
    if (!read.ok()) {
      window_.clear();
      return read.error();
    }
    window_.resize(static_cast<size_t>(read.value()));
    window_offset_ = offset;
  }
  const uint64_t start = offset - window_offset_;
  const uint64_t there = std::min<uint64_t>(size, window_.size() - start);
  return Bytes(window_).subspan(static_cast<size_t>(start), static_cast<size_t>(there));
}

}  // namespace myelin
