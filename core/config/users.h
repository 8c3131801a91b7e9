// Users, as the `authorization` block and each account list them, and what they may do.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/config/config_reader.h"
#include "core/options.h"

namespace myelin {

void read_permissions(ConfigReader& reader, const ConfigMember& member,
                      std::optional<PermissionOptions>& to);

// A name, password or token. An empty one is an error.
void read_credential(ConfigReader& reader, const ConfigMember& member, std::string& to);

// A list of them, less those of whom something is wrong.
std::vector<UserOptions> read_users(ConfigReader& reader, const ConfigMember& member);

// A name or nkey is one user's, of whatever account: who is `known` already is an error.
void add_users(ConfigReader& reader, const ConfigValue& at, std::vector<UserOptions> users,
               std::set<std::string>& known, std::vector<UserOptions>& to);
std::set<std::string> names_of(const std::vector<UserOptions>& users);

}  // namespace myelin
