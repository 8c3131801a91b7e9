// What monitoring reports say of this daemon's listeners, files and configuration.
#pragma once

#include <string>

#include "core/base/time.h"
#include "core/config/config.h"
#include "core/options.h"

namespace myelin {

// `loaded`: when the configuration was read; `store_directory`: where JetStream keeps its files.
MonitorOptions monitor_options(const HostConfig& config, WallTime loaded,
                               const std::string& store_directory);

}  // namespace myelin
