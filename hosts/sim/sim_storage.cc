#include "hosts/sim/sim_storage.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/check.h"

namespace myelin::sim {
namespace {

constexpr uint64_t kSectorSize = 512;
constexpr uint32_t kFilesMax = 65536;

Error gone(std::string_view what) { return {Errc::kNotFound, std::string(what)}; }

}  // namespace

SimStorage::SimStorage(uint64_t seed, Faults faults) : random_(seed), faults_(faults) {}

Result<FileId> SimStorage::open(std::string_view name) {
  if (name.empty()) return Error{Errc::kInvalid, "name"};
  if (const auto known = names_.find(name); known != names_.end()) return FileId{known->second};
  if (free_files() == 0) return Error{Errc::kFull, "too many files"};
  const uint32_t file = next_file_++;
  names_.emplace(name, file);
  files_.try_emplace(file);
  note({.what = Change::What::kCreate, .file = file, .bytes = std::string(name)});
  return FileId{file};
}

Status SimStorage::reserve(FileId id, uint64_t size) {
  File* file = find(id);
  if (file == nullptr) return gone("reserve");
  if (size <= file->reserved) return kOk;
  const uint64_t taken = used() - file->reserved;
  if (taken > faults_.capacity || size > faults_.capacity - taken) {
    return Error{Errc::kFull, "reserve"};
  }
  file->reserved = size;
  return kOk;
}

Result<uint64_t> SimStorage::append(FileId id, Bytes bytes) {
  File* file = find(id);
  if (file == nullptr) return gone("append");
  if (bytes.size() > file->reserved) TRY(reserve(id, bytes.size()));
  file->reserved -= bytes.size();
  const uint64_t offset = file->view.size();
  file->view.append(as_text(bytes));
  note({.file = id.value, .offset = offset, .bytes = std::string(as_text(bytes))});
  return offset;
}

Result<uint64_t> SimStorage::read(FileId id, uint64_t offset, std::span<std::byte> to) {
  const File* file = find(id);
  if (file == nullptr) return gone("read");
  if (to.empty() || offset >= file->view.size()) return uint64_t{0};
  const auto size = std::min<uint64_t>(to.size(), file->view.size() - offset);
  std::memcpy(to.data(), file->view.data() + offset, static_cast<size_t>(size));
  return size;
}

Status SimStorage::truncate(FileId id, uint64_t size) {
  File* file = find(id);
  if (file == nullptr) return gone("truncate");
  if (size > file->view.size()) return Error{Errc::kInvalid, "truncate beyond the end"};
  file->view.resize(static_cast<size_t>(size));
  note({.what = Change::What::kTruncate,
        .file = id.value,
        .offset = size,
        .waits_for = next_ticket_ - 1});
  return kOk;
}

Result<uint64_t> SimStorage::size(FileId id) {
  const File* file = find(id);
  if (file == nullptr) return gone("size");
  return uint64_t{file->view.size()};
}

Status SimStorage::rename(std::string_view from, std::string_view to) {
  if (to.empty()) return Error{Errc::kInvalid, "name"};
  const auto source = names_.find(from);
  if (source == names_.end()) return gone(from);
  if (from == to) return kOk;
  const uint32_t moved = source->second;
  names_.erase(source);
  if (const auto target = names_.find(to); target != names_.end()) forget(target->second);
  names_[std::string(to)] = moved;
  note({.what = Change::What::kRename,
        .file = moved,
        .bytes = std::string(to),
        .old_name = std::string(from),
        .waits_for = next_ticket_ - 1});
  return kOk;
}

Status SimStorage::remove(std::string_view name) {
  const auto known = names_.find(name);
  if (known == names_.end()) return gone(name);
  const uint32_t file = known->second;
  names_.erase(known);
  forget(file);
  note({.what = Change::What::kRemove,
        .file = file,
        .bytes = std::string(name),
        .waits_for = next_ticket_ - 1});
  return kOk;
}

Result<std::vector<std::string>> SimStorage::list(std::string_view prefix) {
  std::vector<std::string> found;
  for (auto name = names_.lower_bound(prefix); name != names_.end(); ++name) {
    if (!name->first.starts_with(prefix)) break;
    found.push_back(name->first);
  }
  return found;
}

uint32_t SimStorage::free_files() const {
  return kFilesMax - static_cast<uint32_t>(std::min<size_t>(kFilesMax, names_.size()));
}

SyncTicket SimStorage::sync(std::span<const FileId> files) {
  if (witness_) witness_(*this);
  ++change_count_;
  Outstanding asked{.ticket = {next_ticket_++}, .order = next_order_};
  for (const FileId file : files) {
    if (find(file) == nullptr) {
      asked.failed.push_back({file, gone("sync")});
    } else {
      asked.files.push_back(file.value);
    }
  }
  // What destroys is made durable only after what it waits for.
  for (const Change& change : journal_) {
    asked.waits_for = std::max(asked.waits_for, change.waits_for);
  }
  outstanding_.push_back(std::move(asked));
  return outstanding_.back().ticket;
}

std::vector<SimStorage::Synced> SimStorage::complete() {
  INVARIANT(!outstanding_.empty());
  const size_t chosen =
      faults_.has_reordered_syncs ? static_cast<size_t>(random_.below(outstanding_.size())) : 0;
  Outstanding last = outstanding_[chosen];
  outstanding_.erase(outstanding_.begin() + static_cast<std::ptrdiff_t>(chosen));
  std::vector<Synced> reports;
  while (!outstanding_.empty() && outstanding_.front().ticket.value <= last.waits_for) {
    reports.push_back(finish(outstanding_.front()));
    outstanding_.pop_front();
  }
  reports.push_back(finish(std::move(last)));
  return reports;
}

SimStorage::Synced SimStorage::finish(Outstanding sync) {
  Synced report{.ticket = sync.ticket, .failed = std::move(sync.failed)};
  std::set<uint32_t> good;
  for (const uint32_t file : sync.files) {
    if (faults_.sync_failure_rate > 0 && random_.below(faults_.sync_failure_rate) == 0) {
      failed_files_.insert(file);
    }
    if (failed_files_.contains(file)) {
      report.failed.push_back({{file}, {Errc::kIo, "sync"}});
    } else {
      good.insert(file);
    }
  }
  std::deque<Change> left;
  for (Change& change : journal_) {
    const bool is_covered =
        change.order < sync.order && (is_name_change(change) || good.contains(change.file));
    if (is_covered && !is_held(change)) {
      apply(change);
    } else {
      left.push_back(std::move(change));
    }
  }
  journal_ = std::move(left);
  return report;
}

// Some ticket this change has to wait for is outstanding.
bool SimStorage::is_held(const Change& change) const {
  for (const Outstanding& sync : outstanding_) {
    if (sync.ticket.value <= change.waits_for) return true;
  }
  return false;
}

void SimStorage::crash() {
  uint64_t names_kept = random_.below(journal_.size() + 1);
  for (const Change& change : journal_) {
    if (is_name_change(change)) {
      if (is_held(change)) names_kept = 0;
      if (names_kept == 0) continue;
      --names_kept;
      apply(change);
    } else if (change.what == Change::What::kTruncate) {
      if (!is_held(change) && random_.below(2) == 0) apply(change);
    } else {
      write_part(change);
    }
  }
  // A file that has no name is gone, and a name without content is an empty file.
  std::map<uint32_t, Content> named;
  for (const auto& [name, file] : durable_names_) named[file] = std::move(durable_[file]);
  durable_ = std::move(named);

  journal_.clear();
  outstanding_.clear();
  failed_files_.clear();
  names_.clear();
  files_.clear();
  std::map<uint32_t, Content> renumbered;
  for (auto& [name, file] : durable_names_) {
    const uint32_t fresh = next_file_++;
    renumbered[fresh] = std::move(durable_[file]);
    file = fresh;
    names_.emplace(name, fresh);
    files_[fresh].view = renumbered[fresh];
  }
  durable_ = std::move(renumbered);
}

// Kept, lost, or torn: its beginning, or some of its sectors, or with junk where they should be.
void SimStorage::write_part(const Change& change) {
  Content& content = durable_[change.file];
  const uint64_t fate = random_.below(faults_.has_torn_writes ? 5 : 2);
  if (fate == 0) return;
  if (fate == 1) return put(content, change.offset, change.bytes);
  std::string bytes = change.bytes;
  if (fate == 2) {
    bytes.resize(static_cast<size_t>(random_.below(bytes.size() + 1)));
    return put(content, change.offset, bytes);
  }
  const char junk = fate == 3 ? '\0' : static_cast<char>(random_.below(256));
  for (size_t i = 0; i < bytes.size();) {
    // Sectors are counted in the file, not in the write.
    const uint64_t at = change.offset + i;
    const auto part =
        static_cast<size_t>(std::min<uint64_t>(kSectorSize - at % kSectorSize, bytes.size() - i));
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(i);
    if (random_.below(2) == 0) std::fill_n(begin, part, junk);
    i += part;
  }
  put(content, change.offset, bytes);
}

std::optional<SimStorage::Rot> SimStorage::rot() {
  std::vector<std::string_view> candidates;
  for (const auto& [name, file] : durable_names_) {
    if (!durable_[file].empty()) candidates.push_back(name);
  }
  if (candidates.empty()) return std::nullopt;
  const std::string_view name = candidates[static_cast<size_t>(random_.below(candidates.size()))];
  const uint32_t file = durable_names_.find(name)->second;
  Content& content = durable_[file];
  const auto offset = static_cast<size_t>(random_.below(content.size()));
  const char flip = static_cast<char>(1 << random_.below(8));
  content[offset] = static_cast<char>(content[offset] ^ flip);
  if (const auto known = files_.find(file); known != files_.end()) {
    if (offset < known->second.view.size()) known->second.view[offset] = content[offset];
  }
  return Rot{std::string(name), offset};
}

SimStorage::File* SimStorage::find(FileId file) {
  const auto known = files_.find(file.value);
  return known == files_.end() ? nullptr : &known->second;
}

void SimStorage::note(Change change) {
  if (witness_) witness_(*this);
  ++change_count_;
  change.order = next_order_++;
  journal_.push_back(std::move(change));
}

void SimStorage::forget(uint32_t file) { files_.erase(file); }

uint64_t SimStorage::used() const {
  uint64_t total = 0;
  for (const auto& [id, file] : files_) total += file.view.size() + file.reserved;
  return total;
}

std::vector<std::string> SimStorage::failed_names() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : names_) {
    if (failed_files_.contains(file)) names.push_back(name);
  }
  return names;
}

bool SimStorage::is_name_change(const Change& change) {
  return change.what != Change::What::kWrite && change.what != Change::What::kTruncate;
}

void SimStorage::apply(const Change& change) {
  switch (change.what) {
    case Change::What::kWrite:
      return put(durable_[change.file], change.offset, change.bytes);
    case Change::What::kTruncate: {
      Content& content = durable_[change.file];
      content.resize(std::min(content.size(), static_cast<size_t>(change.offset)));
      return;
    }
    case Change::What::kCreate:
      durable_names_[change.bytes] = change.file;
      return;
    case Change::What::kRename:
      durable_names_.erase(change.old_name);
      durable_names_[change.bytes] = change.file;
      return;
    case Change::What::kRemove: {
      const auto name = durable_names_.find(change.bytes);
      if (name != durable_names_.end() && name->second == change.file) durable_names_.erase(name);
      return;
    }
  }
}

void SimStorage::put(Content& content, uint64_t offset, std::string_view bytes) {
  const auto end = static_cast<size_t>(offset) + bytes.size();
  if (content.size() < end) content.resize(end);
  content.replace(static_cast<size_t>(offset), bytes.size(), bytes);
}

}  // namespace myelin::sim
