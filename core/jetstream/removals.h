// Removals: what was removed from a store and not yet written down, and what a reader that counts
// messages for itself may ask about the past: was something removed at or after a sequence?
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "core/jetstream/message_record.h"

namespace myelin {

class Removals {
 public:
  // Counts calls of add() and note().
  uint64_t count() const { return count_; }
  // Whether something at or after `from` was removed since the count stood at `since`: true also if
  // that is forgotten.
  bool may_have_removed(uint64_t since, uint64_t from) const;

  void add(uint64_t first, uint64_t last);
  // Something up to `last` is gone that is not to be written down: what is lost.
  void note(uint64_t last);

  bool has_unwritten() const { return !unwritten_.empty(); }
  // At most what write_down() gives.
  size_t unwritten_size_max() const { return unwritten_.size() * kEncodedRangeSizeMax; }
  void forget_unwritten() { unwritten_.clear(); }
  // The payload of the record that says it.
  std::string write_down();

 private:
  // Each of a lower sequence than those before: who asks since a count finds the highest sequence
  // removed later at the first entry beyond it.
  struct Peak {
    uint64_t count = 0;
    uint64_t sequence = 0;
  };
  static constexpr size_t kPeaksMax = 1024;

  uint64_t count_ = 0;
  uint64_t forgotten_ = 0;  // nothing is known of removals up to this count
  std::deque<Peak> peaks_;
  std::vector<SequenceRange> unwritten_;
};

}  // namespace myelin
