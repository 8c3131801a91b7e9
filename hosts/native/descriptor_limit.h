// How many descriptors the process may have: one per connection and some for itself.
#pragma once

#include <cstdint>

namespace myelin {

// As far as the system permits; too few is no error: the listener waits when they run out.
void raise_descriptor_limit(int64_t connections);

}  // namespace myelin
