#include "core/jetstream/segment_rewrite.h"

#include <array>

#include "core/base/check.h"

namespace myelin {

Result<std::unique_ptr<SegmentRewrite>> SegmentRewrite::begin(RecordLog& log, MessageIndex& index,
                                                              SegmentIndex& segment) {
  // Looks at the disk anew, so that what it has lost is known before it is missed.
  if (segment.is_loaded()) segment.unload();
  if (!index.load(segment)) return Error{Errc::kIo, "the segment cannot be read"};
  auto scan = log.scan(segment.number());
  if (!scan.ok()) return scan.error();
  const auto revision = log.begin_rewrite(segment.number());
  if (!revision.ok()) return revision.error();
  return std::unique_ptr<SegmentRewrite>(
      new SegmentRewrite(log, index, segment, revision.value(), std::move(scan.value())));
}

SegmentRewrite::SegmentRewrite(RecordLog& log, MessageIndex& index, SegmentIndex& segment,
                               uint32_t revision, RecordLogScan scan)
    : log_(log),
      index_(index),
      old_(segment),
      revision_(revision),
      scan_(std::move(scan)),
      copied_(std::make_unique<SegmentIndex>(segment.number(), segment.begin())) {}

Result<bool> SegmentRewrite::step(uint64_t& budget) {
  for (;;) {
    const auto step = scan_.step(budget);
    if (!step.ok()) return step.error();
    if (step.value().what == RecordLogScan::What::kMore) return false;
    if (step.value().what == RecordLogScan::What::kEnd) break;
    if (step.value().what == RecordLogScan::What::kRecord) TRY(copy(step.value().record));
  }
  // The next segment's first mark says as much as the last one here.
  if (is_empty_) {
    TRY(log_.abandon_rewrite());
    return true;
  }
  if (!last_mark_.empty()) {
    const std::array<Bytes, 1> payload = {as_bytes(last_mark_)};
    TRY(log_.rewrite_append(kRecordKindMark, std::nullopt, payload));
  }
  TRY(log_.end_rewrite());
  copied_->seal();
  return true;
}

Status SegmentRewrite::copy(const Record& record) {
  if (is_message_kind(record.kind)) return copy_message(record);
  if (record.kind == kRecordKindRemoved) return copy_removals(record);
  if (record.kind == kRecordKindMark) {
    last_mark_ = as_text(record.payload);
  } else if (record.kind == kRecordKindUnsure) {
    const std::array<Bytes, 1> payload = {record.payload};
    TRY(log_.rewrite_append(record.kind, record.sequence, payload));
    is_empty_ = false;
  }
  return kOk;
}

Status SegmentRewrite::copy_message(const Record& record) {
  const auto message = decode_message(record.kind, record.payload);
  if (!message || !record.sequence || !old_.find_live(*record.sequence)) return kOk;
  if (copied_->count() > 0 && *record.sequence <= copied_->last_sequence()) return kOk;
  const std::array<Bytes, 1> payload = {record.payload};
  const auto at = log_.rewrite_append(record.kind, record.sequence, payload);
  if (!at.ok()) return at.error();
  is_empty_ = false;
  copied_->add(*record.sequence, MessageIndex::place_of(*message, at.value().offset),
               index_.subjects().find(message->subject), message->time);
  return kOk;
}

Status SegmentRewrite::copy_removals(const Record& record) {
  std::vector<SequenceRange> held;
  for (const SequenceRange& range : decode_ranges(record.payload)) {
    if (is_held_elsewhere(range)) held.push_back(range);
  }
  if (held.empty()) return kOk;
  is_empty_ = false;
  const std::string encoded = encode_ranges(held);
  const std::array<Bytes, 1> payload = {as_bytes(encoded)};
  TRY(log_.rewrite_append(kRecordKindRemoved, std::nullopt, payload));
  return kOk;
}

// What was removed stands in a segment before this one, or nowhere any more.
bool SegmentRewrite::is_held_elsewhere(const SequenceRange& range) const {
  for (const auto& segment : index_.segments()) {
    if (segment->number() >= old_.number() || segment->begin() > range.second) break;
    if (segment->holds(range.first, range.second)) return true;
  }
  return false;
}

bool SegmentRewrite::is_complete() const {
  uint32_t live = 0;
  for (uint32_t i = 0; i < copied_->count(); ++i) {
    live += old_.find_live(copied_->sequence_at(i)).has_value();
  }
  return live == old_.live_count();
}

std::unique_ptr<SegmentIndex> SegmentRewrite::take_index() {
  for (uint32_t i = 0; i < copied_->count(); ++i) {
    if (old_.find_live(copied_->sequence_at(i))) continue;
    copied_->kill(i, copied_->place(i).size, copied_->subject(i));
  }
  return std::move(copied_);
}

}  // namespace myelin
