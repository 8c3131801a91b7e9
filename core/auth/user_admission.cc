#include "core/auth/user_admission.h"

#include <algorithm>
#include <utility>

#include "core/auth/connect_times.h"
#include "core/auth/permission_template.h"
#include "core/base/ip_network.h"
#include "core/base/text.h"

namespace myelin {
namespace {

struct NamedConnection {
  std::string_view name;
  uint8_t connection;  // 0: of a kind that this server has not
};
constexpr NamedConnection kConnections[] = {
    {"STANDARD", kStandardConnection},
    {"WEBSOCKET", kWebSocketConnection},
    {"IN_PROCESS", kInProcessConnection},
    {"LEAFNODE", 0},
    {"LEAFNODE_WS", 0},
    {"MQTT", 0},
    {"MQTT_WS", 0},
};

// What the user may, by its own claims or by the template of the key that signed them.
Result<UserPermissionLimits, std::string> limits_of(const UserClaims& user,
                                                    const ClaimedAccount& account) {
  const auto scope = account.find_signer(user.iss);
  if (!scope) return std::string("User JWT issuer is not known");
  if (*scope == nullptr) return user.limits;
  if (user.has_empty_permissions()) return (*scope)->user_template;
  return std::string("User JWT is not valid: scoped users require no permissions or limits set");
}

bool fill(std::optional<PermissionOptions>& permissions, const UserClaims& user,
          const ClaimedAccount& account) {
  if (!permissions || *account.find_signer(user.iss) == nullptr) return true;
  return fill_templates(*permissions, {.name = user.name,
                                       .subject = user.sub,
                                       .account_name = account.claims.name,
                                       .account_subject = user.issuer_account,
                                       .tags = user.tags,
                                       .account_tags = account.claims.tags});
}

bool may_come_from(const std::vector<std::string>& networks, std::string_view address) {
  if (networks.empty()) return true;
  bool is_within = false;
  for (const std::string& text : networks) {
    const auto network = IpNetwork::parse(text);
    if (!network) return false;
    is_within = is_within || network->contains(address);
  }
  return is_within;
}

Duration time_of_day_in_utc(WallTime at) {
  const int64_t day = kDay.count();
  return Duration((at.unix_ns % day + day) % day);
}

}  // namespace

std::optional<uint8_t> connection_types_of(const std::vector<std::string>& names) {
  if (names.empty()) return kAnyConnection;
  uint8_t connections = 0;
  bool is_any_known = false;
  for (const std::string& name : names) {
    for (const NamedConnection& known : kConnections) {
      if (!equals_ignoring_case(known.name, name)) continue;
      connections = static_cast<uint8_t>(connections | known.connection);
      is_any_known = true;
    }
  }
  if (!is_any_known) return std::nullopt;
  return connections;
}

std::optional<Duration> hours_allowed(const UserPermissionLimits& limits,
                                      const AdmissionFacts& facts) {
  std::optional<Duration> time;
  const std::string& zone = limits.times_location;
  if (facts.time_of_day != nullptr) {
    time = facts.time_of_day(zone, facts.now);
  } else if (zone.empty() || zone == "UTC") {
    time = time_of_day_in_utc(facts.now);
  }
  if (!time) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> ranges;
  for (const TimeRange& range : limits.times) ranges.emplace_back(range.start, range.end);
  return time_allowed(ranges, *time);
}

std::optional<Duration> time_to_stay(const UserClaims& user, const UserPermissionLimits& limits,
                                     const AdmissionFacts& facts) {
  std::optional<Duration> stays;
  if (!limits.times.empty()) stays = hours_allowed(limits, facts);
  if (user.exp == 0) return stays;
  const int64_t left =
      std::max<int64_t>(std::max<int64_t>(user.exp, 0) - facts.now.unix_ns / kNsPerSecond, 0);
  const Duration lasts = left > INT64_MAX / kNsPerSecond ? Duration::max() : seconds(left);
  return std::min(stays.value_or(lasts), lasts);
}

WallTime end_of_stay(std::optional<Duration> stays, WallTime now) {
  if (!stays) return {};
  return {now.unix_ns + std::min(stays->count(), INT64_MAX - now.unix_ns)};
}

AdmissionResult admit(const UserClaims& user, const ClaimedAccount& account,
                      const Operators& operators, const AdmissionFacts& facts) {
  if (!operators.trusts(account.claims.iss)) {
    return std::string("Account JWT not signed by trusted operator");
  }
  auto limits = limits_of(user, account);
  if (!limits.ok()) return limits.error();
  const UserPermissionLimits& may = limits.value();
  Admission admission;
  admission.permissions = to_permission_options(may.permissions);
  if (!fill(admission.permissions, user, account)) {
    return std::string("User JWT generated invalid permissions");
  }
  if (account.is_expired(facts.now)) return std::string("Account JWT has expired");
  admission.is_bearer = may.bearer_token;
  if (admission.is_bearer && account.claims.limits.disallow_bearer) {
    return std::string("Account does not allow bearer tokens");
  }
  const auto connections = connection_types_of(may.allowed_connection_types);
  if (!connections || (*connections & facts.connection) == 0) {
    return std::string("Connection type not allowed");
  }
  if (is_revoked(account.claims.revocations, user.sub, user.iat)) {
    return std::string("User authentication revoked");
  }
  if (!may_come_from(may.src, facts.address)) return "Bad src Ip " + std::string(facts.address);
  if (!may.times.empty() && !hours_allowed(may, facts)) return std::string("Outside connect times");
  admission.stays = time_to_stay(user, may, facts);
  if (!admission.permissions) {
    admission.has_default_permissions = true;
    admission.permissions = to_permission_options(account.claims.default_permissions);
  }
  admission.proxy_required = user.limits.proxy_required;
  admission.max_subscriptions = may.subs;
  admission.max_payload = may.payload;
  if (!user.issuer_account.empty()) admission.signing_key = user.iss;
  return admission;
}

}  // namespace myelin
