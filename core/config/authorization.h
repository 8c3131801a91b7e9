// The `authorization` block.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/config/config_reader.h"
#include "core/options.h"

namespace myelin {

// Users of accounts that are in `to` already stay there.
void read_authorization(ConfigReader& reader, const ConfigMember& block, AuthorizationOptions& to);

// Who stands in for those that say nothing must be one of the users.
Status check_no_auth_user(const AuthorizationOptions& authorization, const std::string& name);

// Whose answers a callout is to wait for must be there: else nobody decides, or all are let in.
Status check_callout(const Options& options);

}  // namespace myelin
