// SimSlots: a pool of slots that may lose power. What was written since a slot's last flush is
// kept, lost or torn by sectors, each write for itself.
//
// It can also fail at a chosen call: from then on nothing reaches the slots until the crash, so
// that a test can cut the power between any two of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "hosts/browser/slots.h"

namespace myelin::sim {

class SimSlots final : public Slots {
 public:
  explicit SimSlots(uint64_t seed) : random_(seed) {}

  Result<uint64_t> read(uint32_t slot, uint64_t offset, std::span<std::byte> to) override;
  Status write(uint32_t slot, uint64_t offset, Bytes bytes) override;
  Status truncate(uint32_t slot, uint64_t size) override;
  Result<uint64_t> size(uint32_t slot) override;
  Status flush(uint32_t slot) override;

  void grow(uint32_t count) { slots_.resize(slots_.size() + count); }
  uint32_t count() const { return static_cast<uint32_t>(slots_.size()); }
  // The power is gone, and comes back.
  void crash();
  // After so many more calls that change something.
  void die_after(uint64_t calls) { calls_left_ = calls; }
  // Bytes of all slots together.
  uint64_t used() const;
  void set_capacity(uint64_t capacity) { capacity_ = capacity; }
  // A slot that was long once keeps what it was granted, and no other gets it.
  void keep_grants() { keeps_grants_ = true; }

  // The bytes themselves, of what is seen and of what is durable.
  std::string& seen(uint32_t slot) { return slots_.at(slot).seen; }
  std::string& durable(uint32_t slot) { return slots_.at(slot).durable; }
  uint64_t flush_count() const { return flush_count_; }
  uint64_t write_count() const { return write_count_; }

 private:
  struct Change {
    bool is_truncation = false;
    uint64_t offset = 0;  // or the size
    std::string bytes;
  };
  struct Slot {
    std::string seen;
    std::string durable;
    uint64_t granted = 0;         // the longest it ever was
    std::vector<Change> changes;  // since the last flush
  };

  bool is_dead();
  bool has_room(uint32_t slot, uint64_t size);
  void change(uint32_t slot, Change change);
  static void apply(const Change& change, std::string& to);
  void keep_a_part(const Change& change, std::string& to);

  Random random_;
  std::vector<Slot> slots_;
  std::optional<uint64_t> calls_left_;
  uint64_t capacity_ = UINT64_MAX;
  bool keeps_grants_ = false;
  uint64_t flush_count_ = 0;
  uint64_t write_count_ = 0;
};

}  // namespace myelin::sim
