// ClientInfo: who a connection is, as advisories show it: nats-server's fields and their names.
#pragma once

#include <cstdint>
#include <string>

#include "core/pubsub/context.h"

namespace myelin {

// {"start":...,"host":...,...}; {} for a connection that is gone.
std::string client_info_json(const Context& context, uint64_t client);

}  // namespace myelin
