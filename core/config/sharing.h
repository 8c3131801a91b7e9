// What an account exports to others and imports from them, as its block says it. Whether imports
// and exports go together is not judged here: ConfigSources::check_accounts does.
#pragma once

#include <vector>

#include "core/config/config_reader.h"
#include "core/options.h"

namespace myelin {

void read_exports(ConfigReader& reader, const ConfigMember& member, std::vector<ExportOptions>& to);
void read_imports(ConfigReader& reader, const ConfigMember& member, std::vector<ImportOptions>& to);

}  // namespace myelin
