// What an account may have of JetStream, as the `jetstream` key of its block says.
#pragma once

#include <optional>

#include "core/config/config_reader.h"
#include "core/options.h"

namespace myelin {

void read_account_jetstream(ConfigReader& reader, const ConfigMember& block,
                            std::optional<JetStreamAccountOptions>& to);

}  // namespace myelin
