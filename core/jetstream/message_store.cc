#include "core/jetstream/message_store.h"

#include <algorithm>
#include <array>

#include "core/base/check.h"
#include "core/jetstream/expiry_queue.h"
#include "core/jetstream/message_index.h"
#include "core/jetstream/message_locator.h"
#include "core/jetstream/removals.h"
#include "core/jetstream/store_manifest.h"
#include "core/jetstream/store_snapshot.h"
#include "core/jetstream/store_upkeep.h"
#include "core/storage/record_log.h"

namespace myelin {
namespace {

// A segment's offsets take four bytes in the index.
constexpr uint64_t kIndexedSizeMax = uint64_t{1} << 30;
// Kept free in the tail, so that a full disk still takes removals.
constexpr uint64_t kSpareRoom = 256;
// So that one beyond the last is a number too, in every loop from one message to the next.
constexpr uint64_t kLastSequenceMax = UINT64_MAX - 1;
// Removals that wait for the next sync in memory; more are written down at once.
constexpr size_t kUnwrittenRemovalsMax = 2048;

}  // namespace

class MessageStore::Impl {
 public:
  Impl(Storage& storage, Options options)
      : storage_(storage),
        options_(std::move(options)),
        log_(storage, {.folder = options_.folder,
                       .segment_size = std::min(options_.segment_size, kIndexedSizeMax),
                       .salt = options_.salt}),
        index_(log_, options_.is_file),
        manifest_(storage, options_.folder),
        snapshot_(storage, options_.folder, log_, index_, expiry_) {}

  Status open();
  Result<bool> recover(uint64_t& budget);
  const LostMessages& lost();
  uint64_t cut_size() const { return log_.cut_size(); }

  const StoreState& state();
  MessageIndex& index() { return index_; }
  Removals& removals() { return removals_; }

  void set_compresses(bool compresses) { options_.compresses = compresses; }
  Result<uint64_t> append(const NewMessage& message);
  Result<uint64_t> skip_to(uint64_t last_sequence, WallTime time);
  Result<bool> remove(uint64_t sequence);
  Result<uint64_t> erase(uint64_t sequence);
  uint64_t erased() const { return upkeep_.erased(); }
  Result<uint64_t> purge(const SubjectFilter& filter, uint64_t below, uint64_t keep);
  Status destroy();

  std::optional<StoredMessage> load(uint64_t sequence);
  std::optional<StoredMessage> next(const SubjectFilter& filter, uint64_t from, uint64_t to);
  std::optional<StoredMessage> last(const SubjectFilter& filter, uint64_t to);
  SubjectSummary subject(std::string_view subject);
  SubjectSummary summary(uint32_t id);
  uint64_t sequence_at(WallTime time);

  std::optional<Expiry> next_expiry();
  bool has_expiry(uint64_t sequence);

  void collect_unsynced(std::vector<FileId>& files);
  void sync_asked(SyncTicket ticket);
  void on_synced(SyncTicket ticket, const FileErrors& failed);
  const std::optional<Error>& offline() const { return log_.offline(); }

  bool work(uint64_t budget, bool wants_snapshot);
  bool wants_sync() const {
    return options_.is_file && (upkeep_.wants_sync() || snapshot_.wants_sync());
  }
  uint64_t memory() const;

 private:
  using Found = MessageIndex::Found;

  void take_recovered(RecordLog::Position at, const Record& record);
  void take_message(RecordLog::Position at, const Record& record);
  void find_segment_begun(uint64_t number);
  void pass_recovered(uint64_t last_sequence, bool is_given);
  void finish_recovery();

  Status make_room(uint64_t size, bool ends_segment = false);
  Status append_mark(uint64_t last_sequence, WallTime last_time);
  Status write_removals();
  void settle();
  void forget_unused();
  Status remove_all(uint64_t below);
  std::optional<RecordLog::Position> position_of(const Found& found, RecordWindows& windows);
  std::optional<StoredMessage> read(const Found& found);
  std::optional<MessageRecord> read_record(const Found& found, RecordWindows& windows);
  bool kill(const Found& found);
  void note_lost(const Found& found);
  void tidy();

  Storage& storage_;
  Options options_;
  RecordLog log_;
  MessageIndex index_;
  ExpiryQueue expiry_;
  MessageLocator locator_{log_};
  StoreManifest manifest_;
  StoreUpkeep upkeep_{manifest_, log_, index_, locator_};
  StoreSnapshot snapshot_;
  uint64_t changes_seen_ = 0;  // of upkeep's
  uint64_t index_uses_seen_ = 0;
  uint64_t reads_seen_ = 0;
  Removals removals_;
  StoreState state_;
  uint64_t first_time_of_ = 0;  // the sequence whose time state_.first_time is
  LostMessages lost_;
  RecordWindows windows_;
  std::optional<std::string> plain_;  // the content last decompressed
  // Of questions that must not disturb what a reader was lent.
  RecordWindows side_windows_;

  // Recovery.
  size_t lost_seen_ = 0;  // of the log's
  bool is_damaged_ = false;
};

Status MessageStore::Impl::open() {
  const auto revisions = manifest_.read();
  if (!revisions.ok()) return revisions.error();
  TRY(log_.open(revisions.value()));
  if (options_.reads_all) return kOk;
  const auto last_time = snapshot_.restore();
  if (!last_time.ok()) return last_time.error();
  if (last_time.value()) state_.last_time = *last_time.value();
  return kOk;
}

Result<bool> MessageStore::Impl::recover(uint64_t& budget) {
  for (;;) {
    const auto found = log_.recover(budget);
    if (!found.ok()) return found.error();
    switch (found.value().what) {
      case RecordLog::Recovered::What::kMore:
        return false;
      case RecordLog::Recovered::What::kDone:
        finish_recovery();
        return true;
      case RecordLog::Recovered::What::kRecord:
        take_recovered(found.value().position, found.value().record);
    }
  }
}

void MessageStore::Impl::take_recovered(RecordLog::Position at, const Record& record) {
  is_damaged_ = is_damaged_ || log_.lost().size() > lost_seen_;
  lost_seen_ = log_.lost().size();
  find_segment_begun(at.segment);
  if (is_message_kind(record.kind)) {
    take_message(at, record);
  } else if (record.kind == kRecordKindRemoved) {
    for (const auto& [first, last] : decode_ranges(record.payload)) {
      index_.kill_range(first, last);
    }
  } else if (record.kind == kRecordKindMark) {
    const auto mark = decode_mark(record.payload);
    if (mark) index_.segments().back()->note_mark(log_.end());
    if (!mark || mark->last_sequence < index_.last_sequence()) return;
    pass_recovered(mark->last_sequence, false);
    state_.last_time = mark->last_time;
  }
}

void MessageStore::Impl::take_message(RecordLog::Position at, const Record& record) {
  const auto message = decode_message(record.kind, record.payload);
  if (!message || !record.sequence || at.offset > UINT32_MAX) return;
  const uint64_t sequence = *record.sequence;
  if (sequence <= index_.last_sequence() || !index_.can_add(sequence)) return;
  pass_recovered(sequence - 1, true);
  index_.add(sequence, MessageIndex::place_of(*message, at.offset), message->subject,
             message->time);
  if (message->expires) expiry_.add({*message->expires, sequence});
  state_.last_time = message->time;
}

void MessageStore::Impl::find_segment_begun(uint64_t number) {
  const auto& segments = index_.segments();
  if (segments.empty() || segments.back()->number() < number) index_.begin_segment(number);
}

// The sequences up to here were given out. If there was damage on the way, theirs are the messages
// that are lost.
void MessageStore::Impl::pass_recovered(uint64_t last_sequence, bool is_given) {
  const uint64_t before = index_.last_sequence();
  const bool is_first = index_.segments().size() == 1 && index_.segments().front()->count() == 0;
  if (is_damaged_ && last_sequence > before && !(is_first && !is_given)) {
    index_.note_lost({before + 1, last_sequence}, 0);
  }
  is_damaged_ = false;
  index_.pass(last_sequence);
}

void MessageStore::Impl::finish_recovery() {
  for (const RecordLog::LostRange& range : log_.lost()) index_.lost().bytes += range.size;
  find_segment_begun(log_.tail());
  if (log_.tail() == 0) index_.segments().clear();
  // A crash may have kept the first segment and nothing of what it says.
  if (index_.last_sequence() + 1 < options_.first_sequence) {
    index_.pass(options_.first_sequence - 1);
  }
  tidy();
  index_.unload(0);
}

const MessageStore::LostMessages& MessageStore::Impl::lost() {
  lost_ = {index_.lost().ranges, index_.lost().bytes};
  return lost_;
}

const StoreState& MessageStore::Impl::state() {
  state_.messages = index_.messages();
  state_.bytes = index_.bytes();
  state_.first_sequence = index_.first_sequence();
  state_.last_sequence = index_.last_sequence();
  if (state_.messages == 0) {
    state_.first_time = {};
    first_time_of_ = 0;
  } else if (first_time_of_ != state_.first_sequence) {
    first_time_of_ = state_.first_sequence;
    if (const auto found = index_.find(first_time_of_)) {
      const auto message = read_record(*found, side_windows_);
      if (message) state_.first_time = message->time;
    }
  }
  return state_;
}

// Room for records of `size` bytes, for what else is waiting to be written, and for a new segment's
// mark. If a segment begins, it says what came before it.
Status MessageStore::Impl::make_room(uint64_t size, bool ends_segment) {
  const uint64_t removals =
      RecordLog::record_size(removals_.unwritten_size_max() + kEncodedRangeSizeMax, false);
  const uint64_t mark = RecordLog::record_size(kMarkSize, false);
  const uint64_t room = size + removals + mark + kSpareRoom;
  const auto& segments = index_.segments();
  if (ends_segment || !index_.can_add(index_.last_sequence() + 1)) {
    TRY(log_.end_segment(room));
  } else {
    TRY(log_.reserve(room));
  }
  const bool has_begun = segments.empty() || segments.back()->number() != log_.tail();
  if (has_begun) {
    index_.begin_segment(log_.tail());
    index_.unload();
    snapshot_.note_change(options_.segment_size);
  }
  if (segments.back()->mark_end()) return kOk;
  return append_mark(index_.last_sequence(), state_.last_time);
}

Status MessageStore::Impl::append_mark(uint64_t last_sequence, WallTime last_time) {
  const auto encoded = encode_mark({last_sequence, last_time});
  const std::array<Bytes, 1> payload = {encoded};
  TRY(log_.append(kRecordKindMark, std::nullopt, payload));
  index_.segments().back()->note_mark(log_.end());
  return kOk;
}

Result<uint64_t> MessageStore::Impl::append(const NewMessage& message) {
  const uint64_t last = index_.last_sequence();
  const uint64_t sequence = message.sequence == 0 ? last + 1 : message.sequence;
  if (sequence > kLastSequenceMax) return Error{Errc::kInvalid, "sequences have run out"};
  if (sequence <= last) return Error{Errc::kInvalid, "the sequence is given already"};
  if (message.subject.empty() || message.subject.size() > kMessageSubjectSizeMax ||
      message.header_size > message.content.size() || message.content.size() > kRecordPayloadMax) {
    return Error{Errc::kInvalid, "no message"};
  }
  MessageRecord record{.time = message.time,
                       .expires = message.expires,
                       .subject = message.subject,
                       .content = message.content,
                       .header_size = message.header_size};
  const size_t plain_size = plain_payload_size(record);
  if (plain_size > kRecordPayloadMax) return Error{Errc::kInvalid, "the message is too large"};
  const auto compressed =
      options_.compresses ? compress_content(options_.codec, message.content) : std::nullopt;
  if (compressed) {
    record.content = *compressed;
    record.plain_size = static_cast<uint32_t>(message.content.size());
  }
  const EncodedMessageHead head = encode_message_head(record);
  const size_t size = head.size + record.subject.size() + record.content.size();
  index_.pass(sequence - 1);
  TRY(make_room(RecordLog::record_size(size, true)));
  const std::array<Bytes, 3> payload = {head.view(), as_bytes(record.subject),
                                        as_bytes(record.content)};
  const auto at = log_.append(kind_of(record), sequence, payload);
  if (!at.ok()) return at.error();
  index_.add(sequence, MessageIndex::place_of(record, at.value().offset), message.subject,
             message.time);
  if (message.expires) expiry_.add({*message.expires, sequence});
  state_.last_time = message.time;
  return sequence;
}

Result<uint64_t> MessageStore::Impl::skip_to(uint64_t last_sequence, WallTime time) {
  if (last_sequence > kLastSequenceMax) return Error{Errc::kInvalid, "sequences have run out"};
  if (last_sequence <= index_.last_sequence()) {
    return Error{Errc::kInvalid, "the sequence is given already"};
  }
  TRY(make_room(RecordLog::record_size(kMarkSize, false)));
  TRY(append_mark(last_sequence, time));
  index_.pass(last_sequence);
  state_.last_time = time;
  return last_sequence;
}

Result<bool> MessageStore::Impl::remove(uint64_t sequence) {
  auto found = index_.find(sequence);
  if (!found) return false;
  TRY(make_room(0));
  if (!kill(*found)) return Error{Errc::kIo, "the message cannot be read"};
  upkeep_.note_removal(*found->segment);
  removals_.add(sequence, sequence);
  if (!options_.is_file) removals_.forget_unwritten();
  if (removals_.unwritten_size_max() > kUnwrittenRemovalsMax) TRY(write_removals());
  tidy();
  return true;
}

Result<uint64_t> MessageStore::Impl::erase(uint64_t sequence) {
  const auto found = index_.find(sequence);
  if (!found) return uint64_t{0};
  const uint64_t segment = found->segment->number();
  // What is written to cannot be rewritten.
  if (segment == log_.tail()) TRY(make_room(0, true));
  const auto removed = remove(sequence);
  if (!removed.ok()) return removed.error();
  return upkeep_.erase(segment);
}

Result<uint64_t> MessageStore::Impl::purge(const SubjectFilter& filter, uint64_t below,
                                           uint64_t keep) {
  const uint64_t last = index_.last_sequence();
  const uint64_t to = below == 0 || below > last ? last : below - 1;
  const uint64_t there = index_.count(filter, 0, to);
  if (there == index_.messages() && keep == 0 && (filter.is_all() || there > 0)) {
    TRY(remove_all(below));
    return there;
  }
  uint64_t wanted = there - std::min(there, keep);
  uint64_t purged = 0;
  std::optional<Found> found;
  for (uint64_t from = 0; wanted > 0; --wanted, from = found->sequence + 1) {
    found = index_.next(filter, from, to);
    if (!found) break;
    const auto removed = remove(found->sequence);
    if (!removed.ok()) return removed.error();
    purged += removed.value();
  }
  return purged;
}

Status MessageStore::Impl::remove_all(uint64_t below) {
  TRY(make_room(RecordLog::record_size(kMarkSize, false)));
  const uint64_t last = index_.last_sequence();
  if (index_.messages() > 0) {
    removals_.add(index_.first_sequence(), last);
    index_.kill_all();
    upkeep_.look_again();
    expiry_ = {};
  }
  if (below > last + 1) {
    TRY(append_mark(below - 1, state_.last_time));
    index_.pass(below - 1);
  }
  return kOk;
}

Status MessageStore::Impl::write_removals() {
  if (!removals_.has_unwritten()) return kOk;
  if (log_.offline()) return *log_.offline();
  // Room was made when they were removed; a segment that must begin for them begins with a mark.
  const Status room = make_room(0);
  const std::string ranges = removals_.write_down();
  const std::array<Bytes, 1> payload = {as_bytes(ranges)};
  const auto written = log_.append(kRecordKindRemoved, std::nullopt, payload);
  if (written.ok()) return kOk;
  // They have been promised.
  log_.take_offline(room.ok() ? written.error() : room.error());
  return written.error();
}

// What removals leave behind in memory.
void MessageStore::Impl::tidy() {
  if (index_.subjects().wants_sweep()) index_.subjects().sweep();
  if (expiry_.size() > 2 * index_.expiring() + 1024) {
    expiry_.sweep([this](uint64_t sequence) { return index_.find(sequence).has_value(); });
  }
}

Status MessageStore::Impl::destroy() {
  const auto names = storage_.list(options_.folder + "/");
  if (!names.ok()) return names.error();
  for (const std::string& name : names.value()) TRY(storage_.remove(name));
  return kOk;
}

std::optional<StoredMessage> MessageStore::Impl::load(uint64_t sequence) {
  const auto found = index_.find(sequence);
  if (!found) return std::nullopt;
  return read(*found);
}

std::optional<StoredMessage> MessageStore::Impl::next(const SubjectFilter& filter, uint64_t from,
                                                      uint64_t to) {
  while (const auto found = index_.next(filter, from, to)) {
    if (auto message = read(*found)) return message;
    if (found->sequence == UINT64_MAX) break;
    from = found->sequence + 1;
  }
  return std::nullopt;
}

std::optional<StoredMessage> MessageStore::Impl::last(const SubjectFilter& filter, uint64_t to) {
  while (const auto found = index_.last(filter, to)) {
    if (auto message = read(*found)) return message;
    if (found->sequence == 0) break;
    to = found->sequence - 1;
  }
  return std::nullopt;
}

std::optional<StoredMessage> MessageStore::Impl::read(const Found& found) {
  auto message = read_record(found, windows_);
  if (!message) return std::nullopt;
  if (message->plain_size) {
    // Without a codec it may well be there.
    if (options_.codec.decompress == nullptr) return std::nullopt;
    plain_ = decompress_content(options_.codec, *message);
    if (!plain_) {
      note_lost(found);
      return std::nullopt;
    }
    message->content = *plain_;
  }
  return StoredMessage{.sequence = found.sequence,
                       .time = message->time,
                       .subject = message->subject,
                       .content = message->content,
                       .header_size = message->header_size};
}

// A message that was there and cannot be read is lost; one that could not be read now may be there.
std::optional<MessageRecord> MessageStore::Impl::read_record(const Found& found,
                                                             RecordWindows& windows) {
  const auto at = position_of(found, windows);
  if (!at) return std::nullopt;
  const uint64_t guess = found.segment->is_loaded() ? found.segment->place(found.ordinal).size : 0;
  const auto record = log_.read(*at, windows, guess);
  if (!record.ok() && record.error().code != Errc::kCorrupt) return std::nullopt;
  if (record.ok() && record.value().sequence == found.sequence) {
    const auto message = decode_message(record.value().kind, record.value().payload);
    if (message) return message;
  }
  note_lost(found);
  return std::nullopt;
}

std::optional<RecordLog::Position> MessageStore::Impl::position_of(const Found& found,
                                                                   RecordWindows& windows) {
  if (!found.segment->is_loaded()) {
    if (const auto at = locator_.locate(*found.segment, found.ordinal, windows)) return at;
    if (!index_.load(*found.segment) || !found.segment->is_live(found.ordinal)) return std::nullopt;
  }
  return found.position();
}

// The disk had it, and has it no more.
void MessageStore::Impl::note_lost(const Found& found) {
  SegmentIndex& segment = *found.segment;
  if (!index_.load(segment) || !segment.is_live(found.ordinal)) return;
  const SegmentIndex::Place place = segment.place(found.ordinal);
  index_.note_lost({found.sequence, found.sequence}, place.size);
  index_.kill(found, place, segment.subject(found.ordinal));
  removals_.note(found.sequence);
}

// False if it could not be read now. One that is lost meanwhile counts as removed.
bool MessageStore::Impl::kill(const Found& found) {
  SegmentIndex& segment = *found.segment;
  if (segment.is_loaded()) {
    index_.kill(found, segment.place(found.ordinal), segment.subject(found.ordinal));
    return true;
  }
  if (const auto message = read_record(found, side_windows_)) {
    index_.kill(found, MessageIndex::place_of(*message, 0),
                index_.subjects().find(message->subject));
    return true;
  }
  return !segment.is_live(found.ordinal);
}

SubjectSummary MessageStore::Impl::subject(std::string_view subject) {
  const uint32_t id = index_.subjects().find(subject);
  return id == kNoSubject ? SubjectSummary() : summary(id);
}

SubjectSummary MessageStore::Impl::summary(uint32_t id) {
  const SubjectIndex::Entry& entry = index_.summary(id);
  if (entry.count == 0) return {};
  return {.messages = entry.count, .first_sequence = entry.first, .last_sequence = entry.last};
}

// Times are taken to ascend: where a clock went back, the answer is near.
uint64_t MessageStore::Impl::sequence_at(WallTime time) {
  for (const auto& segment : index_.segments()) {
    if (segment->live_count() == 0 || segment->last_time() < time) continue;
    uint32_t low = 0;
    uint32_t high = segment->count();
    while (low < high) {
      const auto middle = segment->next_live(low + (high - low) / 2, high);
      if (!middle) {
        high = low + (high - low) / 2;
        continue;
      }
      const auto message =
          read_record({segment.get(), *middle, segment->sequence_at(*middle)}, side_windows_);
      if (message && message->time < time) {
        low = *middle + 1;
      } else {
        high = low + (high - low) / 2;
      }
    }
    if (const auto first = segment->next_live(low, segment->count())) {
      return segment->sequence_at(*first);
    }
  }
  return index_.last_sequence() + 1;
}

std::optional<MessageStore::Expiry> MessageStore::Impl::next_expiry() {
  const auto front =
      expiry_.front([this](uint64_t sequence) { return index_.find(sequence).has_value(); });
  if (!front) return std::nullopt;
  return Expiry{front->at, front->sequence};
}

bool MessageStore::Impl::has_expiry(uint64_t sequence) {
  if (index_.expiring() == 0) return false;
  const auto found = index_.find(sequence);
  if (!found) return false;
  const auto message = read_record(*found, side_windows_);
  return message && message->expires;
}

void MessageStore::Impl::collect_unsynced(std::vector<FileId>& files) {
  // If it fails the log is offline, and says so.
  if (!write_removals().ok()) return;
  log_.collect_unsynced(files);
  upkeep_.collect_unsynced(files);
  snapshot_.collect_unsynced(files);
}

void MessageStore::Impl::sync_asked(SyncTicket ticket) {
  log_.sync_asked(ticket);
  upkeep_.sync_asked(ticket);
  snapshot_.sync_asked(ticket);
}

void MessageStore::Impl::on_synced(SyncTicket ticket, const FileErrors& failed) {
  log_.on_synced(ticket, failed);
  upkeep_.on_synced(ticket, failed);
  snapshot_.on_synced(ticket, failed);
}

bool MessageStore::Impl::work(uint64_t budget, bool wants_snapshot) {
  if (log_.offline()) return false;
  if (wants_snapshot) {
    upkeep_.look_again();
    forget_unused();
  }
  if (!options_.is_file) settle();
  const bool has_more = upkeep_.work(budget);
  snapshot_.note_change((upkeep_.changes() - changes_seen_) * options_.segment_size);
  changes_seen_ = upkeep_.changes();
  if (options_.is_file && (wants_snapshot || snapshot_.is_due()) && write_removals().ok()) {
    snapshot_.write(state_.last_time);
  }
  return has_more;
}

void MessageStore::Impl::forget_unused() {
  const uint64_t index_uses = index_.uses();
  if (std::exchange(index_uses_seen_, index_uses) == index_uses) index_.unload(0);
  const uint64_t reads = windows_.reads() + side_windows_.reads();
  if (std::exchange(reads_seen_, reads) != reads) return;
  windows_.clear();
  plain_.reset();
  side_windows_.clear();
}

// Of what is kept in memory everything is durable at once, and nobody reads it after a crash.
void MessageStore::Impl::settle() {
  const SyncTicket ticket{UINT64_MAX};
  removals_.forget_unwritten();
  sync_asked(ticket);
  on_synced(ticket, {});
}

uint64_t MessageStore::Impl::memory() const {
  return sizeof(*this) + index_.memory() + expiry_.memory() + windows_.memory() +
         side_windows_.memory() + (plain_ ? plain_->capacity() : 0);
}

MessageStore::MessageStore(Storage& storage, Options options)
    : impl_(std::make_unique<Impl>(storage, std::move(options))) {}
MessageStore::~MessageStore() = default;

Status MessageStore::open() { return impl_->open(); }
Result<bool> MessageStore::recover(uint64_t& budget) { return impl_->recover(budget); }
const MessageStore::LostMessages& MessageStore::lost() const { return impl_->lost(); }

uint64_t MessageStore::cut_size() const { return impl_->cut_size(); }

const StoreState& MessageStore::state() const { return impl_->state(); }
uint64_t MessageStore::messages() const { return impl_->index().messages(); }
uint64_t MessageStore::bytes() const { return impl_->index().bytes(); }
uint64_t MessageStore::first_sequence() const { return impl_->index().first_sequence(); }
uint64_t MessageStore::last_sequence() const { return impl_->index().last_sequence(); }
uint64_t MessageStore::subjects() const { return impl_->index().subjects().size(); }

void MessageStore::set_compresses(bool compresses) { impl_->set_compresses(compresses); }
Result<uint64_t> MessageStore::append(const NewMessage& message) { return impl_->append(message); }
Result<uint64_t> MessageStore::skip(WallTime time) {
  return impl_->skip_to(last_sequence() + 1, time);
}
Result<uint64_t> MessageStore::skip_to(uint64_t last_sequence, WallTime time) {
  return impl_->skip_to(last_sequence, time);
}
Result<bool> MessageStore::remove(uint64_t sequence) { return impl_->remove(sequence); }
Result<uint64_t> MessageStore::erase(uint64_t sequence) { return impl_->erase(sequence); }
uint64_t MessageStore::erased() const { return impl_->erased(); }
Result<uint64_t> MessageStore::purge(const SubjectFilter& filter, uint64_t below, uint64_t keep) {
  return impl_->purge(filter, below, keep);
}
Status MessageStore::destroy() { return impl_->destroy(); }

std::optional<StoredMessage> MessageStore::load(uint64_t sequence) { return impl_->load(sequence); }
bool MessageStore::has(uint64_t sequence) { return impl_->index().find(sequence).has_value(); }
std::optional<StoredMessage> MessageStore::next(const SubjectFilter& filter, uint64_t from,
                                                uint64_t to) {
  return impl_->next(filter, from, to);
}
std::optional<StoredMessage> MessageStore::last(const SubjectFilter& filter, uint64_t to) {
  return impl_->last(filter, to);
}
SubjectSummary MessageStore::subject(std::string_view subject) { return impl_->subject(subject); }
uint64_t MessageStore::count(const SubjectFilter& filter, uint64_t from, uint64_t to) {
  return impl_->index().count(filter, from, to);
}
uint64_t MessageStore::sequence_at(WallTime time) { return impl_->sequence_at(time); }

void MessageStore::walk_subjects(const SubjectFilter& filter, std::string_view after,
                                 SubjectVisit visit, void* context) {
  impl_->index().subjects().visit(filter, after,
                                  [this, visit, context](std::string_view subject, uint32_t id) {
                                    return !visit(context, subject, impl_->summary(id));
                                  });
}

std::vector<SequenceRange> MessageStore::deleted() const { return impl_->index().missing(); }
uint64_t MessageStore::deleted_count() const {
  return last_sequence() + 1 - first_sequence() - messages();
}

uint64_t MessageStore::removals() const { return impl_->removals().count(); }
bool MessageStore::may_have_removed(uint64_t since, uint64_t from) const {
  return impl_->removals().may_have_removed(since, from);
}

std::optional<MessageStore::Expiry> MessageStore::next_expiry() const {
  return impl_->next_expiry();
}
bool MessageStore::has_expiry(uint64_t sequence) const { return impl_->has_expiry(sequence); }

void MessageStore::collect_unsynced(std::vector<FileId>& files) { impl_->collect_unsynced(files); }
void MessageStore::sync_asked(SyncTicket ticket) { impl_->sync_asked(ticket); }
void MessageStore::on_synced(SyncTicket ticket, const FileErrors& failed) {
  impl_->on_synced(ticket, failed);
}
const std::optional<Error>& MessageStore::offline() const { return impl_->offline(); }

bool MessageStore::work(uint64_t budget, bool wants_snapshot) {
  return impl_->work(budget, wants_snapshot);
}
bool MessageStore::wants_sync() const { return impl_->wants_sync(); }
uint64_t MessageStore::memory() const { return impl_->memory(); }

}  // namespace myelin
