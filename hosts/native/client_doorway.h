// What a configuration asks of those who connect as clients before they are heard: the Doorway of
// the client listener, and what the log says of it.
#pragma once

#include "core/base/log.h"
#include "core/base/result.h"
#include "core/config/daemon_options.h"
#include "hosts/uv/doorway.h"

namespace myelin {

// Reads certificates and keys anew.
Result<Doorway> client_doorway(const DaemonOptions& options);

void tell_doorway(const Doorway& doorway, Log& log);

}  // namespace myelin
