#include "hosts/browser/imported_slots.h"

#include <string>

#include "hosts/browser/imports.h"

namespace myelin {
namespace {

Error failed(std::string what) { return {Errc::kIo, "the browser's storage failed to " + what}; }

// What the imports answer: 0, 1 for want of room, anything else is a failure.
Status to_status(int32_t answer, const char* what) {
  if (answer == 0) return kOk;
  if (answer == 1) return Error{Errc::kFull, "the browser's storage is full"};
  return failed(what);
}

}  // namespace

Result<uint64_t> ImportedSlots::read(uint32_t slot, uint64_t offset, std::span<std::byte> to) {
  const int32_t got = host_slot_read(slot, static_cast<double>(offset), to.data(),
                                     static_cast<uint32_t>(to.size()));
  if (got < 0 || static_cast<size_t>(got) > to.size()) return failed("read");
  return static_cast<uint64_t>(got);
}

Status ImportedSlots::write(uint32_t slot, uint64_t offset, Bytes bytes) {
  return to_status(host_slot_write(slot, static_cast<double>(offset), bytes.data(),
                                   static_cast<uint32_t>(bytes.size())),
                   "write");
}

Status ImportedSlots::truncate(uint32_t slot, uint64_t size) {
  return to_status(host_slot_truncate(slot, static_cast<double>(size)), "truncate");
}

Result<uint64_t> ImportedSlots::size(uint32_t slot) {
  const double size = host_slot_size(slot);
  if (!(size >= 0)) return failed("say a size");
  return static_cast<uint64_t>(size);
}

Status ImportedSlots::flush(uint32_t slot) { return to_status(host_slot_flush(slot), "flush"); }

}  // namespace myelin
