// Heap: how many bytes of it are in use, to the byte and without a walk. The module is linked so
// that every allocation passes through heap.cc (--wrap).
//
// It is the one piece of global state there is: so is the heap.
#pragma once

#include <cstdint>

namespace myelin {

uint64_t heap_in_use();

}  // namespace myelin
