// What a reload would change: the lines nats-server logs about it, or why it cannot be done. A
// reload is all or nothing.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"

namespace myelin {

// What a Server and its host go by.
struct RunningConfig {
  const Options& options;
  const DaemonOptions& daemon;        // with the port that was bound
  const JetStreamOptions& jetstream;  // as it was written: Options have sizes in place of a -1
};
// Of a host that keeps all of it.
inline RunningConfig running(const Config& config) {
  return {config.options, config.daemon, config.jetstream};
}

// `reloaded` is complete()d; a new port 0 means "as it is". The value are lines for the log
// ("Reloaded: debug = true"), in a fixed order, perhaps none; an error's context is the refusal
// ("config reload not supported for MaxPending: old=..., new=...").
Result<std::vector<std::string>> reload_changes(const RunningConfig& running,
                                                const Config& reloaded);

}  // namespace myelin
