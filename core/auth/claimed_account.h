// ClaimedAccount: an account as its operator's JWT claims it to be: what log-ins and monitoring
// want to know of it, and the AccountOptions that follow from it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/identity/claims.h"
#include "core/identity/operators.h"
#include "core/options.h"

namespace myelin {

struct ClaimedAccount {
  AccountClaims claims;
  std::string jwt;
  // Its users are signed by its signing keys alone.
  bool is_strict = false;
  WallTime updated{};

  // The scope of a key that signs for this account: none within. Nothing: the key does not.
  std::optional<const UserScope*> find_signer(std::string_view key) const;
  bool is_expired(WallTime now) const {
    return claims.exp != 0 && claims.exp <= now.unix_ns / kNsPerSecond;
  }
};

// A user is of this account: who issued its JWT, or for whom that was done.
std::string_view issuing_account(const UserClaims& claims);

AccountOptions to_account_options(const AccountClaims& claims);

}  // namespace myelin
