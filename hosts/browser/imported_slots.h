// ImportedSlots: the pool that the page's side of the host lends, as imports of the WebAssembly.
#pragma once

#include "hosts/browser/slots.h"

namespace myelin {

class ImportedSlots final : public Slots {
 public:
  Result<uint64_t> read(uint32_t slot, uint64_t offset, std::span<std::byte> to) override;
  Status write(uint32_t slot, uint64_t offset, Bytes bytes) override;
  Status truncate(uint32_t slot, uint64_t size) override;
  Result<uint64_t> size(uint32_t slot) override;
  Status flush(uint32_t slot) override;
};

}  // namespace myelin
