// What a RecordLog takes from the disk: segments removed, and segments rewritten.
#include <algorithm>

#include "core/base/check.h"
#include "core/storage/record_log.h"

namespace myelin {

Status RecordLog::remove_first() {
  INVARIANT(is_recovered_);
  if (offline_) return *offline_;
  if (segments_.size() < 2) return Error{Errc::kInvalid, "the last segment is written to"};
  const uint64_t number = segments_.begin()->first;
  if (rewrite_ && rewrite_->number == number) TRY(abandon_rewrite());
  TRY(remove_segment(number));
  revisions_used_.erase(number);
  return kOk;
}

Status RecordLog::remove(uint64_t segment) {
  INVARIANT(is_recovered_);
  if (offline_) return *offline_;
  const auto found = segments_.find(segment);
  if (found == segments_.end() || std::next(found) == segments_.end() ||
      (rewrite_ && rewrite_->number == segment)) {
    return Error{Errc::kInvalid, "the segment cannot be removed"};
  }
  TRY(remove_segment(segment));
  revisions_used_.erase(segment);
  Revisions revisions{.gone = std::move(gone_)};
  note_gone(revisions, segment);
  gone_ = std::move(revisions.gone);
  return kOk;
}

Status RecordLog::remove_segment(uint64_t number) {
  const auto leftovers = leftovers_.find(number);
  if (leftovers != leftovers_.end()) {
    for (const uint32_t revision : leftovers->second) {
      TRY(storage_.remove(segment_file_name(options_.folder, {number, revision})));
    }
    leftovers_.erase(leftovers);
  }
  const auto segment = segments_.find(number);
  TRY(storage_.remove(segment_file_name(options_.folder, {number, segment->second.revision})));
  segments_.erase(segment);
  return kOk;
}

Result<uint32_t> RecordLog::begin_rewrite(uint64_t number) {
  INVARIANT(is_recovered_);
  if (offline_) return *offline_;
  const auto found = segments_.find(number);
  if (rewrite_ || found == segments_.end() || std::next(found) == segments_.end()) {
    return Error{Errc::kInvalid, "the segment cannot be rewritten"};
  }
  // Never one that the owner may have written down before.
  const auto used = revisions_used_.find(number);
  uint32_t revision = used == revisions_used_.end() ? 0 : used->second;
  if (revision == UINT32_MAX) return Error{Errc::kInvalid, "revisions have run out"};
  ++revision;
  auto created = create_segment({number, revision}, found->second.base, 0);
  if (!created.ok()) return created.error();
  revisions_used_[number] = revision;
  rewrite_ = Rewrite{.number = number, .segment = created.value()};
  return revision;
}

Result<RecordLog::Position> RecordLog::rewrite_append(uint8_t kind,
                                                      std::optional<uint64_t> sequence,
                                                      std::span<const Bytes> payload) {
  INVARIANT(rewrite_ && !rewrite_->is_ended);
  if (offline_) return *offline_;
  uint64_t size = 0;
  for (const Bytes part : payload) size += part.size();
  if (size > kRecordPayloadMax) return Error{Errc::kInvalid, "the record is too large"};
  TRY(storage_.reserve(rewrite_->segment.file, record_size(size, sequence.has_value())));
  const auto offset = write_record(rewrite_->number, rewrite_->segment,
                                   {.kind = kind, .sequence = sequence}, payload);
  if (!offset.ok()) return offset.error();
  return Position{rewrite_->number, offset.value()};
}

Status RecordLog::end_rewrite() {
  INVARIANT(rewrite_.has_value());
  const auto ended = rewrite_append(kRecordKindEnd, std::nullopt, {});
  if (!ended.ok()) return ended.error();
  rewrite_->is_ended = true;
  return kOk;
}

Status RecordLog::swap_rewritten() {
  INVARIANT(rewrite_ && rewrite_->is_ended);
  if (offline_) return *offline_;
  bool is_synced = !rewrite_->segment.is_unsynced;
  for (const Asked& asked : asked_) {
    const auto held = std::find(asked.files.begin(), asked.files.end(), rewrite_->segment.file);
    if (!asked.is_done && held != asked.files.end()) is_synced = false;
  }
  if (!is_synced) return Error{Errc::kInvalid, "the rewrite is not synced"};
  Segment& old = segments_.at(rewrite_->number);
  TRY(storage_.remove(segment_file_name(options_.folder, {rewrite_->number, old.revision})));
  old = rewrite_->segment;
  rewrite_.reset();
  return kOk;
}

Status RecordLog::abandon_rewrite() {
  INVARIANT(rewrite_.has_value());
  const Rewrite rewrite = *rewrite_;
  rewrite_.reset();
  return storage_.remove(
      segment_file_name(options_.folder, {rewrite.number, rewrite.segment.revision}));
}

}  // namespace myelin
