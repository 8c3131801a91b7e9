// The `jetstream` block: a boolean, "enabled" or "disabled", or a map.
#pragma once

#include "core/config/config_reader.h"

namespace myelin {

// Reads it into Config::jetstream, switches Options::jetstream on or off, and keeps what this
// version cannot do for complete(): a block that is off may ask for anything.
void read_jetstream(ConfigReader& reader, const ConfigMember& block, Config& to);

// The directory may be named inside the block or beside it, not both.
void read_store_dir(ConfigReader& reader, const ConfigMember& member, Config& to);

}  // namespace myelin
