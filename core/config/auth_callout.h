// The `auth_callout` block: somebody else decides who may come in (ADR-26).
#pragma once

#include <optional>

#include "core/config/config_reader.h"
#include "core/options.h"

namespace myelin {

void read_auth_callout(ConfigReader& reader, const ConfigMember& block,
                       std::optional<AuthCalloutOptions>& to);

}  // namespace myelin
