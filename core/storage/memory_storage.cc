#include "core/storage/memory_storage.h"

#include <algorithm>
#include <cstring>

#include "core/storage/file_name.h"

namespace myelin {
namespace {

// Small enough that a short file wastes little, large enough that a long one is few allocations.
constexpr uint64_t kFileBlockSize = 4096;

Error no_such_file(std::string context) { return {Errc::kNotFound, std::move(context)}; }
Error invalid_name(std::string_view name) { return {Errc::kInvalid, std::string(name)}; }

uint64_t blocks_for(uint64_t size) {
  return size / kFileBlockSize + (size % kFileBlockSize != 0 ? 1 : 0);
}

}  // namespace

MemoryStorage::MemoryStorage(uint64_t capacity, uint32_t files_max)
    : capacity_(capacity), files_max_(files_max) {}

Result<FileId> MemoryStorage::open(std::string_view name) {
  if (!is_file_name(name)) return invalid_name(name);
  if (const auto known = names_.find(name); known != names_.end()) return known->second;
  if (free_files() == 0 || next_file_ == UINT32_MAX) {
    return Error{Errc::kFull, "too many files"};
  }
  const FileId file{next_file_++};
  names_.emplace(name, file);
  files_.try_emplace(file.value);
  return file;
}

Status MemoryStorage::reserve(FileId id, uint64_t size) {
  File* file = find(id);
  if (file == nullptr) return no_such_file("reserve");
  if (size <= file->reserved) return kOk;
  if (size - file->reserved > room()) return Error{Errc::kFull, "reserve"};
  charged_ += size - file->reserved;
  file->reserved = size;
  return kOk;
}

Result<uint64_t> MemoryStorage::append(FileId id, Bytes bytes) {
  File* file = find(id);
  if (file == nullptr) return no_such_file("append");
  const uint64_t promised = std::min<uint64_t>(file->reserved, bytes.size());
  if (bytes.size() - promised > room()) return Error{Errc::kFull, "append"};
  charged_ += bytes.size() - promised;
  file->reserved -= promised;
  const uint64_t offset = file->size;
  while (!bytes.empty()) {
    const uint64_t used = file->size % kFileBlockSize;
    if (used == 0) file->blocks.emplace_back(new std::byte[kFileBlockSize]);
    const size_t part = std::min<size_t>(static_cast<size_t>(kFileBlockSize - used), bytes.size());
    std::memcpy(file->blocks.back().get() + used, bytes.data(), part);
    file->size += part;
    bytes = bytes.subspan(part);
  }
  return offset;
}

Result<uint64_t> MemoryStorage::read(FileId id, uint64_t offset, std::span<std::byte> to) {
  const File* file = find(id);
  if (file == nullptr) return no_such_file("read");
  if (offset >= file->size) return uint64_t{0};
  const uint64_t wanted = std::min<uint64_t>(to.size(), file->size - offset);
  uint64_t done = 0;
  while (done < wanted) {
    const uint64_t at = offset + done;
    const uint64_t part = std::min(kFileBlockSize - at % kFileBlockSize, wanted - done);
    const std::byte* block = file->blocks[static_cast<size_t>(at / kFileBlockSize)].get();
    std::memcpy(to.data() + done, block + at % kFileBlockSize, static_cast<size_t>(part));
    done += part;
  }
  return wanted;
}

Status MemoryStorage::truncate(FileId id, uint64_t size) {
  File* file = find(id);
  if (file == nullptr) return no_such_file("truncate");
  if (size > file->size) return Error{Errc::kInvalid, "truncate beyond the end"};
  charged_ -= file->size - size;
  file->size = size;
  file->blocks.resize(static_cast<size_t>(blocks_for(size)));
  return kOk;
}

Result<uint64_t> MemoryStorage::size(FileId id) {
  const File* file = find(id);
  if (file == nullptr) return no_such_file("size");
  return file->size;
}

Status MemoryStorage::rename(std::string_view from, std::string_view to) {
  if (!is_file_name(to)) return invalid_name(to);
  const auto source = names_.find(from);
  if (source == names_.end()) return no_such_file(std::string(from));
  if (from == to) return kOk;
  const FileId moved = source->second;
  names_.erase(source);
  const auto [target, is_new] = names_.try_emplace(std::string(to), moved);
  if (!is_new) {
    erase(target->second);
    target->second = moved;
  }
  return kOk;
}

Status MemoryStorage::remove(std::string_view name) {
  const auto known = names_.find(name);
  if (known == names_.end()) return no_such_file(std::string(name));
  erase(known->second);
  names_.erase(known);
  return kOk;
}

Result<std::vector<std::string>> MemoryStorage::list(std::string_view prefix) {
  std::vector<std::string> found;
  for (auto name = names_.lower_bound(prefix); name != names_.end(); ++name) {
    if (!name->first.starts_with(prefix)) break;
    found.push_back(name->first);
  }
  return found;
}

uint32_t MemoryStorage::free_files() const {
  return files_max_ - std::min(files_max_, static_cast<uint32_t>(files_.size()));
}

SyncTicket MemoryStorage::sync(std::span<const FileId> files) {
  Synced synced{.ticket = SyncTicket{next_ticket_++}, .failed = {}};
  for (const FileId file : files) {
    if (find(file) == nullptr) synced.failed.push_back({file, no_such_file("sync")});
  }
  synced_.push_back(std::move(synced));
  return synced_.back().ticket;
}

std::vector<MemoryStorage::Synced> MemoryStorage::take_synced() {
  return std::exchange(synced_, {});
}

MemoryStorage::File* MemoryStorage::find(FileId file) {
  const auto known = files_.find(file.value);
  return known == files_.end() ? nullptr : &known->second;
}

void MemoryStorage::erase(FileId file) {
  const auto known = files_.find(file.value);
  charged_ -= known->second.size + known->second.reserved;
  files_.erase(known);
}

}  // namespace myelin
