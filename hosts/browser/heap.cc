#include "hosts/browser/heap.h"

#include <malloc.h>

#include <cstddef>
#include <cstring>

namespace {

// What the allocator keeps beside each piece.
constexpr size_t kOverhead = 8;

uint64_t in_use = 0;

void* count(void* memory) {
  if (memory != nullptr) in_use += malloc_usable_size(memory) + kOverhead;
  return memory;
}

void discount(void* memory) {
  if (memory != nullptr) in_use -= malloc_usable_size(memory) + kOverhead;
}

}  // namespace

extern "C" {

void* __real_malloc(size_t size);
void* __real_calloc(size_t count, size_t size);
void* __real_realloc(void* memory, size_t size);
void* __real_memalign(size_t alignment, size_t size);
void __real_free(void* memory);

void* __wrap_malloc(size_t size) { return count(__real_malloc(size)); }
void* __wrap_calloc(size_t number, size_t size) { return count(__real_calloc(number, size)); }
void* __wrap_memalign(size_t alignment, size_t size) {
  return count(__real_memalign(alignment, size));
}
void* __wrap_realloc(void* memory, size_t size) {
  discount(memory);
  void* const moved = __real_realloc(memory, size);
  // What could not grow stays where it was.
  count(moved == nullptr ? memory : moved);
  return moved;
}
void __wrap_free(void* memory) {
  discount(memory);
  __real_free(memory);
}
}

namespace myelin {

uint64_t heap_in_use() { return in_use; }

}  // namespace myelin
