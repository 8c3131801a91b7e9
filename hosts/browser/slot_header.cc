#include "hosts/browser/slot_header.h"

#include <algorithm>

#include "core/base/buffer.h"
#include "core/base/crc32c.h"
#include "core/base/little_endian.h"
#include "core/storage/file_name.h"

namespace myelin {
namespace {

constexpr uint32_t kMagic = 0x4C53594D;  // "MYSL"
constexpr uint32_t kVersion = 1;
constexpr size_t kChecksumAt = 8;
constexpr size_t kCheckedFrom = 12;
constexpr size_t kNameAt = 28;

bool is_blank(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == '\0'; });
}

struct Copy {
  enum class State { kBlank, kWhole, kDamaged, kForeign };
  State state = State::kDamaged;
  SlotHeader header;
};

Copy decode(std::string_view bytes) {
  if (is_blank(bytes)) return {.state = Copy::State::kBlank};
  if (bytes.size() < kNameAt || load_little<uint32_t>(bytes.data()) != kMagic) return {};
  if (load_little<uint32_t>(bytes.data() + 4) != kVersion) return {.state = Copy::State::kForeign};
  const auto name_size = load_little<uint32_t>(bytes.data() + 24);
  if (name_size > kFileNameSizeMax || kNameAt + name_size > bytes.size()) return {};
  const std::string_view checked = bytes.substr(kCheckedFrom, kNameAt - kCheckedFrom + name_size);
  if (load_little<uint32_t>(bytes.data() + kChecksumAt) != crc32c(0, as_bytes(checked))) return {};
  const auto kind = load_little<uint32_t>(bytes.data() + kCheckedFrom);
  if (kind > static_cast<uint32_t>(SlotKind::kBallast)) return {};
  return {.state = Copy::State::kWhole,
          .header = {.kind = static_cast<SlotKind>(kind),
                     .sequence = load_little<uint64_t>(bytes.data() + 16),
                     .name = std::string(bytes.substr(kNameAt, name_size))}};
}

}  // namespace

std::string encode(const SlotHeader& header) {
  std::string checked;
  append_little(checked, static_cast<uint32_t>(header.kind));
  append_little(checked, header.sequence);
  append_little(checked, static_cast<uint32_t>(header.name.size()));
  checked += header.name;
  std::string copy;
  append_little(copy, kMagic);
  append_little(copy, kVersion);
  append_little(copy, crc32c(0, as_bytes(checked)));
  return copy + checked;
}

SlotFront read_slot_front(std::string_view front) {
  const std::string_view second_bytes =
      front.size() > kSlotHeaderCopyAt ? front.substr(kSlotHeaderCopyAt) : std::string_view();
  Copy first = decode(front.substr(0, kSlotHeaderCopyAt));
  Copy second = decode(second_bytes);
  using State = Copy::State;
  if (first.state == State::kForeign || second.state == State::kForeign) {
    return {.state = SlotState::kForeign};
  }
  const bool has_first = first.state == State::kWhole;
  const bool has_second = second.state == State::kWhole;
  if (has_first || has_second) {
    const bool takes_first =
        has_first && (!has_second || first.header.sequence >= second.header.sequence);
    const bool is_equal = has_second && first.header.sequence == second.header.sequence;
    return {.state = SlotState::kWhole,
            .header = std::move(takes_first ? first.header : second.header),
            .is_second_behind = takes_first && !is_equal};
  }
  // The second copy is written when the first is durable: without one, there was no file yet.
  if (second.state == State::kBlank) return {.state = SlotState::kUnused};
  return {.state = SlotState::kDamaged};
}

}  // namespace myelin
