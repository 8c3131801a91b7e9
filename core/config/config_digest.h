// The digest by which nats-server names a configuration: SHA-256 of its tree as Go's JSON encoder
// writes it, keys sorted. Comments, layout and the order of keys do not count.
#pragma once

#include <string>

#include "core/config/config_value.h"

namespace myelin {

// "sha256:" and 64 hex digits.
std::string config_digest(const ConfigValue& root);

}  // namespace myelin
