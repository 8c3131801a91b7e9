// SegmentRewrite: copies what is still wanted of one sealed segment, in slices.
//
// Wanted are messages that live, removals of messages that some other segment still holds, the last
// mark, and what a recovery was unsure of. The copy's index is built on the way; messages removed
// meanwhile are dead in it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/jetstream/message_index.h"
#include "core/storage/record_log.h"

namespace myelin {

class SegmentRewrite {
 public:
  // The segment stays in the index until its copy takes its place.
  static Result<std::unique_ptr<SegmentRewrite>> begin(RecordLog& log, MessageIndex& index,
                                                       SegmentIndex& segment);

  uint64_t segment() const { return old_.number(); }
  uint32_t revision() const { return revision_; }
  // True when everything is copied.
  Result<bool> step(uint64_t& budget);
  // Nothing was wanted: there is no copy, and the segment may go.
  bool is_empty() const { return is_empty_; }
  // Whether every message that lives was copied: the disk may have lost one on the way.
  bool is_complete() const;
  // The copy's index, once it has taken its place.
  std::unique_ptr<SegmentIndex> take_index();

 private:
  SegmentRewrite(RecordLog& log, MessageIndex& index, SegmentIndex& segment, uint32_t revision,
                 RecordLogScan scan);
  Status copy(const Record& record);
  Status copy_message(const Record& record);
  Status copy_removals(const Record& record);
  bool is_held_elsewhere(const SequenceRange& range) const;

  RecordLog& log_;
  MessageIndex& index_;
  SegmentIndex& old_;
  uint32_t revision_;
  RecordLogScan scan_;
  std::unique_ptr<SegmentIndex> copied_;
  std::string last_mark_;
  bool is_empty_ = true;
};

}  // namespace myelin
