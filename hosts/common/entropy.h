// Random bytes of the operating system: the seed of a Server and what must not be guessed.
#pragma once

#include <string>

#include "core/base/random.h"

namespace myelin {

// Ends the process if the system has none to give: there is nothing safe to go on with.
std::string random_bytes(size_t size);
Seed random_seed();

}  // namespace myelin
