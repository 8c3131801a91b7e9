// CRC-32C (Castagnoli): finds accidents in what was written to a disk. It proves nothing about who
// wrote it.
#pragma once

#include <cstdint>

#include "core/base/buffer.h"

namespace myelin {

// The checksum of what `before` is the checksum of (0: of nothing) followed by `bytes`.
uint32_t crc32c(uint32_t before, Bytes bytes);

}  // namespace myelin
