// Whether a user's JWT lets somebody into an account, in nats-server's sequence of questions. Whose
// the signatures are was found out before, or is found out beside: a bearer need not sign.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/auth/claimed_account.h"
#include "core/auth/connect_times.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/base/time_of_day.h"
#include "core/identity/claims.h"
#include "core/identity/operators.h"
#include "core/options.h"

namespace myelin {

struct AdmissionFacts {
  WallTime now{};
  uint8_t connection = kStandardConnection;  // how it comes, a bit of UserOptions
  std::string_view address;                  // from where
  TimeOfDay time_of_day = nullptr;           // the host cannot: UTC is all there is
};

// Somebody who may come in.
struct Admission {
  std::optional<PermissionOptions> permissions;
  bool has_default_permissions = false;  // the account's
  bool is_bearer = false;                // nothing need be signed
  bool proxy_required = false;
  int64_t max_subscriptions = -1;
  int64_t max_payload = -1;
  std::string signing_key;          // which signed for the account; empty: its own
  std::optional<Duration> stays{};  // then it is put out; nothing: never
};

// Why not, for the log.
using AdmissionResult = Result<Admission, std::string>;
AdmissionResult admit(const UserClaims& user, const ClaimedAccount& account,
                      const Operators& operators, const AdmissionFacts& facts);

// How long a user may stay by the hours it may come at. Nothing: it may not come now.
std::optional<Duration> hours_allowed(const UserPermissionLimits& limits,
                                      const AdmissionFacts& facts);
// How long one may stay who may come now, by its hours and until its claims expire. Nothing: for
// ever.
std::optional<Duration> time_to_stay(const UserClaims& user, const UserPermissionLimits& limits,
                                     const AdmissionFacts& facts);
// When that is over; 0: never.
WallTime end_of_stay(std::optional<Duration> stays, WallTime now);

// The connections that a list of types names; what is not known is none. Nothing: it names others
// only, so nobody may come.
std::optional<uint8_t> connection_types_of(const std::vector<std::string>& names);

}  // namespace myelin
