#include "hosts/common/heap.h"

#include <malloc.h>

#include <algorithm>
#include <cstddef>

namespace myelin {
namespace {

// So much is always worth keeping for what comes next.
constexpr size_t kFreeMin = 4 * 1024 * 1024;

}  // namespace

void return_free_memory() {
#if defined(__GLIBC__)
  const struct mallinfo2 heap = mallinfo2();
  if (heap.fordblks > std::max(kFreeMin, heap.uordblks)) malloc_trim(kFreeMin);
#endif
}

void return_all_free_memory() {
#if defined(__GLIBC__)
  if (mallinfo2().fordblks > kFreeMin) malloc_trim(0);
#endif
}

}  // namespace myelin
