#include "tests/sim/slot_disk.h"

#include "core/base/check.h"

namespace myelin::sim {

SlotDisk::SlotDisk(uint64_t seed, Faults faults) : random_(seed), faults_(faults), slots_(seed) {
  slots_.grow(static_cast<uint32_t>(random_.below(6)));
  load();
}

void SlotDisk::load() {
  storage_.emplace(slots_, log_);
  INVARIANT(storage_->load(slots_.count()).ok());
  outstanding_ = 0;
  // Some lives end in the middle of a commit.
  if (random_.below(2) == 0) slots_.die_after(random_.below(300));
}

SyncTicket SlotDisk::sync(std::span<const FileId> files) {
  ++outstanding_;
  return storage_->sync(files);
}

std::vector<SlotStorage::Synced> SlotDisk::complete() {
  // Asked for slots, a host takes its time.
  if (random_.below(3) != 0) {
    const uint32_t wanted = storage_->slots_wanted();
    slots_.grow(wanted);
    if (wanted > 0) storage_->add_slots(wanted);
  }
  storage_->commit();
  std::vector<SlotStorage::Synced> synced = storage_->take_synced();
  outstanding_ -= synced.size();
  return synced;
}

void SlotDisk::crash() {
  storage_.reset();
  slots_.crash();
  load();
}

bool SlotDisk::rot() {
  if (slots_.count() == 0) return false;
  const auto slot = static_cast<uint32_t>(random_.below(slots_.count()));
  const uint64_t size = slots_.durable(slot).size();
  if (size <= kSlotHeaderSize) return false;
  const uint64_t at = kSlotHeaderSize + random_.below(size - kSlotHeaderSize);
  const auto flipped = static_cast<char>(1 << random_.below(8));
  slots_.durable(slot)[static_cast<size_t>(at)] ^= flipped;
  slots_.seen(slot)[static_cast<size_t>(at)] ^= flipped;
  return true;
}

void SlotDisk::set_capacity(uint64_t capacity) {
  const uint64_t used = slots_.used();
  slots_.set_capacity(capacity > UINT64_MAX / 4 ? UINT64_MAX : used + capacity);
}

}  // namespace myelin::sim
