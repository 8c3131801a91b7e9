// Storage: the core's port to a disk. A flat set of named files, appended to and read by position.
//
// Promises an implementation makes:
//   - append copies the bytes into its own bounded dirty buffer; they are readable at once and
//   nothing blocks;
//   - nothing is durable before the ticket of a later sync() has been reported to Server::synced;
//   remove, rename and
//     truncate likewise, and they are applied only after the tickets before them;
//   - tickets may complete out of order;
//   - reserve() fails with Errc::kFull before any state has changed.
// It never interprets bytes. Offsets and sizes are 64 bits everywhere.
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

struct FileError {
  FileId file;
  Error error;
};
using FileErrors = std::vector<FileError>;

class Storage {
 public:
  virtual ~Storage() = default;

  // Opens or creates a file. Names are '/'-separated, without "." or "..".
  virtual Result<FileId> open(std::string_view name) = 0;
  // Makes sure that `size` further bytes will find room.
  virtual Status reserve(FileId file, uint64_t size) = 0;
  // Returns the offset at which the bytes stand.
  virtual Result<uint64_t> append(FileId file, Bytes bytes) = 0;
  // Fills `to` from `offset`; fewer bytes only at the end of the file.
  virtual Result<uint64_t> read(FileId file, uint64_t offset, std::span<std::byte> to) = 0;
  virtual Status truncate(FileId file, uint64_t size) = 0;
  virtual Result<uint64_t> size(FileId file) = 0;
  virtual Status rename(std::string_view from, std::string_view to) = 0;
  virtual Status remove(std::string_view name) = 0;
  // Names that begin with `prefix`, sorted.
  virtual Result<std::vector<std::string>> list(std::string_view prefix) = 0;
  // How many more files can be open; a browser's pool of handles is small.
  virtual uint32_t free_files() const = 0;
  // Asks that everything done to `files` so far become durable.
  virtual SyncTicket sync(std::span<const FileId> files) = 0;
};

}  // namespace myelin
