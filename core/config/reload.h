// What a reload would change: the lines nats-server logs about it, or why it cannot be done. A
// reload is all or nothing.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"

namespace myelin {

// Both complete()d. `running` holds the port that was bound; a new port 0 means "as it is". The
// value are lines for the log ("Reloaded: debug = true"), in a fixed order, perhaps none; an
// error's context is the refusal ("config reload not supported for MaxPending: old=..., new=...").
Result<std::vector<std::string>> reload_changes(const Config& running, const Config& reloaded);

}  // namespace myelin
