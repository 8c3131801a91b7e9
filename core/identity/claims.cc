#include "core/identity/claims.h"

#include <algorithm>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/identity/claims_reader.h"
#include "core/identity/jwt.h"
#include "core/identity/nkey.h"

namespace myelin {
namespace {

constexpr int kDepthMax = 64;
constexpr int64_t kClaimsVersion = 2;

// Common fields ---------------------------------------------------------------------------------

// The first version has the kind, the tags and the issuer's account beside the standard fields,
// the second has them in `nats`.
void read_common(ClaimsReader& reader, JsonView root, JsonView nats, Claims& to) {
  reader.read(root, "aud", to.aud);
  reader.read(root, "exp", to.exp);
  reader.read(root, "jti", to.jti);
  reader.read(root, "iat", to.iat);
  reader.read(root, "iss", to.iss);
  reader.read(root, "name", to.name);
  reader.read(root, "nbf", to.nbf);
  reader.read(root, "sub", to.sub);
  reader.read(root, "type", to.type);
  const bool is_first_version = !to.type.empty();
  if (!is_first_version) {
    reader.read(nats, "type", to.type);
    reader.read(nats, "version", to.version);
  } else {
    to.version = 1;
  }
  reader.read(is_first_version ? root : nats, "tags", to.tags);
}

ExportType export_type(ClaimsReader& reader, JsonView object, std::string_view name) {
  std::string type;
  reader.read(object, name, type);
  if (type == "stream") return ExportType::kStream;
  if (type == "service") return ExportType::kService;
  if (object.find(name).is_present() && !object.find(name).is_null()) {
    reader.fail("unknown export type " + go_quote(type));
  }
  return ExportType::kUnknown;
}

// Users -----------------------------------------------------------------------------------------

PermissionClaim read_permission(ClaimsReader& reader, JsonView object, std::string_view name) {
  PermissionClaim permission;
  const JsonView view = reader.object(object, name);
  reader.read(view, "allow", permission.allow);
  reader.read(view, "deny", permission.deny);
  return permission;
}

PermissionsClaim read_permissions(ClaimsReader& reader, JsonView object) {
  PermissionsClaim permissions{.pub = read_permission(reader, object, "pub"),
                               .sub = read_permission(reader, object, "sub")};
  const JsonView view = reader.object(object, "resp");
  if (view.is_present()) {
    ResponsePermissionClaim responses;
    reader.read(view, "max", responses.max);
    reader.read(view, "ttl", responses.ttl);
    permissions.resp = responses;
  }
  return permissions;
}

// A list, or one text with commas.
void read_networks(ClaimsReader& reader, JsonView object, std::vector<std::string>& to) {
  const auto text = object.find("src").as_string();
  if (!text) return reader.read(object, "src", to);
  for (std::string_view rest = *text; !rest.empty();) {
    const size_t end = std::min(rest.find(','), rest.size());
    const std::string network = lower_case(trimmed(rest.substr(0, end), kWhitespace));
    const bool is_new = std::find(to.begin(), to.end(), network) == to.end();
    if (!network.empty() && is_new) to.push_back(network);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void read_user_limits(ClaimsReader& reader, JsonView object, UserPermissionLimits& to) {
  to.permissions = read_permissions(reader, object);
  read_networks(reader, object, to.src);
  reader.each_in_array(object, "times", [&](std::string_view, JsonView value) {
    reader.expect(value.is_object(), value, "times", "struct");
    TimeRange range;
    reader.read(value, "start", range.start);
    reader.read(value, "end", range.end);
    to.times.push_back(std::move(range));
  });
  reader.read(object, "times_location", to.times_location);
  reader.read(object, "subs", to.subs);
  reader.read(object, "data", to.data);
  reader.read(object, "payload", to.payload);
  reader.read(object, "bearer_token", to.bearer_token);
  reader.read(object, "proxy_required", to.proxy_required);
  reader.read(object, "allowed_connection_types", to.allowed_connection_types);
}

void read_user(ClaimsReader& reader, JsonView root, JsonView nats, UserClaims& to) {
  if (to.version == 1) to.limits.subs = to.limits.data = to.limits.payload = kNoLimit;
  read_user_limits(reader, nats, to.limits);
  reader.read(to.version == 1 ? root : nats, "issuer_account", to.issuer_account);
  if (to.version != 1) return;
  to.limits.proxy_required = false;
  to.limits.allowed_connection_types.clear();
}

// Accounts --------------------------------------------------------------------------------------

void read_jetstream_limits(ClaimsReader& reader, JsonView object, JetStreamLimitsClaim& to) {
  reader.read(object, "mem_storage", to.mem_storage);
  reader.read(object, "disk_storage", to.disk_storage);
  reader.read(object, "streams", to.streams);
  reader.read(object, "consumer", to.consumer);
  reader.read(object, "max_ack_pending", to.max_ack_pending);
  reader.read(object, "mem_max_stream_bytes", to.mem_max_stream_bytes);
  reader.read(object, "disk_max_stream_bytes", to.disk_max_stream_bytes);
  reader.read(object, "max_bytes_required", to.max_bytes_required);
}

void read_account_limits(ClaimsReader& reader, JsonView object, int64_t version,
                         AccountLimitsClaim& to) {
  reader.read(object, "subs", to.subs);
  reader.read(object, "data", to.data);
  reader.read(object, "payload", to.payload);
  reader.read(object, "imports", to.imports);
  reader.read(object, "exports", to.exports);
  reader.read(object, "wildcards", to.wildcards);
  reader.read(object, "disallow_bearer", to.disallow_bearer);
  reader.read(object, "conn", to.conn);
  reader.read(object, "leaf", to.leaf);
  if (version == 1) return;
  read_jetstream_limits(reader, object, to.jetstream);
  reader.each_member(object, "tiered_limits", [&](std::string_view tier, JsonView value) {
    reader.expect(value.is_object(), value, "tiered_limits", "struct");
    read_jetstream_limits(reader, value, to.tiered_limits[std::string(tier)]);
  });
  if (!to.tiered_limits.empty()) to.jetstream = {};
}

void read_latency(ClaimsReader& reader, JsonView object, ExportClaim& to) {
  const JsonView view = reader.object(object, "service_latency");
  if (!view.is_present()) return;
  ServiceLatencyClaim latency;
  const auto word = view.find("sampling").as_string();
  const bool is_by_headers = word && equals_ignoring_case(*word, "headers");
  if (!is_by_headers) reader.read(view, "sampling", latency.sampling);
  reader.read(view, "results", latency.results);
  to.service_latency = std::move(latency);
}

ExportClaim read_export(ClaimsReader& reader, JsonView object) {
  reader.expect(object.is_object(), object, "exports", "struct");
  ExportClaim to;
  reader.read(object, "name", to.name);
  reader.read(object, "subject", to.subject);
  to.type = export_type(reader, object, "type");
  reader.read(object, "token_req", to.token_req);
  reader.read(object, "revocations", to.revocations);
  reader.read(object, "response_type", to.response_type);
  reader.read(object, "response_threshold", to.response_threshold);
  read_latency(reader, object, to);
  reader.read(object, "account_token_position", to.account_token_position);
  reader.read(object, "advertise", to.advertise);
  reader.read(object, "allow_trace", to.allow_trace);
  reader.read(object, "description", to.description);
  reader.read(object, "info_url", to.info_url);
  return to;
}

ImportClaim read_import(ClaimsReader& reader, JsonView object) {
  reader.expect(object.is_object(), object, "imports", "struct");
  ImportClaim to;
  reader.read(object, "name", to.name);
  reader.read(object, "subject", to.subject);
  reader.read(object, "account", to.account);
  reader.read(object, "token", to.token);
  reader.read(object, "to", to.to);
  reader.read(object, "local_subject", to.local_subject);
  to.type = export_type(reader, object, "type");
  reader.read(object, "share", to.share);
  reader.read(object, "allow_trace", to.allow_trace);
  return to;
}

// A key by itself, or one whose users are made by a template.
void read_signing_key(ClaimsReader& reader, JsonView value, AccountClaims& to) {
  if (const auto key = value.as_string()) {
    to.signing_keys[std::string(*key)] = std::nullopt;
    return;
  }
  if (!value.is_object()) return;
  if (value.find("kind").as_string().value_or("") != "user_scope") {
    return reader.fail("unknown signing key scope " + value.find("kind").text());
  }
  UserScope scope;
  reader.read(value, "key", scope.key);
  reader.read(value, "role", scope.role);
  reader.read(value, "description", scope.description);
  scope.user_template.subs = scope.user_template.data = scope.user_template.payload = kNoLimit;
  const JsonView limits = reader.object(value, "template");
  if (limits.is_present()) read_user_limits(reader, limits, scope.user_template);
  const std::string key = scope.key;
  to.signing_keys[key] = std::move(scope);
}

void read_mapping(ClaimsReader& reader, std::string_view source, JsonView value,
                  AccountClaims& to) {
  reader.expect(value.is_array(), value, "mappings", "array");
  std::vector<WeightedMapping>& destinations = to.mappings[std::string(source)];
  if (!value.is_array()) return;
  value.each([&](std::string_view, JsonView each) {
    reader.expect(each.is_object(), each, "mappings", "struct");
    WeightedMapping destination;
    reader.read(each, "subject", destination.subject);
    uint64_t weight = 0;
    reader.read(each, "weight", weight);
    reader.expect(weight <= UINT8_MAX, each.find("weight"), "weight", "uint8");
    destination.weight = static_cast<int64_t>(weight);
    reader.read(each, "cluster", destination.cluster);
    destinations.push_back(std::move(destination));
    return reader.error().empty();
  });
}

// What the second version brought.
void read_newer_account(ClaimsReader& reader, JsonView nats, AccountClaims& to) {
  const JsonView permissions = reader.object(nats, "default_permissions");
  to.default_permissions = read_permissions(reader, permissions);
  reader.each_member(nats, "mappings", [&](std::string_view source, JsonView value) {
    read_mapping(reader, source, value, to);
  });
  const JsonView authorization = reader.object(nats, "authorization");
  reader.read(authorization, "auth_users", to.authorization.auth_users);
  reader.read(authorization, "allowed_accounts", to.authorization.allowed_accounts);
  reader.read(authorization, "xkey", to.authorization.xkey);
  const JsonView trace = reader.object(nats, "trace");
  if (trace.is_present()) {
    to.trace.emplace();
    reader.read(trace, "dest", to.trace->dest);
    reader.read(trace, "sampling", to.trace->sampling);
  }
  reader.read(nats, "cluster_traffic", to.cluster_traffic);
  reader.read(nats, "description", to.description);
  reader.read(nats, "info_url", to.info_url);
}

void read_account(ClaimsReader& reader, JsonView nats, AccountClaims& to) {
  reader.each_in_array(nats, "imports", [&](std::string_view, JsonView value) {
    to.imports.push_back(read_import(reader, value));
  });
  reader.each_in_array(nats, "exports", [&](std::string_view, JsonView value) {
    to.exports.push_back(read_export(reader, value));
  });
  const JsonView limits = reader.object(nats, "limits");
  if (limits.is_present()) read_account_limits(reader, limits, to.version, to.limits);
  reader.each_in_array(nats, "signing_keys", [&](std::string_view, JsonView value) {
    read_signing_key(reader, value, to);
  });
  reader.read(nats, "revocations", to.revocations);
  if (to.version != 1) read_newer_account(reader, nats, to);
}

// The others ------------------------------------------------------------------------------------

void read_operator(ClaimsReader& reader, JsonView nats, OperatorClaims& to) {
  reader.read(nats, "signing_keys", to.signing_keys);
  reader.read(nats, "account_server_url", to.account_server_url);
  reader.read(nats, "operator_service_urls", to.operator_service_urls);
  reader.read(nats, "system_account", to.system_account);
  if (to.version == 1) return;
  reader.read(nats, "assert_server_version", to.assert_server_version);
  reader.read(nats, "strict_signing_key_usage", to.strict_signing_key_usage);
}

void read_activation(ClaimsReader& reader, JsonView root, JsonView nats, ActivationClaims& to) {
  const bool is_first_version = to.version == 1;
  reader.read(nats, "subject", to.subject);
  to.kind = export_type(reader, nats, is_first_version ? "type" : "kind");
  reader.read(is_first_version ? root : nats, "issuer_account", to.issuer_account);
}

void read_response(ClaimsReader& reader, JsonView nats, AuthorizationResponseClaims& to) {
  reader.read(nats, "jwt", to.jwt);
  reader.read(nats, "error", to.error);
  reader.read(nats, "issuer_account", to.issuer_account);
}

template <class T>
T begin(const Claims& common) {
  T claims;
  static_cast<Claims&>(claims) = common;
  return claims;
}

bool has_versions(std::string_view type) {
  return type == "operator" || type == "account" || type == "user" || type == "activation";
}

void read_by_type(ClaimsReader& reader, JsonView root, JsonView nats, const Claims& common,
                  DecodedJwt& to) {
  const std::string_view type = common.type;
  if (type == "operator") {
    read_operator(reader, nats, to.claims.emplace<OperatorClaims>(begin<OperatorClaims>(common)));
  } else if (type == "account") {
    read_account(reader, nats, to.claims.emplace<AccountClaims>(begin<AccountClaims>(common)));
  } else if (type == "user") {
    read_user(reader, root, nats, to.claims.emplace<UserClaims>(begin<UserClaims>(common)));
  } else if (type == "activation") {
    read_activation(reader, root, nats,
                    to.claims.emplace<ActivationClaims>(begin<ActivationClaims>(common)));
  } else if (type == "authorization_response") {
    read_response(
        reader, nats,
        to.claims.emplace<AuthorizationResponseClaims>(begin<AuthorizationResponseClaims>(common)));
  } else {
    auto& generic = to.claims.emplace<GenericClaims>(begin<GenericClaims>(common));
    if (nats.is_present()) generic.nats = nats.text();
  }
}

// Who may have signed them, by the kind of key.
bool may_issue(const DecodedJwt& decoded) {
  const std::string& issuer = decoded.common().iss;
  const bool is_account = is_nkey(issuer, NkeyKind::kAccount);
  const bool is_operator = is_nkey(issuer, NkeyKind::kOperator);
  struct Judge {
    bool is_account;
    bool is_operator;
    bool operator()(const OperatorClaims&) const { return is_operator; }
    bool operator()(const AccountClaims&) const { return is_account || is_operator; }
    bool operator()(const UserClaims&) const { return is_account; }
    bool operator()(const ActivationClaims&) const { return is_account || is_operator; }
    bool operator()(const AuthorizationResponseClaims&) const { return is_account; }
    bool operator()(const GenericClaims&) const { return true; }
  };
  return std::visit(Judge{is_account, is_operator}, decoded.claims);
}

Result<SignatureCheck> check_of(const Jwt& jwt, std::string_view issuer,
                                std::string_view signed_text) {
  std::optional<Nkey> key = decode_nkey(issuer);
  if (!key || key->kind == NkeyKind::kCurve) {
    return invalid("claim failed signature verification");
  }
  return SignatureCheck{.public_key = std::move(key->key),
                        .message = std::string(signed_text),
                        .signature = jwt.signature};
}

bool is_good(const KeyCodecs& codecs, const SignatureCheck& check) {
  return codecs.are_there() &&
         codecs.verify_ed25519(check.public_key, check.message, check.signature);
}

}  // namespace

// What claims say -------------------------------------------------------------------------------

bool is_revoked(const RevocationList& revocations, std::string_view key, int64_t issued_at) {
  const auto covers = [&](std::string_view name) {
    const auto found = revocations.find(name);
    return found != revocations.end() && found->second >= issued_at;
  };
  return covers(kAnyKey) || covers(key);
}

std::optional<PermissionOptions> to_permission_options(const PermissionsClaim& claim) {
  if (claim.pub.is_empty() && claim.sub.is_empty() && !claim.resp) return std::nullopt;
  const auto subjects = [](const PermissionClaim& from) {
    SubjectPermission to{.deny = from.deny};
    if (!from.allow.empty()) to.allow = from.allow;
    return to;
  };
  PermissionOptions options{.publish = subjects(claim.pub), .subscribe = subjects(claim.sub)};
  if (claim.resp) {
    ResponsePermission& responses = options.allow_responses.emplace();
    if (claim.resp->max != 0) responses.max_msgs = claim.resp->max;
    if (claim.resp->ttl != 0) responses.expires = Duration(claim.resp->ttl);
  }
  return options;
}

bool OperatorClaims::did_sign(const Claims& claims) const {
  if (claims.iss != sub) return contains(signing_keys, claims.iss);
  return !strict_signing_key_usage || claims.sub == sub;
}

bool AccountLimitsClaim::has_jetstream() const {
  const auto is_there = [](const JetStreamLimitsClaim& limit) {
    return limit.mem_storage != 0 || limit.disk_storage != 0;
  };
  if (tiered_limits.empty()) return is_there(jetstream);
  return std::any_of(tiered_limits.begin(), tiered_limits.end(),
                     [&](const auto& tier) { return is_there(tier.second); });
}

bool AccountClaims::did_sign(const UserClaims& claims) const {
  if (claims.iss == sub) return true;
  return claims.issuer_account == sub && signing_keys.contains(claims.iss);
}

bool AccountClaims::did_sign(const ActivationClaims& claims) const {
  if (claims.iss == sub) return true;
  return claims.issuer_account == sub && signing_keys.contains(claims.iss);
}

const Claims& DecodedJwt::common() const {
  return std::visit([](const auto& each) -> const Claims& { return each; }, claims);
}

// Decoding --------------------------------------------------------------------------------------

Result<DecodedJwt> decode_jwt(std::string_view token) {
  const Result<Jwt> parsed = Jwt::parse(token);
  if (!parsed.ok()) return parsed.error();
  const Jwt& jwt = parsed.value();
  const std::optional<JsonDocument> document = JsonDocument::parse(jwt.claims, kDepthMax);
  if (!document || !document->root().is_object()) return invalid("the claims are no JSON object");
  const JsonView root = document->root();
  ClaimsReader reader;
  const JsonView nats = reader.object(root, "nats");
  Claims common;
  read_common(reader, root, nats, common);
  if (!reader.error().empty()) return invalid(reader.error());
  if (common.version > kClaimsVersion) return invalid("JWT was generated by a newer version ");
  if (has_versions(common.type) && common.version != 1 && common.version != kClaimsVersion) {
    return invalid("library supports version 2 or less - received " + decimal(common.version));
  }
  if (common.type == "cluster") return invalid("ClusterClaims are not supported");
  if (common.type == "server") return invalid("ServerClaims are not supported");

  DecodedJwt decoded;
  read_by_type(reader, root, nats, common, decoded);
  if (!reader.error().empty()) return invalid(reader.error());
  // Generic claims are without a version.
  const bool is_first =
      common.version <= 1 || std::holds_alternative<GenericClaims>(decoded.claims);
  Result<SignatureCheck> check =
      check_of(jwt, common.iss, is_first ? jwt.signed_text_v1 : jwt.signed_text);
  if (!check.ok()) return check.error();
  decoded.signature = std::move(check.value());
  if (!may_issue(decoded)) return invalid("unable to validate expected prefixes");
  return decoded;
}

Result<DecodedJwt> decode_verified_jwt(const KeyCodecs& codecs, std::string_view token) {
  Result<DecodedJwt> decoded = decode_jwt(token);
  if (!decoded.ok()) return decoded;
  if (!is_good(codecs, decoded.value().signature)) {
    const bool is_first = decoded.value().common().version <= 1;
    return invalid(is_first ? "claim failed V1 signature verification"
                            : "claim failed V2 signature verification");
  }
  return decoded;
}

// What is signed follows from the algorithm here, not from a version.
Result<GenericClaims> read_generic_claims(const KeyCodecs& codecs, std::string_view token) {
  const Result<Jwt> parsed = Jwt::parse(token);
  if (!parsed.ok()) return parsed.error();
  const Jwt& jwt = parsed.value();
  const std::optional<JsonDocument> document = JsonDocument::parse(jwt.claims, kDepthMax);
  if (!document || !document->root().is_object()) return invalid("the claims are no JSON object");
  ClaimsReader reader;
  GenericClaims claims;
  const JsonView nats = reader.object(document->root(), "nats");
  read_common(reader, document->root(), nats, claims);
  if (!reader.error().empty()) return invalid(reader.error());
  if (nats.is_present()) claims.nats = nats.text();
  const Result<SignatureCheck> check =
      check_of(jwt, claims.iss, jwt.is_old_algorithm ? jwt.signed_text_v1 : jwt.signed_text);
  if (!check.ok()) return check.error();
  if (!is_good(codecs, check.value())) {
    return invalid(jwt.is_old_algorithm ? "claim failed V1 signature verification"
                                        : "claim failed V2 signature verification");
  }
  return claims;
}

}  // namespace myelin
