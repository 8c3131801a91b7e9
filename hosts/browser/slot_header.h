// The front of a slot: what file it holds. 4096 bytes, two copies of the same record:
//
//     0       magic "MYSL"       u32
//     4       version, 1         u32
//     8       CRC-32C of what follows, up to the end of the name
//     12      kind: 0 free, 1 a file, 2 ballast
//     16      sequence           u64, of all changes of names in the pool
//     24      size of the name   u32
//     28      name
//     2048    the same again
//     4096    the content of the file
//
// All numbers are little-endian. One copy is written and flushed before the other, and where a
// crash or damage has left the second behind, that one first: at any moment one of them is whole
// and says what was said last, so that a change of names torn by a crash has not happened, and one
// damaged copy is made good by the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace myelin {

inline constexpr uint64_t kSlotHeaderSize = 4096;
inline constexpr uint64_t kSlotHeaderCopyAt = 2048;

enum class SlotKind : uint32_t { kFree = 0, kFile = 1, kBallast = 2 };

struct SlotHeader {
  SlotKind kind = SlotKind::kFree;
  uint64_t sequence = 0;
  std::string name;  // of a file
};

// One copy.
std::string encode(const SlotHeader& header);

enum class SlotState {
  kUnused,   // never had a header that was durable
  kWhole,    // `header` says what it holds
  kDamaged,  // it held something once
  kForeign,  // of another version
};
struct SlotFront {
  SlotState state = SlotState::kUnused;
  SlotHeader header;
  bool is_second_behind = false;  // damaged, or of an earlier name
};
// `front` are the slot's first 4096 bytes, or all it has.
SlotFront read_slot_front(std::string_view front);

}  // namespace myelin
