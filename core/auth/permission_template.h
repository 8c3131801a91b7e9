// Permission templates: a scoped signing key says what its users may do, once for all of them, with
// blanks for who they are ("inbox.{{subject()}}.>", "team.{{tag(team)}}.*").
//
//     {{name()}} {{subject()}}                  of the user
//     {{account-name()}} {{account-subject()}}  of the account
//     {{tag(x)}} {{account-tag(x)}}             what stands behind "x:" in a tag; of several tags
//                                               each makes a pattern of its own
//
// What cannot be filled in is left out of an allow list; in a deny list it lets nobody in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/options.h"

namespace myelin {

struct TemplateFacts {
  std::string_view name;
  std::string_view subject;
  std::string_view account_name;
  std::string_view account_subject;
  const std::vector<std::string>& tags;
  const std::vector<std::string>& account_tags;
};

// Fills the blanks in place. False: the permissions make no sense for this user.
bool fill_templates(PermissionOptions& permissions, const TemplateFacts& facts);

}  // namespace myelin
