// The keys of operator mode: who is trusted, and where accounts' claims are
// kept.
#pragma once

#include "core/base/result.h"
#include "core/config/config_reader.h"

namespace myelin {

void read_operators(ConfigReader& reader, const ConfigMember& member, Config& to);
void read_trusted_keys(ConfigReader& reader, const ConfigMember& member, Config& to);
void read_resolver(ConfigReader& reader, const ConfigMember& member, Config& to);
void read_resolver_tls(ConfigReader& reader, const ConfigMember& member, Config& to);
void read_resolver_preload(ConfigReader& reader, const ConfigMember& member, Config& to);
void read_pinned_accounts(ConfigReader& reader, const ConfigMember& member, Config& to);
void read_default_sentinel(ConfigReader& reader, const ConfigMember& member, Config& to);

// What an operator's claims say where the keys say nothing, and what does not go together.
Status complete_operator_mode(Config& config);

}  // namespace myelin
