// Heap: gives back to the system what was freed. The allocator keeps freed memory, and one small
// piece at the end of the heap can keep all of it; after a crowd has left that may be a great deal.
//
// Costs what walking the free pieces costs: call it when something large may have ended, not often.
#pragma once

namespace myelin {

// Does nothing where little is free, or less than is in use.
void return_free_memory();
// Of what was read and is forgotten, as at the start: does nothing only where little is free.
void return_all_free_memory();

}  // namespace myelin
