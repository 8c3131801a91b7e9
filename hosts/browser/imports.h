// What the module imports from "env": the page's side of the host. Sizes and offsets of files cross
// as doubles, which JavaScript's numbers are; they stay below 2^53.
#pragma once

#include <cstdint>

extern "C" {

// `level` counts from 0: trace, debug, info, warning, error, fatal.
void host_log(int32_t level, const char* text, uint32_t size);
// Bytes read, fewer only at the end; -1: it failed.
int32_t host_slot_read(uint32_t slot, double offset, void* to, uint32_t size);
// 0: all was written; 1: there is no room; -1: it failed.
int32_t host_slot_write(uint32_t slot, double offset, const void* bytes, uint32_t size);
// As a write: to make a slot longer takes room.
int32_t host_slot_truncate(uint32_t slot, double size);
// -1: it failed.
double host_slot_size(uint32_t slot);
int32_t host_slot_flush(uint32_t slot);
}
