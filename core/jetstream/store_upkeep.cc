#include "core/jetstream/store_upkeep.h"

#include <algorithm>

namespace myelin {

void StoreUpkeep::note_removal(const SegmentIndex& segment) {
  if (segment.is_sealed() && is_wasteful(segment)) must_look_ = true;
}

bool StoreUpkeep::is_wasteful(const SegmentIndex& segment) const {
  return segment.count() > 0 && segment.live_size() * 2 < segment.size();
}

bool StoreUpkeep::wants_sync() const {
  const bool waits = std::any_of(erasures_.begin(), erasures_.end(), [](const Erasure& each) {
    return each.is_removed && !each.is_asked;
  });
  return waits || stage_ == Stage::kUnsynced || is_blocked_;
}

bool StoreUpkeep::is_damaged(uint64_t segment) const {
  return std::any_of(
      log_.lost().begin(), log_.lost().end(),
      [segment](const RecordLog::LostRange& range) { return range.from.segment == segment; });
}

uint64_t StoreUpkeep::erase(uint64_t segment) {
  // What was copied before may hold it.
  if (rewrite_ && rewrite_->segment() == segment) give_up();
  erasures_.push_back({.segment = segment});
  must_look_ = true;
  return erased_ + erasures_.size();
}

bool StoreUpkeep::work(uint64_t budget) {
  if (log_.offline()) return false;
  switch (stage_) {
    case Stage::kIdle:
      break;
    case Stage::kCopying:
      return copy(budget);
    case Stage::kUnsynced:
    case Stage::kSyncing:
      return false;
    case Stage::kSynced:
      take_place();
      return true;
  }
  if (!must_look_ || (is_blocked_ && log_.synced() == looked_at_)) return false;
  looked_at_ = log_.synced();
  is_blocked_ = false;
  if (remove_front()) return true;
  if (SegmentIndex* segment = choose()) {
    begin(*segment);
    return true;
  }
  must_look_ = is_blocked_;
  return false;
}

// A segment goes, or forgets its dead, only when a later one durably says what the last sequence
// was.
bool StoreUpkeep::may_go(uint64_t number) {
  const auto& segments = index_.segments();
  for (auto each = segments.rbegin(); each != segments.rend() && (*each)->number() > number;
       ++each) {
    if ((*each)->mark_end() && *(*each)->mark_end() <= log_.synced()) return true;
  }
  is_blocked_ = true;
  return false;
}

bool StoreUpkeep::remove_front() {
  auto& segments = index_.segments();
  if (segments.size() < 2 || segments.front()->live_count() > 0) return false;
  const uint64_t number = segments.front()->number();
  if (number != log_.front() || is_damaged(number) || !may_go(number)) return false;
  if (!log_.remove_first().ok()) return false;
  segments.erase(segments.begin());
  note_file_gone(number);
  ++changes_;
  return true;
}

SegmentIndex* StoreUpkeep::choose() {
  auto& segments = index_.segments();
  for (const Erasure& erasure : erasures_) {
    if (erasure.is_removed) continue;
    for (const auto& segment : segments) {
      if (segment->number() == erasure.segment && may_go(erasure.segment)) return segment.get();
    }
  }
  for (const auto& segment : segments) {
    if (segment->is_sealed() && is_wasteful(*segment) && !segment->is_eaten_from_front() &&
        !is_damaged(segment->number()) && may_go(segment->number())) {
      return segment.get();
    }
  }
  // What these say of removals may have become pointless since they were looked at last.
  for (const auto& segment : segments) {
    if (segment->number() < look_from_ || segment->count() > 0 || !segment->is_sealed()) continue;
    if (!may_go(segment->number())) break;
    look_from_ = segment->number() + 1;
    if (!is_damaged(segment->number())) return segment.get();
  }
  return nullptr;
}

void StoreUpkeep::begin(SegmentIndex& segment) {
  auto begun = SegmentRewrite::begin(log_, index_, segment);
  if (!begun.ok()) {
    must_look_ = false;  // The disk is full, for one: look_again() comes back to it.
    return;
  }
  rewrite_ = std::move(begun.value());
  stage_ = Stage::kCopying;
}

bool StoreUpkeep::copy(uint64_t budget) {
  const auto done = rewrite_->step(budget);
  if (!done.ok()) {
    give_up();
    must_look_ = false;
    return false;
  }
  if (done.value()) write_manifest();
  return stage_ == Stage::kCopying;
}

void StoreUpkeep::write_manifest() {
  RecordLog::Revisions revisions = log_.revisions();
  if (rewrite_->is_empty()) {
    RecordLog::note_gone(revisions, rewrite_->segment());
  } else {
    revisions.rewritten[rewrite_->segment()] = rewrite_->revision();
  }
  if (!manifest_.write(revisions).ok()) {
    give_up();
    must_look_ = false;
    return;
  }
  stage_ = Stage::kUnsynced;
}

void StoreUpkeep::give_up() {
  if (stage_ != Stage::kCopying) manifest_.abandon();
  rewrite_.reset();
  stage_ = Stage::kIdle;
  // A file that stays behind is not the revision that counts.
  if (log_.is_rewriting()) [[maybe_unused]]
    const Status removed = log_.abandon_rewrite();
}

void StoreUpkeep::take_place() {
  auto& segments = index_.segments();
  const uint64_t number = rewrite_->segment();
  const bool is_gone = rewrite_->is_empty();
  if (!rewrite_->is_complete() || !manifest_.put_in_place().ok() ||
      !(is_gone ? log_.remove(number) : log_.swap_rewritten()).ok()) {
    must_look_ = false;
    return give_up();
  }
  const auto old = std::find_if(segments.begin(), segments.end(),
                                [number](const auto& each) { return each->number() == number; });
  if (is_gone) {
    segments.erase(old);
  } else {
    index_.replace(static_cast<size_t>(old - segments.begin()), rewrite_->take_index());
  }
  locator_.forget(number);
  rewrite_.reset();
  stage_ = Stage::kIdle;
  ++changes_;
  note_file_gone(number);
}

void StoreUpkeep::note_file_gone(uint64_t segment) {
  for (Erasure& erasure : erasures_) {
    if (erasure.segment == segment) erasure.is_removed = true;
  }
}

void StoreUpkeep::collect_unsynced(std::vector<FileId>& files) const {
  const bool waits = std::any_of(erasures_.begin(), erasures_.end(), [](const Erasure& each) {
    return each.is_removed && !each.is_asked;
  });
  if (stage_ == Stage::kUnsynced) files.push_back(manifest_.file());
  if (waits) files.push_back(log_.tail_file());
}

void StoreUpkeep::sync_asked(SyncTicket ticket) {
  if (stage_ == Stage::kUnsynced) {
    stage_ = Stage::kSyncing;
    ticket_ = ticket;
  }
  for (Erasure& erasure : erasures_) {
    if (!erasure.is_removed || erasure.is_asked) continue;
    erasure.is_asked = true;
    erasure.ticket = ticket;
  }
}

void StoreUpkeep::on_synced(SyncTicket ticket, const FileErrors& failed) {
  if (log_.offline()) return;
  if (stage_ == Stage::kSyncing && ticket_ == ticket) {
    const bool is_manifest_bad =
        std::any_of(failed.begin(), failed.end(),
                    [this](const FileError& each) { return each.file == manifest_.file(); });
    stage_ = Stage::kSynced;
    if (is_manifest_bad) {
      must_look_ = false;
      give_up();
    }
  }
  for (Erasure& erasure : erasures_) {
    if (erasure.is_asked && erasure.ticket == ticket) erasure.is_done = true;
  }
  while (!erasures_.empty() && erasures_.front().is_done) {
    erasures_.pop_front();
    ++erased_;
  }
}

}  // namespace myelin
