// Slots: a pool of numbered files of fixed names, all open already, as a browser's private file
// system lends them to a Worker. What a file of the pool is called for the core stands in its
// header (slot_header.h); who lends the pool knows nothing of names.
//
// Every call is done when it returns, but what was written outlives a crash only once flush() of
// its slot has returned. A write that fails with Errc::kFull has written nothing that counts.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/buffer.h"
#include "core/base/result.h"

namespace myelin {

class Slots {
 public:
  virtual ~Slots() = default;

  // Fewer bytes only at the end of the slot.
  virtual Result<uint64_t> read(uint32_t slot, uint64_t offset, std::span<std::byte> to) = 0;
  virtual Status write(uint32_t slot, uint64_t offset, Bytes bytes) = 0;
  virtual Status truncate(uint32_t slot, uint64_t size) = 0;
  virtual Result<uint64_t> size(uint32_t slot) = 0;
  virtual Status flush(uint32_t slot) = 0;
};

}  // namespace myelin
