#include "core/jetstream/segment_index.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "core/base/check.h"

namespace myelin {

bool SegmentIndex::can_add(uint64_t sequence) const {
  return count_ == 0 || sequence - begin_ < UINT32_MAX;
}

void SegmentIndex::add(uint64_t sequence, Place place, uint32_t subject, WallTime time) {
  if (count_ == 0) {
    begin_ = sequence;
    first_time_ = last_time_ = time;
  }
  const auto distance = static_cast<uint32_t>(sequence - begin_);
  if (distances_.empty() && distance != count_) {
    distances_.resize(count_);
    for (uint32_t i = 0; i < count_; ++i) distances_[i] = i;
  }
  if (!distances_.empty() || distance != count_) distances_.push_back(distance);
  last_time_ = std::max(last_time_, time);
  if (count_ % kAnchorStep == 0) anchors_.push_back(place.offset);
  subjects_.push_back(subject);
  places_.push_back(place);
  ++count_;
  ++live_count_;
  size_ += place.size;
  live_size_ += place.size;
}

void SegmentIndex::seal() {
  if (is_sealed_) return;
  INVARIANT(is_loaded_);
  is_sealed_ = true;
  std::vector<uint32_t> live;
  live.reserve(live_count_);
  for (uint32_t i = 0; i < count_; ++i) {
    if (is_live(i)) live.push_back(subjects_[i]);
  }
  std::sort(live.begin(), live.end());
  size_t distinct = 0;
  for (size_t i = 0; i < live.size(); ++i) distinct += i == 0 || live[i] != live[i - 1];
  subject_counts_.reserve(distinct);
  for (const uint32_t subject : live) {
    if (subject_counts_.empty() || subject_counts_.back().subject != subject) {
      subject_counts_.push_back({subject, 0});
    }
    ++subject_counts_.back().count;
  }
  subjects_.shrink_to_fit();
  places_.shrink_to_fit();
  distances_.shrink_to_fit();
  anchors_.shrink_to_fit();
}

uint32_t SegmentIndex::ordinal_from(uint64_t sequence) const {
  if (count_ == 0 || sequence <= begin_) return 0;
  const uint64_t distance = sequence - begin_;
  if (distances_.empty()) return static_cast<uint32_t>(std::min<uint64_t>(distance, count_));
  if (distance > distances_.back()) return count_;
  const auto found = std::lower_bound(distances_.begin(), distances_.end(), distance);
  return static_cast<uint32_t>(found - distances_.begin());
}

std::optional<uint32_t> SegmentIndex::find_live(uint64_t sequence) const {
  const uint32_t ordinal = ordinal_from(sequence);
  if (ordinal == count_ || sequence_at(ordinal) != sequence) return std::nullopt;
  if (!is_live(ordinal)) return std::nullopt;
  return ordinal;
}

void SegmentIndex::kill(uint32_t ordinal, uint32_t size, uint32_t subject) {
  if (ordinal / 64 >= dead_.size()) dead_.resize(count_ / 64 + 1);
  dead_[ordinal / 64] |= uint64_t{1} << (ordinal % 64);
  --live_count_;
  live_size_ -= std::min<uint64_t>(live_size_, size);
  if (!is_sealed_) return;
  const auto counted = std::lower_bound(
      subject_counts_.begin(), subject_counts_.end(), subject,
      [](const SubjectCount& each, uint32_t wanted) { return each.subject < wanted; });
  if (counted != subject_counts_.end() && counted->subject == subject && counted->count > 0) {
    --counted->count;
  }
}

void SegmentIndex::kill_all() {
  dead_.assign(count_ / 64 + 1, ~uint64_t{0});
  dead_.back() = ~(~uint64_t{0} << (count_ % 64));
  live_count_ = 0;
  live_size_ = 0;
  subject_counts_ = std::vector<SubjectCount>();
}

std::optional<uint32_t> SegmentIndex::next_live(uint32_t from, uint32_t end) const {
  while (from < end && from / 64 < dead_.size()) {
    const uint64_t living = ~dead_[from / 64] & (~uint64_t{0} << (from % 64));
    if (living != 0) {
      from = from / 64 * 64 + static_cast<uint32_t>(std::countr_zero(living));
      break;
    }
    from = (from / 64 + 1) * 64;
  }
  if (from >= end) return std::nullopt;
  return from;
}

std::optional<uint32_t> SegmentIndex::last_live(uint32_t from, uint32_t end) const {
  while (end > from) {
    const uint32_t at = end - 1;
    if (at / 64 >= dead_.size()) return at;
    const uint64_t living = ~dead_[at / 64] & (~uint64_t{0} >> (63 - at % 64));
    if (living != 0) {
      const uint32_t found = at / 64 * 64 + 63 - static_cast<uint32_t>(std::countl_zero(living));
      if (found < from) return std::nullopt;
      return found;
    }
    end = at / 64 * 64;
  }
  return std::nullopt;
}

uint32_t SegmentIndex::count_live(uint32_t from, uint32_t end) const {
  if (from >= end) return 0;
  uint32_t dead = 0;
  for (uint32_t word = from / 64; word < dead_.size() && word * 64 < end; ++word) {
    uint64_t bits = dead_[word];
    if (word == from / 64) bits &= ~uint64_t{0} << (from % 64);
    if (end - word * 64 < 64) bits &= ~(~uint64_t{0} << (end - word * 64));
    dead += static_cast<uint32_t>(std::popcount(bits));
  }
  return end - from - dead;
}

std::optional<uint32_t> SegmentIndex::next(const SubjectSelection& selection, uint32_t from,
                                           uint32_t end) const {
  using Pick = SubjectSelection::Kind;
  if (selection.kind == Pick::kAll) return next_live(from, end);
  if (selection.kind == Pick::kOne) {
    for (uint32_t i = from; i < end; ++i) {
      if (subjects_[i] == selection.subject && is_live(i)) return i;
    }
    return std::nullopt;
  }
  for (uint32_t i = from; i < end; ++i) {
    if (selection.takes(subjects_[i]) && is_live(i)) return i;
  }
  return std::nullopt;
}

std::optional<uint32_t> SegmentIndex::last(const SubjectSelection& selection, uint32_t from,
                                           uint32_t end) const {
  if (selection.kind == SubjectSelection::Kind::kAll) return last_live(from, end);
  for (uint32_t i = end; i > from; --i) {
    if (selection.takes(subjects_[i - 1]) && is_live(i - 1)) return i - 1;
  }
  return std::nullopt;
}

uint32_t SegmentIndex::count(const SubjectSelection& selection, uint32_t from, uint32_t end) const {
  if (selection.kind == SubjectSelection::Kind::kAll) return count_live(from, end);
  uint32_t found = 0;
  for (uint32_t i = from; i < end; ++i) found += selection.takes(subjects_[i]) && is_live(i);
  return found;
}

uint64_t SegmentIndex::count(const SubjectSelection& selection) const {
  using Pick = SubjectSelection::Kind;
  if (selection.kind == Pick::kAll) return live_count_;
  if (selection.kind == Pick::kOne) {
    const auto counted = std::lower_bound(
        subject_counts_.begin(), subject_counts_.end(), selection.subject,
        [](const SubjectCount& each, uint32_t subject) { return each.subject < subject; });
    const bool is_here = counted != subject_counts_.end() && counted->subject == selection.subject;
    return is_here ? counted->count : 0;
  }
  uint64_t found = 0;
  for (const SubjectCount& each : subject_counts_) {
    if (selection.takes(each.subject)) found += each.count;
  }
  return found;
}

bool SegmentIndex::may_hold(const SubjectSelection& selection) const {
  using Pick = SubjectSelection::Kind;
  if (live_count_ == 0 || selection.kind == Pick::kNone) return false;
  if (!is_sealed_ || selection.kind == Pick::kAll) return true;
  if (selection.kind == Pick::kOne) return count(selection) > 0;
  return std::any_of(subject_counts_.begin(), subject_counts_.end(),
                     [&selection](const SubjectCount& each) {
                       return each.count > 0 && selection.takes(each.subject);
                     });
}

void SegmentIndex::unload() {
  INVARIANT(is_sealed_);
  is_loaded_ = false;
  // {} would keep the memory.
  subjects_ = std::vector<uint32_t>();
  places_ = std::vector<Place>();
}

void SegmentIndex::begin_load() {
  subjects_.assign(count_, kNoSubject);
  places_.assign(count_, Place());
  is_loaded_ = true;
}

void SegmentIndex::set_loaded(uint32_t ordinal, Place place, uint32_t subject) {
  subjects_[ordinal] = subject;
  places_[ordinal] = place;
}

void SegmentIndex::save(IndexWriter& to) const {
  to.put(number_);
  to.put(begin_);
  to.put(count_);
  to.put(live_count_);
  to.put(size_);
  to.put(live_size_);
  to.put(static_cast<uint64_t>(first_time_.unix_ns));
  to.put(static_cast<uint64_t>(last_time_.unix_ns));
  to.put(revision_);
  to.put(file_size_);
  to.put(static_cast<uint8_t>((mark_end_ ? 1 : 0) | (is_sealed_ ? 2 : 0)));
  to.put_all(distances_);
  to.put_all(anchors_);
  to.put_all(dead_);
  to.put(static_cast<uint64_t>(subject_counts_.size()));
  for (const SubjectCount& each : subject_counts_) {
    to.put(each.subject);
    to.put(each.count);
  }
  if (is_sealed_) return;
  to.put_all(subjects_);
  for (const Place& place : places_) {
    to.put(place.offset);
    to.put(static_cast<uint32_t>(place.size | place.has_headers << 30 | place.has_expiry << 31));
  }
}

std::unique_ptr<SegmentIndex> SegmentIndex::restore(IndexReader& from, size_t subjects) {
  const auto number = from.take<uint64_t>();
  auto segment = std::make_unique<SegmentIndex>(number, from.take<uint64_t>());
  segment->count_ = from.take<uint32_t>();
  segment->live_count_ = from.take<uint32_t>();
  segment->size_ = from.take<uint64_t>();
  segment->live_size_ = from.take<uint64_t>();
  segment->first_time_.unix_ns = static_cast<int64_t>(from.take<uint64_t>());
  segment->last_time_.unix_ns = static_cast<int64_t>(from.take<uint64_t>());
  segment->revision_ = from.take<uint32_t>();
  segment->file_size_ = from.take<uint64_t>();
  const auto flags = from.take<uint8_t>();
  // A snapshot speaks of what is durable.
  if ((flags & 1) != 0) segment->mark_end_ = 0;
  segment->is_sealed_ = (flags & 2) != 0;
  segment->is_loaded_ = !segment->is_sealed_;
  segment->distances_ = from.take_all<uint32_t>();
  segment->anchors_ = from.take_all<uint32_t>();
  segment->dead_ = from.take_all<uint64_t>();
  const auto counts = from.take<uint64_t>();
  for (uint64_t i = 0; i < counts && from.ok(); ++i) {
    const auto subject = from.take<uint32_t>();
    segment->subject_counts_.push_back({subject, from.take<uint32_t>()});
  }
  if (!segment->is_sealed_) {
    segment->subjects_ = from.take_all<uint32_t>();
    for (size_t i = 0; i < segment->subjects_.size() && from.ok(); ++i) {
      const auto offset = from.take<uint32_t>();
      const auto rest = from.take<uint32_t>();
      segment->places_.push_back({.offset = offset,
                                  .size = rest & ((1u << 30) - 1),
                                  .has_headers = (rest & (1u << 30)) != 0,
                                  .has_expiry = (rest & (1u << 31)) != 0});
    }
  }
  from.expect(segment->is_sound(subjects));
  return segment;
}

// Whether nothing that is done with it can lead out of its arrays.
bool SegmentIndex::is_sound(size_t subjects) const {
  const auto is_known = [subjects](uint32_t id) { return id < subjects || id == kNoSubject; };
  const auto is_counted = [subjects](const SubjectCount& each) { return each.subject < subjects; };
  const uint64_t anchors = (uint64_t{count_} + kAnchorStep - 1) / kAnchorStep;
  const bool is_ascending = std::adjacent_find(distances_.begin(), distances_.end(),
                                               std::greater_equal<>()) == distances_.end();
  return begin_ > 0 && begin_ <= UINT64_MAX - UINT32_MAX && live_count_ <= count_ &&
         (distances_.empty() || (distances_.size() == count_ && distances_.front() == 0)) &&
         is_ascending && anchors_.size() == anchors && dead_.size() <= count_ / 64 + 1 &&
         std::all_of(subject_counts_.begin(), subject_counts_.end(), is_counted) &&
         (is_sealed_ || (subjects_.size() == count_ && places_.size() == count_)) &&
         std::all_of(subjects_.begin(), subjects_.end(), is_known);
}

uint64_t SegmentIndex::snapshot_size() const {
  return 128 + 4 * (distances_.size() + anchors_.size()) + 8 * dead_.size() +
         8 * subject_counts_.size() + (is_sealed_ ? 0 : 12 * uint64_t{count_});
}

uint64_t SegmentIndex::loaded_memory() const {
  return subjects_.capacity() * sizeof(uint32_t) + places_.capacity() * sizeof(Place);
}

uint64_t SegmentIndex::resident_memory() const {
  return sizeof(*this) + distances_.capacity() * sizeof(uint32_t) + dead_.capacity() * 8 +
         anchors_.capacity() * sizeof(uint32_t) + subject_counts_.capacity() * sizeof(SubjectCount);
}

}  // namespace myelin
