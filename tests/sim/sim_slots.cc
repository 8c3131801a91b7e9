#include "tests/sim/sim_slots.h"

#include <algorithm>
#include <cstring>

namespace myelin::sim {
namespace {

constexpr uint64_t kSectorSize = 512;

void put(std::string& to, uint64_t offset, std::string_view bytes) {
  if (to.size() < offset + bytes.size()) to.resize(static_cast<size_t>(offset + bytes.size()));
  to.replace(static_cast<size_t>(offset), bytes.size(), bytes);
}

}  // namespace

Result<uint64_t> SimSlots::read(uint32_t slot, uint64_t offset, std::span<std::byte> to) {
  const std::string& seen = slots_.at(slot).seen;
  if (offset >= seen.size()) return uint64_t{0};
  const uint64_t size = std::min<uint64_t>(to.size(), seen.size() - offset);
  std::memcpy(to.data(), seen.data() + offset, static_cast<size_t>(size));
  return size;
}

Status SimSlots::write(uint32_t slot, uint64_t offset, Bytes bytes) {
  if (!has_room(slot, offset + bytes.size())) return Error{Errc::kFull, "the pool is full"};
  ++write_count_;
  change(slot, {.offset = offset, .bytes = std::string(as_text(bytes))});
  return kOk;
}

Status SimSlots::truncate(uint32_t slot, uint64_t size) {
  if (!has_room(slot, size)) return Error{Errc::kFull, "the pool is full"};
  change(slot, {.is_truncation = true, .offset = size, .bytes = {}});
  return kOk;
}

bool SimSlots::has_room(uint32_t slot, uint64_t size) {
  Slot& to = slots_.at(slot);
  const uint64_t has = keeps_grants_ ? to.granted : to.seen.size();
  if (size > has && used() + (size - has) > capacity_) return false;
  to.granted = std::max(to.granted, size);
  return true;
}

void SimSlots::change(uint32_t slot, Change change) {
  Slot& to = slots_.at(slot);
  apply(change, to.seen);
  if (!is_dead()) to.changes.push_back(std::move(change));
}

Result<uint64_t> SimSlots::size(uint32_t slot) { return uint64_t{slots_.at(slot).seen.size()}; }

Status SimSlots::flush(uint32_t slot) {
  if (is_dead()) return Error{Errc::kIo, "the power is gone"};
  ++flush_count_;
  Slot& to = slots_.at(slot);
  to.durable = to.seen;
  to.changes.clear();
  return kOk;
}

void SimSlots::crash() {
  for (Slot& slot : slots_) {
    for (const Change& change : slot.changes) {
      const uint64_t fate = random_.below(3);
      if (fate == 0) apply(change, slot.durable);
      if (fate == 1) keep_a_part(change, slot.durable);
    }
    slot.changes.clear();
    slot.seen = slot.durable;
  }
  calls_left_.reset();
}

uint64_t SimSlots::used() const {
  uint64_t used = 0;
  for (const Slot& slot : slots_) used += keeps_grants_ ? slot.granted : slot.seen.size();
  return used;
}

bool SimSlots::is_dead() {
  if (!calls_left_) return false;
  if (*calls_left_ == 0) return true;
  --*calls_left_;
  return false;
}

void SimSlots::apply(const Change& change, std::string& to) {
  if (change.is_truncation) {
    to.resize(static_cast<size_t>(change.offset));
  } else {
    put(to, change.offset, change.bytes);
  }
}

// Some of its sectors, in no order. A size is kept or not.
void SimSlots::keep_a_part(const Change& change, std::string& to) {
  if (change.is_truncation) return;
  for (uint64_t at = 0; at < change.bytes.size();) {
    const uint64_t sector_end = ((change.offset + at) / kSectorSize + 1) * kSectorSize;
    const uint64_t size =
        std::min<uint64_t>(sector_end - (change.offset + at), change.bytes.size() - at);
    if (random_.below(2) == 0) {
      put(to, change.offset + at,
          std::string_view(change.bytes)
              .substr(static_cast<size_t>(at), static_cast<size_t>(size)));
    }
    at += size;
  }
}

}  // namespace myelin::sim
