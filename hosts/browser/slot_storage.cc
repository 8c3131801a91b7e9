#include "hosts/browser/slot_storage.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/check.h"
#include "core/base/text.h"
#include "core/storage/file_name.h"

namespace myelin {
namespace {

constexpr size_t kChunkSizeMax = 4 * 1024 * 1024;
// Slots that are to be free, and by how many more the pool grows.
constexpr uint32_t kFreeSlotsMin = 4;
constexpr uint32_t kPoolStep = 8;
// The ballast grows by doubling. What headers need is always there beside what was promised.
constexpr uint64_t kBallastMin = 1024 * 1024;
constexpr uint64_t kHeaderRoom = 64 * 1024;
// A slot is made an eighth longer than its file needs, within these, so that it is seldom done.
constexpr uint64_t kSlotStepMin = 64 * 1024;
constexpr uint64_t kSlotStepMax = 4 * 1024 * 1024;
constexpr size_t kZerosSize = 64 * 1024;

bool is_blank(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](std::byte byte) { return byte == std::byte{}; });
}

Error no_such_file(std::string context) { return {Errc::kNotFound, std::move(context)}; }
std::string slot_text(uint32_t slot) { return "slot " + decimal(int64_t{slot} + 1); }

}  // namespace

SlotStorage::SlotStorage(Slots& slots, Log& log, Bounds bounds)
    : slots_(slots), log_(log), bounds_(bounds) {}
SlotStorage::~SlotStorage() = default;

// The pool ----------------------------------------------------------------------------------------

Status SlotStorage::load(uint32_t count) {
  // What an earlier process wrote and did not flush can be read, and is not durable for that.
  has_unflushed_.assign(count, true);
  for (uint32_t slot = 0; slot < count; ++slot) TRY(load_slot(slot));
  return kOk;
}

Status SlotStorage::load_slot(uint32_t slot) {
  std::array<std::byte, kSlotHeaderSize> bytes{};
  const auto got = slots_.read(slot, 0, bytes);
  if (!got.ok()) return Error{got.error().code, slot_text(slot) + " cannot be read"};
  const auto size = slots_.size(slot);
  if (!size.ok()) return Error{size.error().code, slot_text(slot) + " cannot be read"};
  const uint64_t content_size = size.value() - std::min(size.value(), kSlotHeaderSize);
  SlotFront front = read_slot_front(as_text(Bytes(bytes).first(static_cast<size_t>(got.value()))));
  const bool is_file = front.header.kind == SlotKind::kFile;
  if (is_file && !is_file_name(front.header.name)) front.state = SlotState::kDamaged;
  switch (front.state) {
    case SlotState::kForeign:
      return Error{Errc::kUnsupported, slot_text(slot) + " was written by another version"};
    case SlotState::kDamaged:
      has_damage_ = true;
      log_.write(LogLevel::kError, "The header of " + slot_text(slot) +
                                       " is damaged: the file it held is lost, and it is set "
                                       "aside as it stands");
      return kOk;
    case SlotState::kUnused:
      if (content_size == 0) {
        const bool is_ready = size.value() == kSlotHeaderSize && is_blank(bytes);
        if (is_ready || prepare(slot)) free_slots_.insert(slot);
      } else {
        jobs_.push_front(FreeSlot{slot});
      }
      return kOk;
    case SlotState::kWhole:
      last_sequence_ = std::max(last_sequence_, front.header.sequence);
      if (front.is_second_behind) with_second_behind_.insert(slot);
      adopt(slot, front.header, content_size);
      return kOk;
  }
  return kOk;
}

void SlotStorage::adopt(uint32_t slot, const SlotHeader& header, uint64_t content_size) {
  if (header.kind == SlotKind::kBallast && ballast_slot_ == kNoSlot) {
    ballast_slot_ = slot;
    ballast_size_ = content_size;
    return;
  }
  if (header.kind == SlotKind::kFree && content_size == 0) {
    free_slots_.insert(slot);
    return;
  }
  if (header.kind != SlotKind::kFile) return jobs_.push_front(FreeSlot{slot});
  const auto [name, is_new] = names_.try_emplace(header.name, FileId{next_file_});
  if (is_new) files_.emplace(next_file_++, std::make_unique<File>());
  File& file = *files_.at(name->second.value);
  // The loser's slot is freed before anything else is done with names.
  if (file.slot != kNoSlot) {
    const bool is_later = header.sequence > file.sequence;
    jobs_.push_front(FreeSlot{is_later ? file.slot : slot});
    if (!is_later) return;
  }
  file.slot = slot;
  file.sequence = header.sequence;
  file.size = content_size;
  file.room = content_size;
}

void SlotStorage::add_slots(uint32_t count) {
  may_grow_ = count > 0;
  for (; count > 0; --count) {
    const auto slot = static_cast<uint32_t>(has_unflushed_.size());
    has_unflushed_.push_back(false);
    // Files that were promised a slot have it even so.
    const bool is_ready = prepare(slot);
    if (is_ready || free_slots_.size() < creates_waiting_) free_slots_.insert(slot);
    if (!is_ready) may_grow_ = false;
  }
}

// Gives it a header's length, and nothing in it.
bool SlotStorage::prepare(uint32_t slot) {
  has_unflushed_[slot] = true;
  const auto size = slots_.size(slot);
  if (!size.ok()) return false;
  if (size.value() > 0 && !(slots_.truncate(slot, 0).ok() && slots_.flush(slot).ok())) return false;
  return slots_.truncate(slot, kSlotHeaderSize).ok();
}

uint32_t SlotStorage::slots_wanted() const {
  const uint32_t wanted = creates_waiting_ + kFreeSlotsMin;
  const auto free = static_cast<uint32_t>(free_slots_.size());
  if (free >= wanted || !may_grow_) return 0;
  return (wanted - free + kPoolStep - 1) / kPoolStep * kPoolStep;
}

std::optional<uint32_t> SlotStorage::take_free_slot() {
  if (free_slots_.empty()) return std::nullopt;
  const uint32_t slot = *free_slots_.begin();
  free_slots_.erase(free_slots_.begin());
  return slot;
}

// What is asked for -------------------------------------------------------------------------------

Result<FileId> SlotStorage::open(std::string_view name) {
  if (!is_file_name(name)) return Error{Errc::kInvalid, std::string(name)};
  if (const auto known = names_.find(name); known != names_.end()) return known->second;
  if (free_files() == 0 || next_file_ == UINT32_MAX) {
    return Error{Errc::kFull, "too many files"};
  }
  const FileId file{next_file_++};
  names_.emplace(name, file);
  files_.emplace(file.value, std::make_unique<File>());
  jobs_.push_back(Create{file.value, std::string(name)});
  ++creates_waiting_;
  return file;
}

Status SlotStorage::reserve(FileId id, uint64_t size) {
  File* const file = find(id);
  if (file == nullptr) return no_such_file("reserve");
  if (size <= file->reserved) return kOk;
  TRY(make_room(*file, size));
  reserved_ += size - file->reserved;
  file->reserved = size;
  return kOk;
}

// In the dirty buffer and on the disk. What is only reserved elsewhere will not go away by writing.
Status SlotStorage::make_room(File& file, uint64_t size) {
  const Error full{Errc::kFull, "too much is waiting to be written"};
  const uint64_t others = reserved_ - file.reserved;
  if (others > bounds_.dirty || size > bounds_.dirty - others) return full;
  const bool is_dirty_full = dirty_size_ > bounds_.dirty - others - size;
  if (is_dirty_full || file.slot == kNoSlot) commit();
  if (dirty_size_ > bounds_.dirty - others - size) return full;
  const Status fits = lengthen(file, file.size + size);
  const uint64_t promised = dirty_size_ + others + (fits.ok() ? size : file.reserved);
  const Status kept = grow_ballast(promised + kHeaderRoom);
  return fits.ok() ? kept : fits;
}

// Sees to it that the slot can become so long. Where the ballast is in the way it makes room, and
// grows back in what is free when the slot is as short as it was.
Status SlotStorage::lengthen(File& file, uint64_t size) {
  if (size <= file.room || file.slot == kNoSlot) return kOk;
  const uint64_t step = std::clamp(size / 8, kSlotStepMin, kSlotStepMax);
  if (try_size(file, size + step).ok()) return kOk;
  Status fits = try_size(file, size);
  while (!fits.ok() && fits.error().code == Errc::kFull && shrink_ballast(size - file.room)) {
    fits = try_size(file, size);
  }
  return fits;
}

Status SlotStorage::try_size(File& file, uint64_t size) {
  const auto was = slots_.size(file.slot);
  if (!was.ok()) return was.error();
  has_unflushed_[file.slot] = true;
  TRY(slots_.truncate(file.slot, kSlotHeaderSize + size));
  const Status back = slots_.truncate(file.slot, was.value());
  if (!back.ok()) {
    file.failed = back.error();
    return back;
  }
  file.room = size;
  return kOk;
}

Result<uint64_t> SlotStorage::append(FileId id, Bytes bytes) {
  File* const file = find(id);
  if (file == nullptr) return no_such_file("append");
  if (bytes.size() > file->reserved) TRY(reserve(id, bytes.size()));
  file->reserved -= bytes.size();
  reserved_ -= bytes.size();
  const uint64_t offset = file->size;
  if (bytes.empty()) return offset;
  if (!file->may_extend || file->dirty.empty() ||
      file->dirty.back().bytes.size() + bytes.size() > kChunkSizeMax) {
    file->dirty.push_back({.offset = offset, .bytes = {}});
    file->may_extend = true;
    jobs_.push_back(WriteOldest{id.value});
  }
  file->dirty.back().bytes.append(as_text(bytes));
  dirty_size_ += bytes.size();
  file->size += bytes.size();
  return offset;
}

Result<uint64_t> SlotStorage::read(FileId id, uint64_t offset, std::span<std::byte> to) {
  const File* const file = find(id);
  if (file == nullptr) return no_such_file("read");
  if (offset >= file->size) return uint64_t{0};
  const uint64_t size = std::min<uint64_t>(to.size(), file->size - offset);
  const std::span<std::byte> wanted = to.first(static_cast<size_t>(size));
  if (!file->dirty.empty() && file->dirty.back().offset <= offset) {
    const Chunk& newest = file->dirty.back();
    std::memcpy(wanted.data(), newest.bytes.data() + (offset - newest.offset), wanted.size());
    return size;
  }
  uint64_t got = 0;
  if (file->slot != kNoSlot) {
    const auto from_slot = slots_.read(file->slot, kSlotHeaderSize + offset, wanted);
    if (!from_slot.ok()) return from_slot.error();
    got = from_slot.value();
  }
  // What was appended later stands above what was appended earlier and cut since.
  for (const Chunk& chunk : file->dirty) {
    const uint64_t begin = std::max(offset, chunk.offset);
    const uint64_t end = std::min<uint64_t>(offset + size, chunk.offset + chunk.bytes.size());
    if (begin >= end) continue;
    std::memcpy(wanted.data() + (begin - offset), chunk.bytes.data() + (begin - chunk.offset),
                static_cast<size_t>(end - begin));
    got = std::max(got, end - offset);
  }
  return got;
}

Status SlotStorage::truncate(FileId id, uint64_t size) {
  File* const file = find(id);
  if (file == nullptr) return no_such_file("truncate");
  if (size > file->size) return Error{Errc::kInvalid, "truncate beyond the end"};
  file->size = size;
  file->may_extend = false;
  jobs_.push_back(Truncate{id.value, size});
  return kOk;
}

Result<uint64_t> SlotStorage::size(FileId id) {
  const File* const file = find(id);
  if (file == nullptr) return no_such_file("size");
  return file->size;
}

Status SlotStorage::rename(std::string_view from, std::string_view to) {
  if (!is_file_name(to)) return Error{Errc::kInvalid, std::string(to)};
  const auto source = names_.find(from);
  if (source == names_.end()) return no_such_file(std::string(from));
  if (from == to) return kOk;
  const FileId moved = source->second;
  names_.erase(source);
  const FileId target = std::exchange(names_[std::string(to)], moved);
  if (File* const replaced = find(target)) let_go(*replaced);
  jobs_.push_back(Rename{moved.value, std::string(to), target.value});
  return kOk;
}

Status SlotStorage::remove(std::string_view name) {
  const auto known = names_.find(name);
  if (known == names_.end()) return no_such_file(std::string(name));
  let_go(*find(known->second));
  jobs_.push_back(Remove{known->second.value});
  names_.erase(known);
  return kOk;
}

void SlotStorage::let_go(File& file) {
  reserved_ -= std::exchange(file.reserved, 0);
  file.is_gone = true;
}

Result<std::vector<std::string>> SlotStorage::list(std::string_view prefix) {
  std::vector<std::string> found;
  for (auto name = names_.lower_bound(prefix); name != names_.end(); ++name) {
    if (!name->first.starts_with(prefix)) break;
    found.push_back(name->first);
  }
  return found;
}

uint32_t SlotStorage::free_files() const {
  const auto names = static_cast<uint32_t>(std::min<size_t>(bounds_.files, names_.size()));
  const auto free = static_cast<uint32_t>(free_slots_.size());
  const uint32_t in_pool = free - std::min(free, creates_waiting_);
  return may_grow_ ? bounds_.files - names : std::min(bounds_.files - names, in_pool);
}

SyncTicket SlotStorage::sync(std::span<const FileId> files) {
  Sync sync{.report = {.ticket = SyncTicket{next_ticket_++}, .failed = {}}, .files = {}};
  for (const FileId file : files) {
    if (find(file) == nullptr) {
      sync.report.failed.push_back({file, no_such_file("sync")});
    } else {
      sync.files.push_back(file.value);
    }
  }
  const SyncTicket ticket = sync.report.ticket;
  jobs_.push_back(std::move(sync));
  return ticket;
}

SlotStorage::File* SlotStorage::find(FileId file) {
  const auto known = files_.find(file.value);
  return known == files_.end() || known->second->is_gone ? nullptr : known->second.get();
}

// What is done ------------------------------------------------------------------------------------

bool SlotStorage::commit() {
  while (!jobs_.empty()) {
    if (!std::visit([this](auto& job) { return perform(job); }, jobs_.front())) return false;
    jobs_.pop_front();
  }
  return true;
}

std::vector<SlotStorage::Synced> SlotStorage::take_synced() { return std::exchange(finished_, {}); }

bool SlotStorage::perform(Create& job) {
  File& file = *files_.at(job.file);
  // The ballast's slot is kept back for it.
  const bool is_one_left = ballast_slot_ == kNoSlot && free_slots_.size() == 1;
  const std::optional<uint32_t> slot = is_one_left ? std::nullopt : take_free_slot();
  if (!slot && may_grow_) return false;
  --creates_waiting_;
  if (!slot) {
    file.failed = Error{Errc::kFull, "there is no slot for " + job.name};
    return true;
  }
  file.slot = *slot;
  name(*slot, SlotKind::kFile, job.name);
  return true;
}

// Chunks of a file are written in the order they were begun; those of a failed one too, so that
// what can still be read is.
bool SlotStorage::perform(WriteOldest& job) {
  File& file = *files_.at(job.file);
  const Chunk chunk = std::move(file.dirty.front());
  file.dirty.pop_front();
  dirty_size_ -= chunk.bytes.size();
  if (file.slot == kNoSlot) return true;
  const Status written = write(file.slot, kSlotHeaderSize + chunk.offset, as_bytes(chunk.bytes));
  if (!written.ok() && !file.failed) file.failed = written.error();
  return true;
}

bool SlotStorage::perform(Truncate& job) {
  File& file = *files_.at(job.file);
  if (file.slot == kNoSlot) return true;
  const Status cut = slots_.truncate(file.slot, kSlotHeaderSize + job.size);
  if (!cut.ok() && !file.failed) file.failed = cut.error();
  has_unflushed_[file.slot] = true;
  return true;
}

bool SlotStorage::perform(Rename& job) {
  const File& file = *files_.at(job.file);
  if (file.slot != kNoSlot) name(file.slot, SlotKind::kFile, job.name);
  if (job.target == 0) return true;
  // What nothing has replaced is kept for the next start.
  if (file.slot == kNoSlot) files_.at(job.target)->slot = kNoSlot;
  end(job.target);
  return true;
}

bool SlotStorage::perform(Remove& job) {
  end(job.file);
  return true;
}

bool SlotStorage::perform(FreeSlot& job) {
  empty(job.slot);
  return true;
}

bool SlotStorage::perform(Sync& job) {
  if (names_failed_) job.report.failed.push_back({kAllNames, *names_failed_});
  for (const uint32_t id : job.files) {
    File& file = *files_.at(id);
    if (!file.failed && file.slot != kNoSlot) {
      const Status flushed = flush(file.slot);
      if (!flushed.ok()) file.failed = flushed.error();
    }
    const std::optional<Error>& failed = names_failed_ ? names_failed_ : file.failed;
    if (failed) job.report.failed.push_back({FileId{id}, *failed});
  }
  finished_.push_back(std::move(job.report));
  return true;
}

void SlotStorage::end(uint32_t file) {
  const auto ended = files_.find(file);
  if (ended->second->slot != kNoSlot) empty(ended->second->slot);
  files_.erase(ended);
}

// Its content is gone for good before the slot can be another file's. Where the slots do not say
// what they should, the content may be that of a file which was to be replaced, and stays.
void SlotStorage::empty(uint32_t slot) {
  name(slot, SlotKind::kFree, {});
  if (names_failed_) return;
  const Status cut = slots_.truncate(slot, kSlotHeaderSize);
  has_unflushed_[slot] = true;
  if (!cut.ok() || !flush(slot).ok()) return;
  free_slots_.insert(slot);
  may_grow_ = true;
}

// Slots -------------------------------------------------------------------------------------------

// Whichever call fails: what the pool says of names is not known any more.
void SlotStorage::name(uint32_t slot, SlotKind kind, std::string_view text) {
  if (names_failed_) return;
  const Status written = write_header(slot, kind, text);
  if (!written.ok()) names_failed_ = written.error();
}

Status SlotStorage::write_header(uint32_t slot, SlotKind kind, std::string_view text) {
  const std::string copy =
      encode({.kind = kind, .sequence = ++last_sequence_, .name = std::string(text)});
  const bool begins_with_second = with_second_behind_.erase(slot) > 0;
  // The other copy of the header before is whole before this one is touched.
  TRY(flush(slot));
  TRY(write(slot, begins_with_second ? kSlotHeaderCopyAt : 0, as_bytes(copy)));
  TRY(flush(slot));
  return write(slot, begins_with_second ? 0 : kSlotHeaderCopyAt, as_bytes(copy));
}

Status SlotStorage::write(uint32_t slot, uint64_t offset, Bytes bytes) {
  has_unflushed_[slot] = true;
  for (;;) {
    Status written = slots_.write(slot, offset, bytes);
    if (written.ok() || written.error().code != Errc::kFull) return written;
    if (!shrink_ballast(bytes.size())) return written;
  }
}

Status SlotStorage::flush(uint32_t slot) {
  if (!has_unflushed_[slot]) return kOk;
  TRY(slots_.flush(slot));
  has_unflushed_[slot] = false;
  return kOk;
}

Status SlotStorage::grow_ballast(uint64_t size) {
  if (size <= ballast_size_) return kOk;
  if (ballast_slot_ == kNoSlot) {
    const std::optional<uint32_t> slot = take_free_slot();
    if (!slot) return Error{Errc::kFull, "there is no slot to reserve room in"};
    ballast_slot_ = *slot;
    name(ballast_slot_, SlotKind::kBallast, {});
  }
  const uint64_t wanted = std::max({size, kBallastMin, 2 * ballast_size_});
  static constexpr std::array<std::byte, kZerosSize> kZeros{};
  while (ballast_size_ < wanted) {
    const auto part = std::min<uint64_t>(kZerosSize, wanted - ballast_size_);
    const Status written = slots_.write(ballast_slot_, kSlotHeaderSize + ballast_size_,
                                        Bytes(kZeros).first(static_cast<size_t>(part)));
    if (written.ok()) {
      ballast_size_ += part;
    } else {
      // A part of the last piece may be there, and would be counted at the next start.
      (void)slots_.truncate(ballast_slot_, kSlotHeaderSize + ballast_size_);
      break;
    }
  }
  if (ballast_size_ >= size) return kOk;
  return Error{Errc::kFull, "the disk is full"};
}

bool SlotStorage::shrink_ballast(uint64_t size) {
  if (ballast_size_ == 0) return false;
  const uint64_t left = ballast_size_ - std::min(ballast_size_, std::max(size, kHeaderRoom));
  if (!slots_.truncate(ballast_slot_, kSlotHeaderSize + left).ok()) return false;
  ballast_size_ = left;
  return true;
}

}  // namespace myelin
