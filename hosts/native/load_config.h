// The daemon's configuration: the file that the flags name, if any, under the flags themselves.
// Done at the start and again at each reload.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/config/config.h"
#include "hosts/native/flags.h"

namespace myelin {

// An error's context is all there is to tell the user, perhaps several lines.
Result<Config> load_config(const Flags& flags);

}  // namespace myelin
