// Storage: the core's port to a disk. A flat set of named files, appended to and read by position.
//
// Now and later. Every change is seen by the caller at once: an append copies the bytes into a
// bounded dirty buffer, where reads find them, and nothing waits for a disk. It is durable only
// when the ticket of a later sync() has been reported to Server::synced without naming the file.
// Then so are all changes of names before that sync, whichever files it was asked for. Until then a
// crash may keep an append, lose it, or keep a part of it, each for itself; changes of names it
// keeps in the order they were asked for, up to one of them.
//
// What destroys waits. remove, truncate and rename are applied only after the tickets before them
// have come to their end. Whether those succeeded is for the caller to look at first: what replaces
// an old file must have been synced before the old one is removed.
//
// Tickets are reported once each, and may come out of order. A file that failed in one sync, or
// could not be written, fails in every later one: nobody knows what the disk holds. Where a change
// of names failed, every later ticket says so (kAllNames), whichever files it was asked for.
//
// Full. reserve() fails with Errc::kFull and changes nothing, for want of disk or of dirty buffer;
// what was reserved can be appended. An append without a reservation fails likewise, or wholly
// works.
//
// A FileId stays valid through a rename, dies with its file (Errc::kNotFound), and is never used
// twice. Errors are answers, never exceptions; names that could lead out of the store are
// Errc::kInvalid. It never interprets bytes. Offsets and sizes are 64 bits everywhere.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/buffer.h"
#include "core/base/result.h"

namespace myelin {

struct FileId {
  uint32_t value = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

struct SyncTicket {
  uint64_t value = 0;
  friend bool operator==(const SyncTicket&, const SyncTicket&) = default;
};

// No file's: in place of one in a FileError it stands for the names of all.
inline constexpr FileId kAllNames{};

struct FileError {
  FileId file;
  Error error;
};
using FileErrors = std::vector<FileError>;

class Storage {
 public:
  virtual ~Storage() = default;

  // Opens or creates a file. Names are '/'-separated, without empty parts, "." or "..".
  virtual Result<FileId> open(std::string_view name) = 0;
  // Makes sure that `size` bytes beyond the end will find room; asked again, it does not add up.
  virtual Status reserve(FileId file, uint64_t size) = 0;
  // Returns the offset at which the bytes stand.
  virtual Result<uint64_t> append(FileId file, Bytes bytes) = 0;
  // Fills `to` from `offset`; fewer bytes only at the end of the file.
  virtual Result<uint64_t> read(FileId file, uint64_t offset, std::span<std::byte> to) = 0;
  // Never makes a file longer.
  virtual Status truncate(FileId file, uint64_t size) = 0;
  virtual Result<uint64_t> size(FileId file) = 0;
  // What had the name `to` is removed.
  virtual Status rename(std::string_view from, std::string_view to) = 0;
  virtual Status remove(std::string_view name) = 0;
  // Names that begin with `prefix`, sorted.
  virtual Result<std::vector<std::string>> list(std::string_view prefix) = 0;
  // How many more files there can be; a browser's pool of handles is small.
  virtual uint32_t free_files() const = 0;
  // Whether damage was found that may have taken whole files along: what seems to be nobody's may
  // be somebody's.
  virtual bool may_lack_files() const { return false; }
  // Asks that everything done to `files` so far become durable. A file that is gone fails.
  virtual SyncTicket sync(std::span<const FileId> files) = 0;
};

}  // namespace myelin
