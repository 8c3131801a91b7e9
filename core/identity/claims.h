// Claims: what NATS's JWTs say, version 2, and version 1 made into it. The fields have the names of
// the JSON, letter for letter; absent ones have Go's zero values, as nats-server reads them.
//
// Reading claims checks types and who may sign such claims, not whether what they say makes sense:
// that is core/identity/claims_check.h's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/key_codecs.h"
#include "core/base/result.h"
#include "core/options.h"

namespace myelin {

inline constexpr int64_t kNoLimit = -1;
inline constexpr std::string_view kAnyKey = "*";

// What all have. Times are Unix seconds; 0: none.
struct Claims {
  std::string aud;
  int64_t exp = 0;
  std::string jti;
  int64_t iat = 0;
  std::string iss;
  std::string name;
  int64_t nbf = 0;
  std::string sub;

  std::string type;
  std::vector<std::string> tags;
  int64_t version = 0;

  bool is_self_signed() const { return iss == sub; }
};

// By public key (or kAnyKey): what was issued until then is void.
using RevocationList = std::map<std::string, int64_t, std::less<>>;
bool is_revoked(const RevocationList& revocations, std::string_view key, int64_t issued_at);

struct PermissionClaim {
  std::vector<std::string> allow;
  std::vector<std::string> deny;

  bool is_empty() const { return allow.empty() && deny.empty(); }
  friend bool operator==(const PermissionClaim&, const PermissionClaim&) = default;
};

struct ResponsePermissionClaim {
  int64_t max = 0;
  int64_t ttl = 0;  // nanoseconds

  friend bool operator==(const ResponsePermissionClaim&, const ResponsePermissionClaim&) = default;
};

struct PermissionsClaim {
  PermissionClaim pub;
  PermissionClaim sub;
  std::optional<ResponsePermissionClaim> resp;

  friend bool operator==(const PermissionsClaim&, const PermissionsClaim&) = default;
};
// As nats-server applies them; nothing where they say nothing.
std::optional<PermissionOptions> to_permission_options(const PermissionsClaim& claim);

struct TimeRange {
  std::string start;  // "15:04:05"
  std::string end;

  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

struct UserPermissionLimits {
  PermissionsClaim permissions;  // its fields stand among these
  std::vector<std::string> src;  // networks
  std::vector<TimeRange> times;
  std::string times_location;
  int64_t subs = 0;
  int64_t data = 0;
  int64_t payload = 0;
  bool bearer_token = false;
  bool proxy_required = false;
  std::vector<std::string> allowed_connection_types;

  friend bool operator==(const UserPermissionLimits&, const UserPermissionLimits&) = default;
};

struct OperatorClaims : Claims {
  static constexpr std::string_view kKind = "operator";
  std::vector<std::string> signing_keys;
  std::string account_server_url;
  std::vector<std::string> operator_service_urls;
  std::string system_account;
  std::string assert_server_version;
  bool strict_signing_key_usage = false;

  // Whether this operator, or one of its signing keys, vouches for them.
  bool did_sign(const Claims& claims) const;
};

enum class ExportType : uint8_t { kUnknown, kStream, kService };

struct ServiceLatencyClaim {
  int64_t sampling = 0;  // percent; 0: "headers"
  std::string results;
};

struct ExportClaim {
  std::string name;
  std::string subject;
  ExportType type = ExportType::kUnknown;
  bool token_req = false;
  RevocationList revocations;
  std::string response_type;
  int64_t response_threshold = 0;  // nanoseconds
  std::optional<ServiceLatencyClaim> service_latency;
  uint64_t account_token_position = 0;
  bool advertise = false;
  bool allow_trace = false;
  std::string description;
  std::string info_url;
};

struct ImportClaim {
  std::string name;
  std::string subject;
  std::string account;
  std::string token;
  std::string to;
  std::string local_subject;
  ExportType type = ExportType::kUnknown;
  bool share = false;
  bool allow_trace = false;
};

struct JetStreamLimitsClaim {
  int64_t mem_storage = 0;
  int64_t disk_storage = 0;
  int64_t streams = 0;
  int64_t consumer = 0;
  int64_t max_ack_pending = 0;
  int64_t mem_max_stream_bytes = 0;
  int64_t disk_max_stream_bytes = 0;
  bool max_bytes_required = false;

  friend bool operator==(const JetStreamLimitsClaim&, const JetStreamLimitsClaim&) = default;
};

struct AccountLimitsClaim {
  int64_t subs = 0;
  int64_t data = 0;
  int64_t payload = 0;
  int64_t imports = 0;
  int64_t exports = 0;
  bool wildcards = false;
  bool disallow_bearer = false;
  int64_t conn = 0;
  int64_t leaf = 0;
  JetStreamLimitsClaim jetstream;  // its fields stand among these; void where there are tiers
  std::map<std::string, JetStreamLimitsClaim> tiered_limits;

  bool is_empty() const { return *this == AccountLimitsClaim{}; }
  bool has_jetstream() const;
  friend bool operator==(const AccountLimitsClaim&, const AccountLimitsClaim&) = default;
};

// A signing key that may only make users of this template.
struct UserScope {
  std::string key;
  std::string role;
  UserPermissionLimits user_template;  // "template"
  std::string description;
};

struct WeightedMapping {
  std::string subject;
  int64_t weight = 0;  // percent; 0: 100
  std::string cluster;
};

struct ExternalAuthorization {
  std::vector<std::string> auth_users;
  std::vector<std::string> allowed_accounts;
  std::string xkey;

  bool is_enabled() const { return !auth_users.empty(); }
};

struct MessageTraceClaim {
  std::string dest;
  int64_t sampling = 0;
};

struct UserClaims : Claims {
  static constexpr std::string_view kKind = "user";
  UserPermissionLimits limits;  // its fields stand among the claims
  std::string issuer_account;   // empty: the issuer is the account

  bool has_empty_permissions() const { return limits == UserPermissionLimits{}; }
};

struct ActivationClaims : Claims {
  static constexpr std::string_view kKind = "activation";
  std::string subject;
  ExportType kind = ExportType::kUnknown;
  std::string issuer_account;
};

struct AccountClaims : Claims {
  static constexpr std::string_view kKind = "account";
  std::vector<ImportClaim> imports;
  std::vector<ExportClaim> exports;
  AccountLimitsClaim limits;
  std::map<std::string, std::optional<UserScope>, std::less<>> signing_keys;
  RevocationList revocations;
  PermissionsClaim default_permissions;
  std::map<std::string, std::vector<WeightedMapping>> mappings;
  ExternalAuthorization authorization;
  std::optional<MessageTraceClaim> trace;
  std::string cluster_traffic;
  std::string description;
  std::string info_url;

  // Whether this account, or one of its signing keys, vouches for them.
  bool did_sign(const UserClaims& claims) const;
  bool did_sign(const ActivationClaims& claims) const;
};

struct AuthorizationResponseClaims : Claims {
  static constexpr std::string_view kKind = "an authorization request";  // nats-server's slip
  std::string jwt;
  std::string error;
  std::string issuer_account;
};

// Of any other type: `nats` is JSON, an object, or empty.
struct GenericClaims : Claims {
  static constexpr std::string_view kKind = "generic";
  std::string nats;
};

struct DecodedJwt {
  std::variant<OperatorClaims, AccountClaims, UserClaims, ActivationClaims,
               AuthorizationResponseClaims, GenericClaims>
      claims;
  // That the issuer signed them. Nothing they say is to be believed before it was verified, and
  // then the issuer has still to be one to be trusted.
  SignatureCheck signature;

  const Claims& common() const;
};

// Errors are nats-server's, or are worded like them.
Result<DecodedJwt> decode_jwt(std::string_view token);

// The same, verified at once: for what is rare.
Result<DecodedJwt> decode_verified_jwt(const KeyCodecs& codecs, std::string_view token);

template <class T>
Result<T> read_claims(const KeyCodecs& codecs, std::string_view token) {
  Result<DecodedJwt> decoded = decode_verified_jwt(codecs, token);
  if (!decoded.ok()) return decoded.error();
  T* const claims = std::get_if<T>(&decoded.value().claims);
  if (claims == nullptr) {
    return Error{Errc::kInvalid, "not " + std::string(T::kKind) + " claim"};
  }
  return std::move(*claims);
}

// Any claims, taken for generic ones.
Result<GenericClaims> read_generic_claims(const KeyCodecs& codecs, std::string_view token);

}  // namespace myelin
