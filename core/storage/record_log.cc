#include "core/storage/record_log.h"

#include <algorithm>
#include <array>

#include "core/base/check.h"
#include "core/base/crc32c.h"

namespace myelin {
namespace {

constexpr uint32_t kJoinedMax = 4096;

}  // namespace

RecordLog::RecordLog(Storage& storage, Options options)
    : storage_(storage), options_(std::move(options)), salt_(options_.salt) {}

Status RecordLog::open(const Revisions& revisions) {
  const auto names = storage_.list(options_.folder + "/");
  if (!names.ok()) return names.error();
  std::map<uint64_t, std::vector<uint32_t>> found;
  for (const std::string& name : names.value()) {
    const auto parsed =
        parse_segment_file_name(std::string_view(name).substr(options_.folder.size() + 1));
    if (parsed) found[parsed->segment].push_back(parsed->revision);
  }
  gone_ = revisions.gone;
  for (auto& [number, numbers_revisions] : found) {
    if (number == UINT64_MAX) return Error{Errc::kCorrupt, "segment numbers have run out"};
    if (is_gone(number, number)) {
      TRY(remove_gone(number, numbers_revisions));
      continue;
    }
    TRY(choose_revision(number, std::move(numbers_revisions), revisions));
    next_number_ = number + 1;
  }
  std::map<uint64_t, SegmentHeader> headers;
  for (auto& [number, segment] : segments_) {
    std::optional<SegmentHeader> header;
    TRY(open_segment({number, segment.revision}, &header));
    if (!header) continue;
    segment.has_header = true;
    salt_ = header->key.salt;
    vouched_ = std::max(vouched_, header->synced);
    headers.emplace(number, *header);
  }
  place_segments(headers);
  if (!segments_.empty()) {
    at_ = {segments_.begin()->first, kSegmentHeaderSize};
    last_whole_ = at_;
  }
  return kOk;
}

// The owner's word counts. If that file is gone, an unfinished rewrite never replaces what it was
// made from; the newest before it does. What else there is under the number was left over by a
// rewrite, and goes if the file that counts has a header.
Status RecordLog::choose_revision(uint64_t number, std::vector<uint32_t> found,
                                  const Revisions& revisions) {
  const auto known = revisions.rewritten.find(number);
  const uint32_t wanted = known == revisions.rewritten.end() ? 0 : known->second;
  std::sort(found.begin(), found.end());
  auto chosen = std::upper_bound(found.begin(), found.end(), wanted);
  if (chosen != found.begin()) --chosen;
  const uint32_t used = std::max(wanted, found.back());
  if (used > 0) revisions_used_[number] = used;
  std::optional<SegmentHeader> header;
  TRY(open_segment({number, *chosen}, &header));
  for (const uint32_t revision : found) {
    if (revision == *chosen) continue;
    if (*chosen == wanted && header) {
      TRY(storage_.remove(segment_file_name(options_.folder, {number, revision})));
    } else {
      leftovers_[number].push_back(revision);
    }
  }
  return kOk;
}

// The power went before its removal was durable.
Status RecordLog::remove_gone(uint64_t segment, const std::vector<uint32_t>& revisions) {
  for (const uint32_t revision : revisions) {
    TRY(storage_.remove(segment_file_name(options_.folder, {segment, revision})));
  }
  return kOk;
}

bool RecordLog::is_gone(uint64_t first, uint64_t last) const {
  auto range = gone_.upper_bound(first);
  if (range == gone_.begin()) return false;
  --range;
  return range->first <= first && last <= range->second;
}

void RecordLog::note_gone(Revisions& revisions, uint64_t segment) {
  revisions.rewritten.erase(segment);
  uint64_t first = segment;
  uint64_t last = segment;
  const auto after = revisions.gone.upper_bound(segment);
  if (after != revisions.gone.begin()) {
    const auto before = std::prev(after);
    if (before->second >= segment) return;
    if (before->second + 1 == segment) first = before->first;
  }
  if (after != revisions.gone.end() && after->first == segment + 1) {
    last = after->second;
    revisions.gone.erase(after);
  }
  revisions.gone[first] = last;
}

Status RecordLog::open_segment(SegmentName name, std::optional<SegmentHeader>* header) {
  const auto file = storage_.open(segment_file_name(options_.folder, name));
  if (!file.ok()) return file.error();
  const auto size = storage_.size(file.value());
  if (!size.ok()) return size.error();
  std::array<std::byte, kSegmentHeaderSize> bytes;
  const auto read = storage_.read(file.value(), 0, bytes);
  if (!read.ok()) return read.error();
  *header = decode_segment_header(Bytes(bytes).first(static_cast<size_t>(read.value())));
  if (*header && (*header)->version != kSegmentVersion) {
    return Error{Errc::kUnsupported, "the store was written by another version"};
  }
  // A header in the wrong file says nothing about this one.
  if (*header &&
      ((*header)->key.segment != name.segment || (*header)->key.revision != name.revision)) {
    header->reset();
  }
  segments_[name.segment] = {.revision = name.revision, .file = file.value(), .size = size.value()};
  return kOk;
}

void RecordLog::place_segments(const std::map<uint64_t, SegmentHeader>& headers) {
  uint64_t end = 0;
  for (auto& [number, segment] : segments_) {
    const auto header = headers.find(number);
    segment.base = header == headers.end() ? end : header->second.base;
    // What a segment holds beyond the base of the next was cut before that one began; the power
    // went before the cut was durable.
    const auto next = headers.find(number + 1);
    if (segment.has_header && segment.revision == 0 && next != headers.end() &&
        next->second.base >= segment.base) {
      segment.size = std::min(segment.size, next->second.base - segment.base);
    }
    end = segment.base + segment.size;
  }
  // Where no header says it, a segment begins as late as it can: a guess must not make something
  // synced that was not.
  std::optional<uint64_t> next_base;
  for (auto each = segments_.rbegin(); each != segments_.rend(); ++each) {
    Segment& segment = each->second;
    if (!segment.has_header && next_base) {
      segment.base = std::max(segment.base, *next_base - std::min(*next_base, segment.size));
    }
    next_base = segment.base;
  }
}

void RecordLog::recover_from(Position from) {
  const auto segment = segments_.find(from.segment);
  if (segment == segments_.end() || from.offset > segment->second.size ||
      from.offset < kSegmentHeaderSize) {
    return;  // The index knows what the disk does not: everything is read again.
  }
  at_ = from;
  last_whole_ = from;
}

Result<RecordLog::Recovered> RecordLog::recover(uint64_t& budget) {
  while (!is_recovered_) {
    if (budget == 0) return Recovered{.what = Recovered::What::kMore};
    if (!scan_ && !begin_segment_scan()) {
      TRY(finish_recovery());
      break;
    }
    const auto stepped = scan_->step(budget);
    if (!stepped.ok()) return stepped.error();
    const RecordLogScan::Step& step = stepped.value();
    switch (step.what) {
      case RecordLogScan::What::kMore:
        return Recovered{.what = Recovered::What::kMore};
      case RecordLogScan::What::kEnd:
        end_segment_scan();
        break;
      case RecordLogScan::What::kDamage:
        add_lost({at_.segment, step.offset}, step.end - step.offset);
        break;
      case RecordLogScan::What::kRecord: {
        const Position position{at_.segment, step.offset};
        last_whole_ = {at_.segment, step.end};
        hear_voucher(position, step.open_size);
        saw_end_ = step.record.kind == kRecordKindEnd;
        if (step.record.kind > kRecordKindMax) {
          take_own_record(step);
          break;
        }
        return Recovered{Recovered::What::kRecord, position, step.record};
      }
    }
  }
  return Recovered{.what = Recovered::What::kDone};
}

bool RecordLog::begin_segment_scan() {
  const auto found = segments_.lower_bound(at_.segment);
  if (found == segments_.end()) return false;
  const auto& [number, segment] = *found;
  if (number != at_.segment) at_ = {number, kSegmentHeaderSize};
  saw_end_ = false;
  if (!segment.has_header) {
    // Whether this is damage or a torn creation is seen when it is known what follows.
    add_lost({number, 0}, std::min<uint64_t>(segment.size, kSegmentHeaderSize));
  }
  scan_.emplace(storage_, segment.file, key_of(number, segment), at_.offset, segment.size);
  return true;
}

// What the next segment says about the end of this one.
void RecordLog::end_segment_scan() {
  scan_.reset();
  const auto found = segments_.find(at_.segment);
  const Segment& segment = found->second;
  const auto next = std::next(found);
  const uint64_t segment_end = segment.base + segment.size;
  if (segment.revision > 0 && !saw_end_) add_lost({at_.segment, segment.size}, 0);
  const bool has_gap = next != segments_.end() && next->first != at_.segment + 1 &&
                       !is_gone(at_.segment + 1, next->first - 1);
  if (has_gap) {
    const uint64_t gap = next->second.base - std::min(next->second.base, segment_end);
    add_lost({at_.segment + 1, 0}, gap);
  } else if (next != segments_.end() && next->first == at_.segment + 1 && segment.revision == 0 &&
             segment.has_header && segment_end < next->second.base) {
    add_lost({at_.segment, segment.size}, next->second.base - segment_end);
  }
  at_ = {at_.segment + 1, kSegmentHeaderSize};
}

void RecordLog::add_lost(Position from, uint64_t size) {
  if (lost_.size() < kLostRangesMax) {
    lost_.push_back({from, size});
    return;
  }
  LostRange& last = lost_.back();
  const uint64_t begin = log_offset(last.from);
  const uint64_t end = log_offset(from) + size;
  last.size = std::max(last.size, end - std::min(begin, end));
}

// The most important `if` in the project: is the end of the log torn, or is it damaged?
Status RecordLog::finish_recovery() {
  bool has_headers = segments_.empty();
  bool is_torn_creation = true;
  for (const auto& [number, segment] : segments_) {
    has_headers = has_headers || segment.has_header;
    is_torn_creation = is_torn_creation && segment.size <= kSegmentHeaderSize;
  }
  const bool is_unreadable = !has_headers && !is_torn_creation;
  const bool is_vouched = !segments_.empty() && vouched_ > log_offset(last_whole_);
  if (!is_unreadable && !is_vouched) {
    TRY(cut_after(last_whole_));
    // Nothing is written over what was cut: until the cut is durable, a crash may mix the two. Nor
    // behind damage, which may begin like a record that is written again.
    const bool is_tail_damaged =
        std::any_of(lost_.begin(), lost_.end(),
                    [this](const LostRange& range) { return range.from.segment == tail(); });
    is_tail_open_ = cut_size_ == 0 && !segments_.empty() && !is_tail_damaged &&
                    segments_.rbegin()->second.revision == 0 &&
                    segments_.rbegin()->second.has_header;
  }
  judge_lost();
  synced_ = std::min(vouched_, end());
  for (auto& [number, segment] : segments_) {
    segment.is_unsynced = segment.is_unsynced || segment.base + segment.size > synced_;
  }
  is_recovered_ = true;
  return kOk;
}

// Without its segment's header, where a record stands in the log is only guessed.
void RecordLog::hear_voucher(Position at, uint32_t open_size) {
  const Segment& segment = segments_.at(at.segment);
  const uint64_t offset = segment.base + at.offset;
  if (!segment.has_header || open_size == kVouchesNothing || open_size > offset) return;
  vouched_ = std::max(vouched_, offset - open_size);
}

void RecordLog::take_own_record(const RecordLogScan::Step& step) {
  if (step.record.kind != kRecordKindUnsure || known_unsure_.size() == kLostRangesMax) return;
  if (const auto range = decode_unsure_range(step.record.payload)) known_unsure_.push_back(*range);
}

void RecordLog::judge_lost() {
  for (LostRange& range : lost_) {
    if (is_known_unsure(range)) continue;
    const uint64_t offset = log_offset(range.from);
    range.was_synced = latest_log_offset(range.from) < vouched_;
    if (range.was_synced) continue;
    unsure_.push_back({range.from.segment, range.from.offset, range.size});
    vouches_max_ = std::min(vouches_max_, offset);
  }
  if (unsure_.empty()) unsure_end_ = 0;
  known_unsure_ = {};
}

bool RecordLog::is_known_unsure(const LostRange& range) const {
  for (const UnsureRange& known : known_unsure_) {
    if (known.segment == range.from.segment && known.offset <= range.from.offset &&
        range.from.offset - known.offset <= known.size &&
        range.size <= known.size - (range.from.offset - known.offset)) {
      return true;
    }
  }
  return false;
}

// Deletes what follows the last whole record. Without one in any segment whose header can be read,
// that is everything.
Status RecordLog::cut_after(Position last) {
  while (!lost_.empty() && lost_.back().from >= last) lost_.pop_back();
  while (!segments_.empty()) {
    const uint64_t number = segments_.rbegin()->first;
    Segment& segment = segments_.rbegin()->second;
    const bool holds_last = number == last.segment && segment.size >= last.offset &&
                            (segment.has_header || last.offset > kSegmentHeaderSize);
    if (holds_last) {
      const auto size = storage_.size(segment.file);
      if (!size.ok()) return size.error();
      if (size.value() <= last.offset) return kOk;
      cut_size_ += size.value() - last.offset;
      segment.size = last.offset;
      segment.is_unsynced = true;
      return storage_.truncate(segment.file, last.offset);
    }
    if (number < last.segment) return kOk;
    cut_size_ += segment.size;
    next_number_ = number;
    while (!lost_.empty() && lost_.back().from >= Position{number, 0}) lost_.pop_back();
    TRY(remove_segment(number));
  }
  return kOk;
}

// Where it stands at the latest: without its segment's header, somewhere before the next known
// base.
uint64_t RecordLog::latest_log_offset(Position at) const {
  auto segment = segments_.find(at.segment);
  if (segment == segments_.end() || segment->second.has_header) return log_offset(at);
  while (segment != segments_.end() && !segment->second.has_header) ++segment;
  return segment == segments_.end() ? UINT64_MAX : std::max(segment->second.base, uint64_t{1}) - 1;
}

uint64_t RecordLog::log_offset(Position at) const {
  const auto segment = segments_.find(at.segment);
  if (segment != segments_.end()) return segment->second.base + at.offset;
  // Of a segment that is missing: where the one before it ends.
  const auto next = segments_.lower_bound(at.segment);
  if (next == segments_.begin()) return 0;
  const Segment& before = std::prev(next)->second;
  return before.base + before.size;
}

Status RecordLog::reserve(uint64_t size) {
  INVARIANT(is_recovered_);
  if (offline_) return *offline_;
  if (size > UINT64_MAX / 4) return Error{Errc::kInvalid, "reserve"};
  size += unsure_.size() * record_size(kUnsureRangeSize, false);
  if (size <= reserved_) return kOk;
  if (is_tail_open_) {
    Segment& tail = segments_.rbegin()->second;
    const bool is_empty = tail.size == kSegmentHeaderSize;
    if (is_empty || tail.size + size <= options_.segment_size) {
      TRY(storage_.reserve(tail.file, size));
      reserved_ = size;
      return kOk;
    }
  }
  if (next_number_ == UINT64_MAX) return Error{Errc::kFull, "segment numbers have run out"};
  auto created = create_segment({next_number_, 0}, end(), size);
  if (!created.ok()) return created.error();
  segments_.emplace(next_number_++, created.value());
  is_tail_open_ = true;
  reserved_ = size;
  return kOk;
}

Status RecordLog::end_segment(uint64_t size) {
  const uint64_t reserved = std::exchange(reserved_, 0);
  const bool was_open = std::exchange(is_tail_open_, false);
  const Status begun = reserve(size);
  if (begun.ok()) return kOk;
  reserved_ = reserved;
  is_tail_open_ = was_open;
  return begun.error();
}

Result<RecordLog::Segment> RecordLog::create_segment(SegmentName name, uint64_t base,
                                                     uint64_t reserved) {
  const std::string file_name = segment_file_name(options_.folder, name);
  const auto file = storage_.open(file_name);
  if (!file.ok()) return file.error();
  const auto present = storage_.size(file.value());
  if (!present.ok()) return present.error();
  if (present.value() != 0) return Error{Errc::kCorrupt, "in the way: " + file_name};
  const SegmentHeader header{.key = {salt_, name.segment, name.revision},
                             .base = base,
                             .synced = name.revision == 0 ? vouches() : 0};
  Status made = storage_.reserve(file.value(), kSegmentHeaderSize + reserved);
  if (made.ok()) {
    const auto written = storage_.append(file.value(), encode_segment_header(header));
    if (!written.ok()) made = written.error();
  }
  if (!made.ok()) {
    TRY(storage_.remove(file_name));
    return made.error();
  }
  return Segment{.revision = name.revision,
                 .file = file.value(),
                 .base = base,
                 .size = kSegmentHeaderSize,
                 .has_header = true,
                 .is_unsynced = true};
}

Result<RecordLog::Position> RecordLog::append(uint8_t kind, std::optional<uint64_t> sequence,
                                              std::span<const Bytes> payload) {
  INVARIANT(kind > 0 && kind <= kRecordKindMax);
  uint64_t size = 0;
  for (const Bytes part : payload) size += part.size();
  if (size > kRecordPayloadMax) return Error{Errc::kInvalid, "the record is too large"};
  TRY(reserve(record_size(size, sequence.has_value())));
  TRY(append_unsure());
  return append_reserved(kind, sequence, payload);
}

Result<RecordLog::Position> RecordLog::append_reserved(uint8_t kind,
                                                       std::optional<uint64_t> sequence,
                                                       std::span<const Bytes> payload) {
  auto& [number, tail] = *segments_.rbegin();
  const uint64_t open_size = tail.base + tail.size - vouches();
  const RecordHeader header{
      .open_size = static_cast<uint32_t>(std::min<uint64_t>(open_size, kVouchesNothing)),
      .kind = kind,
      .sequence = sequence};
  const auto offset = write_record(number, tail, header, payload);
  if (!offset.ok()) return offset.error();
  const uint64_t size = tail.size - offset.value();
  reserved_ -= std::min(reserved_, size);
  return Position{number, offset.value()};
}

Status RecordLog::append_unsure() {
  if (unsure_.empty()) return kOk;
  for (const UnsureRange& range : unsure_) {
    const auto encoded = encode_unsure_range(range);
    const std::array<Bytes, 1> payload = {encoded};
    const auto at = append_reserved(kRecordKindUnsure, std::nullopt, payload);
    if (!at.ok()) {
      take_offline(at.error());
      return at.error();
    }
  }
  unsure_.clear();
  unsure_end_ = end();
  return kOk;
}

// A record of which a part could not be written would hide the next one: the log ends there.
Result<uint64_t> RecordLog::write_record(uint64_t number, Segment& segment, RecordHeader header,
                                         std::span<const Bytes> payload) {
  for (const Bytes part : payload) {
    header.size += static_cast<uint32_t>(part.size());
    header.payload_crc = crc32c(header.payload_crc, part);
  }
  const uint64_t offset = segment.size;
  const auto encoded = encode_record_header(header, key_of(number, segment), offset);
  segment.is_unsynced = true;
  // Calls of Storage cost more than copying a little.
  if (header.size <= kJoinedMax) {
    joined_.assign(encoded.view().begin(), encoded.view().end());
    for (const Bytes part : payload) joined_.insert(joined_.end(), part.begin(), part.end());
    TRY(write_part(segment, joined_));
    return offset;
  }
  TRY(write_part(segment, encoded.view()));
  for (const Bytes part : payload) {
    const Status written = write_part(segment, part);
    if (written.ok()) continue;
    take_offline(written.error());
    return written.error();
  }
  return offset;
}

Status RecordLog::write_part(Segment& segment, Bytes part) {
  const auto written = storage_.append(segment.file, part);
  if (!written.ok()) return written.error();
  if (written.value() != segment.size) {
    take_offline({Errc::kCorrupt, "somebody else wrote to the log"});
    return *offline_;
  }
  segment.size += part.size();
  return kOk;
}

Result<Record> RecordLog::read(Position at, RecordWindows& windows, uint64_t payload_size) const {
  const auto found = segments_.find(at.segment);
  if (found == segments_.end()) return Error{Errc::kNotFound, "no such segment"};
  const Segment& segment = found->second;
  if (at.offset >= segment.size) return Error{Errc::kCorrupt, "no whole record"};
  const uint64_t left = segment.size - at.offset;
  const auto window = [&](uint64_t size) {
    return windows.read(storage_, segment.file, at.offset, std::min(size, left), segment.size);
  };
  auto bytes = window(kRecordHeaderSizeMax + payload_size);
  if (!bytes.ok()) return bytes.error();
  const auto header = decode_record_header(bytes.value(), key_of(at.segment, segment), at.offset);
  if (!header || header->kind == kRecordKindEnd) return Error{Errc::kCorrupt, "no whole record"};
  const uint64_t start = record_header_size(header->sequence.has_value());
  if (bytes.value().size() < start + header->size) {
    bytes = window(start + header->size);
    if (!bytes.ok()) return bytes.error();
  }
  if (bytes.value().size() < start + header->size) {
    return Error{Errc::kCorrupt, "no whole record"};
  }
  const Bytes payload = bytes.value().subspan(static_cast<size_t>(start), header->size);
  if (crc32c(0, payload) != header->payload_crc) return Error{Errc::kCorrupt, "no whole record"};
  return Record{header->kind, header->sequence, payload};
}

Result<RecordLog::Peeked> RecordLog::peek(Position at, RecordWindows& windows) const {
  const auto found = segments_.find(at.segment);
  if (found == segments_.end()) return Error{Errc::kNotFound, "no such segment"};
  const Segment& segment = found->second;
  const uint64_t left = segment.size - std::min(segment.size, at.offset);
  const auto bytes = windows.read(storage_, segment.file, at.offset,
                                  std::min<uint64_t>(left, kRecordHeaderSizeMax), segment.size);
  if (!bytes.ok()) return bytes.error();
  const auto header = decode_record_header(bytes.value(), key_of(at.segment, segment), at.offset);
  const uint64_t size = header ? record_header_size(header->sequence.has_value()) : 0;
  if (!header || left - size < header->size) return Error{Errc::kCorrupt, "no whole record"};
  return Peeked{header->kind, header->sequence, at.offset + size + header->size};
}

void RecordLog::collect_unsynced(std::vector<FileId>& files) const {
  for (const auto& [number, segment] : segments_) {
    if (segment.is_unsynced) files.push_back(segment.file);
  }
  if (rewrite_ && rewrite_->segment.is_unsynced) files.push_back(rewrite_->segment.file);
}

void RecordLog::sync_asked(SyncTicket ticket) {
  if (offline_) return;
  Asked asked{.ticket = ticket, .end = end()};
  collect_unsynced(asked.files);
  for (auto& [number, segment] : segments_) segment.is_unsynced = false;
  if (rewrite_) rewrite_->segment.is_unsynced = false;
  asked_.push_back(std::move(asked));
}

void RecordLog::on_synced(SyncTicket ticket, const FileErrors& failed) {
  const auto asked = std::find_if(asked_.begin(), asked_.end(),
                                  [ticket](const Asked& each) { return each.ticket == ticket; });
  if (asked == asked_.end()) return;
  asked->is_done = true;
  const auto failure = std::find_if(failed.begin(), failed.end(), [&asked](const FileError& each) {
    return each.file == kAllNames ||
           std::find(asked->files.begin(), asked->files.end(), each.file) != asked->files.end();
  });
  if (failure != failed.end()) return take_offline(failure->error);
  // A later ticket says nothing about what an earlier one still holds.
  while (!asked_.empty() && asked_.front().is_done) {
    synced_ = std::max(synced_, asked_.front().end);
    asked_.pop_front();
  }
}

void RecordLog::take_offline(Error error) {
  if (!offline_) offline_ = Error{error.code, "the log is offline: " + error.context};
  asked_.clear();
}

uint64_t RecordLog::end() const {
  if (segments_.empty()) return vouched_;
  const Segment& last = segments_.rbegin()->second;
  return std::max(vouched_, last.base + last.size);
}

// Up to where a header may say that everything was synced.
uint64_t RecordLog::vouches() const {
  return synced_ >= unsure_end_ ? synced_ : std::min(synced_, vouches_max_);
}

std::vector<RecordLog::SegmentInfo> RecordLog::segments() const {
  std::vector<SegmentInfo> all;
  all.reserve(segments_.size());
  for (const auto& [number, segment] : segments_) {
    all.push_back({number, segment.size, segment.revision});
  }
  return all;
}

RecordLog::Revisions RecordLog::revisions() const {
  Revisions revisions;
  for (const auto& [number, segment] : segments_) {
    if (segment.revision > 0) revisions.rewritten[number] = segment.revision;
  }
  // What lies before the first segment needs no word.
  for (const auto& [first, last] : gone_) {
    if (last > front()) revisions.gone[first] = last;
  }
  return revisions;
}

Result<RecordLogScan> RecordLog::scan(uint64_t number) {
  const auto found = segments_.find(number);
  if (found == segments_.end()) return Error{Errc::kNotFound, "no such segment"};
  const Segment& segment = found->second;
  return RecordLogScan(storage_, segment.file, key_of(number, segment), kSegmentHeaderSize,
                       segment.size);
}

}  // namespace myelin
