// Slot: one word that says who takes a subject, or where to look further. SlotTable: an
// open-addressing hash table whose only content is such words; its keys are read through them.
//
//     63            48 47                                  2 1 0
//     +---------------+-------------------------------------+---+
//     | fingerprint   | pointer                             |kind|   kind: one T, Takers, Node
//     +---------------+-------------------------------------+---+
//
// A lookup compares the fingerprint before it follows the pointer, so that it reads one foreign
// cache line per hit and, most of the time, none per miss. The table knows no key text: whoever
// calls gives functions that read it. The order of slots follows the hash and may never be seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/check.h"

namespace myelin {

class Slot {
 public:
  enum class Kind : uint64_t { kOne = 0, kMany = 1, kNode = 2 };

  Slot() = default;
  Slot(const void* pointer, Kind kind) : bits_(reinterpret_cast<uintptr_t>(pointer)) {
    INVARIANT(bits_ != 0);
    INVARIANT((bits_ & ~kPointerMask) == 0);
    bits_ |= static_cast<uint64_t>(kind);
  }

  explicit operator bool() const { return bits_ != 0; }
  Kind kind() const { return static_cast<Kind>(bits_ & kKindMask); }
  void* pointer() const {
    return reinterpret_cast<void*>(static_cast<uintptr_t>(bits_ & kPointerMask));
  }
  bool has_fingerprint_of(uint64_t hash) const { return ((bits_ ^ hash) & kFingerprintMask) == 0; }
  Slot with_fingerprint_of(uint64_t hash) const {
    Slot slot;
    slot.bits_ = (bits_ & ~kFingerprintMask) | (hash & kFingerprintMask);
    return slot;
  }
  // Another target at the same place in the same table.
  void retarget(Slot to) { *this = to.with_fingerprint_of(bits_); }

 private:
  static constexpr uint64_t kKindMask = 3;
  static constexpr uint64_t kFingerprintMask = uint64_t{0xFFFF} << 48;
  static constexpr uint64_t kPointerMask = ~(kFingerprintMask | kKindMask);

  uint64_t bits_ = 0;
};

class SlotTable {
 public:
  uint32_t size() const { return size_; }
  const std::vector<Slot>& slots() const { return slots_; }

  // The slot under `hash` for which `is_wanted(slot)` holds, or null. Valid until the next change.
  template <class IsWanted>
  Slot* find(uint64_t hash, const IsWanted& is_wanted) {
    if (size_ == 0) return nullptr;
    for (size_t index = home(hash); slots_[index]; index = next(index)) {
      if (slots_[index].has_fingerprint_of(hash) && is_wanted(slots_[index])) {
        return &slots_[index];
      }
    }
    return nullptr;
  }

  // The key of `slot` must not be present. `hash_of(slot)` hashes the key of one already here.
  template <class HashOf>
  void insert(uint64_t hash, Slot slot, const HashOf& hash_of) {
    if ((size_ + 1) * kLoadDenominator > slots_.size() * kLoadNumerator) {
      resize(slots_.empty() ? kSizeMin : slots_.size() * 2, hash_of);
    }
    place(hash, slot);
    ++size_;
  }

  // `at` is of find(). What would no longer be found over the gap moves up.
  template <class HashOf>
  void erase(Slot* at, const HashOf& hash_of) {
    auto gap = static_cast<size_t>(at - slots_.data());
    for (size_t index = next(gap); slots_[index]; index = next(index)) {
      const size_t wanted = home(hash_of(slots_[index]));
      const size_t mask = slots_.size() - 1;
      if (((index - wanted) & mask) >= ((index - gap) & mask)) {
        slots_[gap] = slots_[index];
        gap = index;
      }
    }
    slots_[gap] = Slot();
    --size_;
    if (slots_.size() > kSizeMin && size_ < slots_.size() / 8) resize(slots_.size() / 4, hash_of);
  }

 private:
  static constexpr size_t kSizeMin = 4;
  static constexpr size_t kLoadNumerator = 4;
  static constexpr size_t kLoadDenominator = 5;

  // The fingerprint is the top of the hash, the place its bottom.
  size_t home(uint64_t hash) const { return static_cast<size_t>(hash) & (slots_.size() - 1); }
  size_t next(size_t index) const { return (index + 1) & (slots_.size() - 1); }

  void place(uint64_t hash, Slot slot) {
    size_t index = home(hash);
    while (slots_[index]) index = next(index);
    slots_[index] = slot.with_fingerprint_of(hash);
  }

  template <class HashOf>
  void resize(size_t capacity, const HashOf& hash_of) {
    if (capacity < kSizeMin) capacity = kSizeMin;
    std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(capacity));
    for (const Slot slot : old) {
      if (slot) place(hash_of(slot), slot);
    }
  }

  std::vector<Slot> slots_;  // a power of two of them, never full
  uint32_t size_ = 0;
};

}  // namespace myelin
