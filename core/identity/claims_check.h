// Whether what claims say makes sense, and is so now: nats-server's validation, in its order and
// its words.
#pragma once

#include <string>
#include <vector>

#include "core/base/key_codecs.h"
#include "core/base/time.h"
#include "core/identity/claims.h"

namespace myelin {

struct ClaimsIssue {
  std::string description;
  bool is_blocking = false;
  bool is_of_time = false;  // expired, or not yet valid
};
using ClaimsIssues = std::vector<ClaimsIssue>;

bool is_blocking(const ClaimsIssues& issues, bool times_count);

// The times of any claims.
ClaimsIssues check_times(const Claims& claims, WallTime now);

ClaimsIssues check(const OperatorClaims& claims, WallTime now);
// Activation tokens of imports are verified.
ClaimsIssues check(const AccountClaims& claims, const KeyCodecs& codecs, WallTime now);
// Of the times of the day, whoever compares them with a clock judges the form.
ClaimsIssues check(const UserClaims& claims, WallTime now);
ClaimsIssues check(const ActivationClaims& claims, WallTime now);
ClaimsIssues check(const AuthorizationResponseClaims& claims, WallTime now);

// "$1" in what an import is to be called stands for a wildcard of the other name.
std::string without_references(std::string_view subject);

}  // namespace myelin
