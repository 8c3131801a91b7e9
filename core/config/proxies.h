// The `proxies` block: who may bring clients, and sign for it (ADR-55).
#pragma once

#include <string>
#include <vector>

#include "core/config/config_reader.h"

namespace myelin {

void read_proxies(ConfigReader& reader, const ConfigMember& block, std::vector<std::string>& to);

}  // namespace myelin
