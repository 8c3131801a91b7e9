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
//
// Growing reads every key once, which takes its time when they are spread over memory. So a table
// that has become large splits into parts that grow one by one: no single insert takes long.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
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

  // In no order that may be seen.
  template <class Visit>
  void for_each(const Visit& visit) const {
    if (parts_) {
      for (const SlotTable& part : *parts_) part.for_each(visit);
    }
    for (const Slot slot : slots_) {
      if (slot) visit(slot);
    }
  }

  // The slot under `hash` for which `is_wanted(slot)` holds, or null. Valid until the next change.
  template <class IsWanted>
  Slot* find(uint64_t hash, const IsWanted& is_wanted) {
    SlotTable* table = this;
    while (table->parts_) table = &table->part_of(hash);
    if (table->size_ == 0) return nullptr;
    for (size_t index = table->home(hash); table->slots_[index]; index = table->next(index)) {
      Slot& slot = table->slots_[index];
      if (slot.has_fingerprint_of(hash) && is_wanted(slot)) return &slot;
    }
    return nullptr;
  }

  // The key of `slot` must not be present. `hash_of(slot)` hashes the key of one already here.
  template <class HashOf>
  void insert(uint64_t hash, Slot slot, const HashOf& hash_of) {
    ++size_;
    if (parts_) return part_of(hash).insert(hash, slot, hash_of);
    if (size_ * kLoadDenominator > slots_.size() * kLoadNumerator) {
      const size_t wanted = std::max(kSlotsMin, slots_.size() * 2);
      if (wanted > kSlotsMax && depth_ < kDepthMax) {
        split(hash_of);
        return part_of(hash).insert(hash, slot, hash_of);
      }
      resize(wanted, hash_of);
    }
    place(hash, slot);
  }

  // `slot` is what find() returned for this hash.
  template <class HashOf>
  void erase(uint64_t hash, Slot* slot, const HashOf& hash_of) {
    --size_;
    if (parts_) {
      part_of(hash).erase(hash, slot, hash_of);
      if (size_ < kSlotsMax / 8) join(hash_of);
      return;
    }
    close_gap(static_cast<size_t>(slot - slots_.data()), hash_of);
    if (slots_.size() > kSlotsMin && size_ < slots_.size() / 8) resize(slots_.size() / 4, hash_of);
  }

 private:
  static constexpr size_t kSlotsMin = 4;
  static constexpr size_t kSlotsMax = 8192;
  static constexpr size_t kParts = 16;
  static constexpr unsigned kDepthMax = 7;
  static constexpr size_t kLoadNumerator = 4;
  static constexpr size_t kLoadDenominator = 5;
  using Parts = std::array<SlotTable, kParts>;

  // The fingerprint is the top of the hash, the place its bottom; what lies between chooses parts.
  size_t home(uint64_t hash) const { return static_cast<size_t>(hash) & (slots_.size() - 1); }
  size_t next(size_t index) const { return (index + 1) & (slots_.size() - 1); }
  SlotTable& part_of(uint64_t hash) const {
    return (*parts_)[(hash >> (16 + 4 * depth_)) % kParts];
  }

  void place(uint64_t hash, Slot slot) {
    size_t index = home(hash);
    while (slots_[index]) index = next(index);
    slots_[index] = slot.with_fingerprint_of(hash);
  }

  // Empties `gap`; what would no longer be found over it moves up.
  template <class HashOf>
  void close_gap(size_t gap, const HashOf& hash_of) {
    const size_t mask = slots_.size() - 1;
    for (size_t index = next(gap); slots_[index]; index = next(index)) {
      const size_t wanted = home(hash_of(slots_[index]));
      if (((index - wanted) & mask) < ((index - gap) & mask)) continue;
      slots_[gap] = slots_[index];
      gap = index;
    }
    slots_[gap] = Slot();
  }

  template <class HashOf>
  void resize(size_t capacity, const HashOf& hash_of) {
    std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(std::max(capacity, kSlotsMin)));
    for (const Slot slot : old) {
      if (slot) place(hash_of(slot), slot);
    }
  }

  template <class HashOf>
  void split(const HashOf& hash_of) {
    parts_ = std::make_unique<Parts>();
    for (SlotTable& part : *parts_) {
      part.depth_ = depth_ + 1;
      part.slots_.resize(2 * kSlotsMax / kParts);
    }
    for (const Slot slot : std::exchange(slots_, {})) {
      if (!slot) continue;
      const uint64_t hash = hash_of(slot);
      part_of(hash).insert(hash, slot, hash_of);
    }
  }

  template <class HashOf>
  void join(const HashOf& hash_of) {
    slots_.resize(kSlotsMax / 4);
    const std::unique_ptr<Parts> parts = std::move(parts_);
    for (const SlotTable& part : *parts) {
      part.for_each([&](Slot slot) { place(hash_of(slot), slot); });
    }
  }

  std::vector<Slot> slots_;       // a power of two of them, never full; none if there are parts
  std::unique_ptr<Parts> parts_;  // a large table is sixteen smaller ones
  uint32_t size_ = 0;             // of all parts together
  unsigned depth_ = 0;            // how many splits lie above
};

}  // namespace myelin
