// The `websocket` block: where browsers and others connect by HTTP, and what is different for them.
#pragma once

#include "core/base/result.h"
#include "core/config/config_reader.h"

namespace myelin {

// A block without a port opens nothing, whatever else is in it.
void read_websocket(ConfigReader& reader, const ConfigMember& block, Config& to);

// For complete(): gives defaults and refuses contradictions, in nats-server's words.
Status complete_websocket(Config& config);

// For announce(): what INFO tells those who come this way.
void announce_websocket(Config& config);

}  // namespace myelin
