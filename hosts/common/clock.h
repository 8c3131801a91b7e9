// The machine's clocks as the core wants them: one Now, read once per call into a Server.
#pragma once

#include "core/base/time.h"

namespace myelin {

Now read_clocks();
WallTime read_wall_clock();

}  // namespace myelin
