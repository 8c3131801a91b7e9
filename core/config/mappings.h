// The `mappings` block: subjects and where messages published to them go instead.
#pragma once

#include <vector>

#include "core/config/config_reader.h"
#include "core/options.h"

namespace myelin {

// Subjects are judged by ConfigSources::check_mapping, if there is one.
void read_mappings(ConfigReader& reader, const ConfigMember& block,
                   std::vector<MappingOptions>& to);

}  // namespace myelin
