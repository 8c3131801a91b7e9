// The `accounts` block: spaces of subjects of their own, who uses them, what they may have, and
// what they share; and which of them is the system's.
#pragma once

#include "core/config/config.h"
#include "core/config/config_reader.h"

namespace myelin {

// Its users go to those of the `authorization` block.
void read_accounts(ConfigReader& reader, const ConfigMember& block, Config& to);

// Once the whole file was read: what accounts say of one another, and the system account.
void finish_accounts(ConfigReader& reader, const ConfigValue& root, Config& to);

bool is_account(const Options& options, std::string_view name);

}  // namespace myelin
