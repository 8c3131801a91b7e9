#include "core/jetstream/message_locator.h"

#include <algorithm>

#include "core/jetstream/message_record.h"

namespace myelin {

std::optional<RecordLog::Position> MessageLocator::locate(const SegmentIndex& segment,
                                                          uint32_t ordinal,
                                                          RecordWindows& windows) {
  const SegmentIndex::Anchor anchor = segment.anchor(ordinal);
  Cursor at{segment.number(), anchor.ordinal, anchor.offset};
  Cursor* place =
      &*std::min_element(cursors_.begin(), cursors_.end(),
                         [](const Cursor& a, const Cursor& b) { return a.used < b.used; });
  for (Cursor& cursor : cursors_) {
    if (cursor.segment != at.segment || cursor.ordinal > ordinal || cursor.ordinal < at.ordinal) {
      continue;
    }
    at = cursor;
    place = &cursor;
  }
  for (;;) {
    const auto record = log_.peek({at.segment, at.offset}, windows);
    if (!record.ok()) return std::nullopt;
    const RecordLog::Position here{at.segment, at.offset};
    at.offset = record.value().end;
    if (!is_message_kind(record.value().kind)) continue;
    if (at.ordinal++ < ordinal) continue;
    if (record.value().sequence != segment.sequence_at(ordinal)) return std::nullopt;
    *place = at;
    place->used = ++use_;
    return here;
  }
}

void MessageLocator::forget(uint64_t segment) {
  for (Cursor& cursor : cursors_) {
    if (cursor.segment == segment) cursor = Cursor();
  }
}

}  // namespace myelin
