#include "core/jetstream/message_index.h"

#include <algorithm>
#include <map>

#include "core/base/check.h"

namespace myelin {
namespace {

constexpr size_t kLostRangesMax = 1000;

uint64_t head_size(SegmentIndex::Place place) {
  return kMessageHeadSize + (place.has_expiry ? kExpirySize : 0);
}

}  // namespace

SegmentIndex::Place MessageIndex::place_of(const MessageRecord& message, uint64_t offset) {
  return {.offset = static_cast<uint32_t>(offset),
          .size = static_cast<uint32_t>(plain_payload_size(message)) & ((1u << 30) - 1),
          .has_headers = message.header_size > 0,
          .has_expiry = message.expires.has_value()};
}

void MessageIndex::begin_segment(uint64_t number) {
  if (!segments_.empty()) {
    SegmentIndex& before = *segments_.back();
    before.seal();
    note_use(before);
  }
  segments_.push_back(std::make_unique<SegmentIndex>(number, last_sequence_ + 1));
}

void MessageIndex::replace(size_t segment, std::unique_ptr<SegmentIndex> rewritten) {
  segments_[segment] = std::move(rewritten);
  note_use(*segments_[segment]);
  unload();
}

bool MessageIndex::can_add(uint64_t sequence) const {
  return segments_.empty() || segments_.back()->can_add(sequence);
}

void MessageIndex::add(uint64_t sequence, SegmentIndex::Place place, std::string_view subject,
                       WallTime time) {
  const uint32_t id = subjects_.add(subject);
  subjects_.count_message(id, sequence);
  segments_.back()->add(sequence, place, id, time);
  if (messages_ == 0) first_sequence_ = sequence;
  ++messages_;
  bytes_ += bytes_of(place);
  expiring_ += place.has_expiry;
  last_sequence_ = sequence;
}

void MessageIndex::pass(uint64_t last_sequence) {
  last_sequence_ = std::max(last_sequence_, last_sequence);
  if (messages_ == 0) first_sequence_ = last_sequence_ + 1;
}

void MessageIndex::kill(const Found& found, SegmentIndex::Place place, uint32_t subject) {
  found.segment->kill(found.ordinal, place.size, subject);
  if (subject != kNoSubject) subjects_.count_removal(subject, found.sequence);
  --messages_;
  bytes_ -= std::min(bytes_, bytes_of(place));
  expiring_ -= place.has_expiry;
  if (found.sequence == first_sequence_) move_first();
}

void MessageIndex::kill_all() {
  for (auto& segment : segments_) segment->kill_all();
  subjects_.clear();
  messages_ = bytes_ = expiring_ = 0;
  first_sequence_ = last_sequence_ + 1;
}

uint64_t MessageIndex::kill_range(uint64_t first, uint64_t last) {
  if (messages_ == 0 || last < first_sequence_) return 0;
  if (first <= first_sequence_ && last >= last_sequence_) {
    const uint64_t killed = messages_;
    kill_all();
    return killed;
  }
  uint64_t killed = 0;
  const SubjectSelection all{.kind = SubjectSelection::Kind::kAll};
  for (auto found = next_selected(all, first, last); found;
       found = next_selected(all, found->sequence + 1, last)) {
    if (!load(*found->segment)) break;
    if (!found->segment->is_live(found->ordinal)) continue;
    kill(*found, found->segment->place(found->ordinal), found->segment->subject(found->ordinal));
    ++killed;
    if (found->sequence == last) break;
  }
  return killed;
}

void MessageIndex::move_first() {
  if (messages_ == 0) {
    first_sequence_ = last_sequence_ + 1;
    return;
  }
  const SubjectSelection all{.kind = SubjectSelection::Kind::kAll};
  const auto found = next_selected(all, first_sequence_ + 1, UINT64_MAX);
  first_sequence_ = found ? found->sequence : last_sequence_ + 1;
}

std::optional<MessageIndex::Found> MessageIndex::find(uint64_t sequence) {
  if (segments_.empty()) return std::nullopt;
  SegmentIndex& segment = *segments_[segment_from(sequence)];
  const auto ordinal = segment.find_live(sequence);
  if (!ordinal) return std::nullopt;
  return Found{&segment, *ordinal, sequence};
}

// The last segment that begins at or before `sequence`, or the first.
size_t MessageIndex::segment_from(uint64_t sequence) const {
  if (segments_.back()->begin() <= sequence) return segments_.size() - 1;
  const auto after =
      std::upper_bound(segments_.begin(), segments_.end(), sequence,
                       [](uint64_t wanted, const std::unique_ptr<SegmentIndex>& segment) {
                         return wanted < segment->begin();
                       });
  return after == segments_.begin() ? 0 : static_cast<size_t>(after - segments_.begin()) - 1;
}

std::optional<MessageIndex::Found> MessageIndex::next(const SubjectFilter& filter, uint64_t from,
                                                      uint64_t to) {
  return next_selected(subjects_.select(filter), from, to);
}

std::optional<MessageIndex::Found> MessageIndex::next_selected(const SubjectSelection& selection,
                                                               uint64_t from, uint64_t to) {
  using Pick = SubjectSelection::Kind;
  if (messages_ == 0 || selection.kind == Pick::kNone) return std::nullopt;
  from = std::max(from, first_sequence_);
  to = std::min(to, last_sequence_);
  if (selection.kind == Pick::kOne) {
    from = std::max(from, subjects_.at(selection.subject).first);
    to = std::min(to, subjects_.at(selection.subject).last);
  }
  if (from > to) return std::nullopt;
  for (size_t i = segment_from(from); i < segments_.size(); ++i) {
    SegmentIndex& segment = *segments_[i];
    if (segment.begin() > to) break;
    if (!segment.may_hold(selection)) continue;
    if (selection.kind != Pick::kAll && !load(segment)) continue;
    const uint32_t end = to == UINT64_MAX ? segment.count() : segment.ordinal_from(to + 1);
    if (const auto ordinal = segment.next(selection, segment.ordinal_from(from), end)) {
      return Found{&segment, *ordinal, segment.sequence_at(*ordinal)};
    }
  }
  return std::nullopt;
}

std::optional<MessageIndex::Found> MessageIndex::last(const SubjectFilter& filter, uint64_t to) {
  using Pick = SubjectSelection::Kind;
  const SubjectSelection selection = subjects_.select(filter);
  if (selection.kind != Pick::kSome) return last_selected(selection, 0, to);
  // Nothing that matches is later than the last of the matching subjects.
  uint64_t bound = 0;
  for (uint32_t id = 0; id < subjects_.id_end(); ++id) {
    const SubjectIndex::Entry& entry = subjects_.at(id);
    if (entry.count > 0 && selection.takes(id)) bound = std::max(bound, entry.last);
  }
  return last_selected(selection, 0, std::min(to, bound));
}

std::optional<MessageIndex::Found> MessageIndex::last_selected(const SubjectSelection& selection,
                                                               uint64_t from, uint64_t to) {
  using Pick = SubjectSelection::Kind;
  if (messages_ == 0 || selection.kind == Pick::kNone) return std::nullopt;
  from = std::max(from, first_sequence_);
  to = std::min(to, last_sequence_);
  if (selection.kind == Pick::kOne) {
    from = std::max(from, subjects_.at(selection.subject).first);
    to = std::min(to, subjects_.at(selection.subject).last);
  }
  if (from > to) return std::nullopt;
  for (size_t i = segment_from(to) + 1; i > 0; --i) {
    SegmentIndex& segment = *segments_[i - 1];
    if (segment.last_sequence() < from && segment.count() > 0) break;
    if (!segment.may_hold(selection)) continue;
    if (selection.kind != Pick::kAll && !load(segment)) continue;
    const uint32_t end = to == UINT64_MAX ? segment.count() : segment.ordinal_from(to + 1);
    if (const auto ordinal = segment.last(selection, segment.ordinal_from(from), end)) {
      return Found{&segment, *ordinal, segment.sequence_at(*ordinal)};
    }
  }
  return std::nullopt;
}

uint64_t MessageIndex::count(const SubjectFilter& filter, uint64_t from, uint64_t to) {
  using Pick = SubjectSelection::Kind;
  const SubjectSelection selection = subjects_.select(filter);
  if (messages_ == 0 || selection.kind == Pick::kNone) return 0;
  if (from <= first_sequence_ && to >= last_sequence_) {
    if (selection.kind == Pick::kAll) return messages_;
    if (selection.kind == Pick::kOne) return subjects_.at(selection.subject).count;
    uint64_t all = 0;
    for (uint32_t id = 0; id < subjects_.id_end(); ++id) {
      if (selection.takes(id)) all += subjects_.at(id).count;
    }
    return all;
  }
  uint64_t counted = 0;
  from = std::max(from, first_sequence_);
  to = std::min(to, last_sequence_);
  if (from > to) return 0;
  for (size_t i = segment_from(from); i < segments_.size(); ++i) {
    SegmentIndex& segment = *segments_[i];
    if (segment.begin() > to) break;
    if (!segment.may_hold(selection)) continue;
    if (segment.is_sealed() && from <= segment.begin() && segment.last_sequence() <= to) {
      counted += segment.count(selection);
      continue;
    }
    if (selection.kind != Pick::kAll && !load(segment)) continue;
    const uint32_t end = to == UINT64_MAX ? segment.count() : segment.ordinal_from(to + 1);
    counted += segment.count(selection, segment.ordinal_from(from), end);
  }
  return counted;
}

const SubjectIndex::Entry& MessageIndex::summary(uint32_t subject) {
  SubjectIndex::Entry& entry = subjects_.at(subject);
  const SubjectSelection one{.kind = SubjectSelection::Kind::kOne, .subject = subject};
  if (entry.is_first_stale) {
    if (const auto found = next_selected(one, entry.first, entry.last)) {
      entry.first = found->sequence;
      entry.is_first_stale = false;
    }
  }
  if (entry.is_last_stale) {
    if (const auto found = last_selected(one, entry.first, entry.last)) {
      entry.last = found->sequence;
      entry.is_last_stale = false;
    }
  }
  return entry;
}

std::vector<SequenceRange> MessageIndex::missing() const {
  std::vector<SequenceRange> ranges;
  if (messages_ == 0) return ranges;
  uint64_t wanted = first_sequence_;
  const auto meet = [&ranges, &wanted](uint64_t sequence) {
    if (sequence > wanted) ranges.emplace_back(wanted, sequence - 1);
    wanted = sequence + 1;
  };
  for (const auto& segment : segments_) {
    std::optional<uint32_t> at = segment->next_live(0, segment->count());
    while (at) {
      meet(segment->sequence_at(*at));
      at = segment->next_live(*at + 1, segment->count());
    }
  }
  if (wanted <= last_sequence_) ranges.emplace_back(wanted, last_sequence_);
  return ranges;
}

uint64_t MessageIndex::bytes_of(SegmentIndex::Place place) const {
  const uint64_t content = place.size - std::min<uint64_t>(place.size, head_size(place));
  if (!is_file_) return 16 + content;
  return 30 + content + (place.has_headers ? 4 : 0);
}

bool MessageIndex::load(SegmentIndex& segment) {
  if (!segment.is_sealed()) return true;
  ++uses_;
  if (segment.is_loaded()) {
    if (loaded_.back() != segment.number()) note_use(segment);
    return true;
  }
  if (!scan(segment)) {
    segment.unload();
    return false;
  }
  kill_unfound(segment);
  note_use(segment);
  unload();
  return true;
}

bool MessageIndex::scan(SegmentIndex& segment) {
  auto scan = log_.scan(segment.number());
  if (!scan.ok()) return false;
  segment.begin_load();
  for (;;) {
    uint64_t budget = UINT64_MAX;
    const auto step = scan.value().step(budget);
    if (!step.ok()) return false;
    if (step.value().what == RecordLogScan::What::kEnd) return true;
    const Record& record = step.value().record;
    if (step.value().what != RecordLogScan::What::kRecord || !is_message_kind(record.kind) ||
        !record.sequence) {
      continue;
    }
    const auto message = decode_message(record.kind, record.payload);
    const auto ordinal = segment.find_live(*record.sequence);
    if (!message || !ordinal) continue;
    segment.set_loaded(*ordinal, place_of(*message, step.value().offset),
                       subjects_.find(message->subject));
  }
}

// Of a message that is not on the disk nobody knows the subject and the size; of all of them
// together the segment's summary does.
void MessageIndex::kill_unfound(SegmentIndex& segment) {
  std::vector<uint32_t> unfound;
  std::map<uint32_t, uint32_t> found;
  uint64_t found_size = 0;
  for (uint32_t i = 0; i < segment.count(); ++i) {
    if (!segment.is_live(i)) continue;
    if (segment.subject(i) == kNoSubject) unfound.push_back(i);
    found_size += segment.place(i).size;
  }
  if (unfound.empty()) return;
  for (uint32_t i = 0; i < segment.count(); ++i) {
    if (segment.is_live(i)) ++found[segment.subject(i)];
  }
  std::vector<uint32_t> subjects;
  for (const SegmentIndex::SubjectCount& each : segment.subject_counts()) {
    const uint32_t there = found.contains(each.subject) ? found[each.subject] : 0;
    for (uint32_t i = there; i < each.count; ++i) subjects.push_back(each.subject);
  }
  const uint64_t size = segment.live_size() - std::min(segment.live_size(), found_size);
  for (size_t i = 0; i < unfound.size(); ++i) {
    const uint64_t sequence = segment.sequence_at(unfound[i]);
    const SegmentIndex::Place place{.size = static_cast<uint32_t>(size / unfound.size()) &
                                            ((1u << 30) - 1)};
    note_lost({sequence, sequence}, place.size);
    kill({&segment, unfound[i], sequence}, place, i < subjects.size() ? subjects[i] : kNoSubject);
  }
}

void MessageIndex::note_lost(SequenceRange range, uint64_t bytes) {
  lost_.bytes += bytes;
  if (lost_.ranges.size() < kLostRangesMax) {
    lost_.ranges.push_back(range);
  } else {
    lost_.ranges.back().second = std::max(lost_.ranges.back().second, range.second);
  }
}

void MessageIndex::note_use(SegmentIndex& segment) {
  std::erase(loaded_, segment.number());
  loaded_.push_back(segment.number());
}

void MessageIndex::unload(uint64_t size) {
  uint64_t kept = 0;
  size_t first = loaded_.size();
  const auto segment_of = [this](uint64_t number) {
    const auto found = std::lower_bound(segments_.begin(), segments_.end(), number,
                                        [](const std::unique_ptr<SegmentIndex>& each,
                                           uint64_t wanted) { return each->number() < wanted; });
    return found != segments_.end() && (*found)->number() == number ? found->get() : nullptr;
  };
  while (first > 0) {
    const SegmentIndex* segment = segment_of(loaded_[first - 1]);
    const uint64_t more = segment == nullptr ? 0 : segment->loaded_memory();
    const bool is_kept = size > 0 && (loaded_.size() - first < 2 || kept + more <= size);
    if (!is_kept) break;
    kept += more;
    --first;
  }
  for (size_t i = 0; i < first; ++i) {
    SegmentIndex* segment = segment_of(loaded_[i]);
    if (segment != nullptr) segment->unload();
  }
  loaded_.erase(loaded_.begin(), loaded_.begin() + static_cast<ptrdiff_t>(first));
}

void MessageIndex::save(IndexWriter& to) const {
  to.put(messages_);
  to.put(bytes_);
  to.put(expiring_);
  to.put(first_sequence_);
  to.put(last_sequence_);
  subjects_.save(to);
  to.put(static_cast<uint64_t>(segments_.size()));
  for (const auto& segment : segments_) segment->save(to);
}

void MessageIndex::restore(IndexReader& from) {
  messages_ = from.take<uint64_t>();
  bytes_ = from.take<uint64_t>();
  expiring_ = from.take<uint64_t>();
  first_sequence_ = from.take<uint64_t>();
  last_sequence_ = from.take<uint64_t>();
  subjects_.restore(from);
  const auto segments = from.take<uint64_t>();
  uint64_t live = 0;
  for (uint64_t i = 0; i < segments && from.ok(); ++i) {
    auto segment = SegmentIndex::restore(from, subjects_.id_end());
    from.expect(segments_.empty() || (segments_.back()->number() < segment->number() &&
                                      segments_.back()->last_sequence() < segment->begin()));
    from.expect(segment->is_sealed() == (i + 1 < segments));
    if (from.ok()) live += segment->live_count();
    if (from.ok()) segments_.push_back(std::move(segment));
  }
  from.expect(live == messages_ && (messages_ == 0 || first_sequence_ <= last_sequence_));
  from.expect(segments_.empty() || segments_.back()->last_sequence() <= last_sequence_);
}

void MessageIndex::clear() {
  segments_.clear();
  subjects_.clear();
  loaded_.clear();
  messages_ = bytes_ = expiring_ = last_sequence_ = 0;
  first_sequence_ = 1;
}

uint64_t MessageIndex::snapshot_size() const {
  uint64_t size = subjects_.snapshot_size();
  for (const auto& segment : segments_) size += segment->snapshot_size();
  return size;
}

uint64_t MessageIndex::memory() const {
  uint64_t size = subjects_.memory();
  for (const auto& segment : segments_) {
    size += segment->resident_memory() + segment->loaded_memory();
  }
  return size;
}

}  // namespace myelin
