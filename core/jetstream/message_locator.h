// MessageLocator: where a message stands in a segment whose index is not loaded.
//
// A segment's summary has the place of every 64th message; from there, or from where a reader left
// off, the headers of the records lead on. So a read by sequence costs some microseconds at worst,
// and a reader that goes from message to message does not look twice.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/jetstream/segment_index.h"
#include "core/storage/record_log.h"

namespace myelin {

class MessageLocator {
 public:
  explicit MessageLocator(const RecordLog& log) : log_(log) {}

  // Nothing if damage stands in between.
  std::optional<RecordLog::Position> locate(const SegmentIndex& segment, uint32_t ordinal,
                                            RecordWindows& windows);
  // The segment was rewritten.
  void forget(uint64_t segment);

 private:
  // Messages from `ordinal` on stand at `offset` or behind it.
  struct Cursor {
    uint64_t segment = 0;
    uint32_t ordinal = 0;
    uint64_t offset = 0;
    uint64_t used = 0;
  };

  const RecordLog& log_;
  std::array<Cursor, 8> cursors_;
  uint64_t use_ = 0;
};

}  // namespace myelin
