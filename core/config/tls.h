// A `tls` block. The names in it (ciphers, curves, files) are for the library that will use them.
#pragma once

#include <optional>

#include "core/config/config_reader.h"
#include "core/config/daemon_options.h"

namespace myelin {

void read_tls(ConfigReader& reader, const ConfigMember& block, std::optional<TlsOptions>& to);

}  // namespace myelin
