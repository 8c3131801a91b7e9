// The `authorization` block, and the permissions in it.
#pragma once

#include "core/config/config_reader.h"
#include "core/options.h"

namespace myelin {

void read_authorization(ConfigReader& reader, const ConfigMember& block, AuthorizationOptions& to);

}  // namespace myelin
