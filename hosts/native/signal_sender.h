// Sends a command to running servers: `--signal reload=<target>`.
#pragma once

#include "core/base/result.h"
#include "hosts/native/flags.h"

namespace myelin {

// Without a target there must be exactly one server running. An error's context is for the user.
Status send_signal(const SignalRequest& request);

}  // namespace myelin
