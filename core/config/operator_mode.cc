#include "core/config/operator_mode.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/fit.h"
#include "core/base/text.h"
#include "core/config/tls.h"
#include "core/identity/claims.h"
#include "core/identity/nkey.h"
#include "core/version.h"

namespace myelin {
namespace {

using Kind = ConfigValue::Kind;

constexpr std::string_view kJwtPrefix = "eyJ";

OperatorOptions& operators_of(Config& config) {
  if (!config.options.operators) config.options.operators.emplace();
  return *config.options.operators;
}

// What stands between two lines of dashes ("-----BEGIN NATS OPERATOR
// JWT-----"), or all of it.
std::string undecorated(std::string_view text) {
  const auto is_rule = [](std::string_view line) {
    line = trimmed(line, kWhitespace);
    return line.size() > 6 && line.starts_with("---") && line.ends_with("---");
  };
  std::string_view rest = text;
  std::string_view before;
  bool is_inside = false;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (is_rule(line)) {
      if (is_inside && !before.empty()) return std::string(before);
      is_inside = true;
      before = {};
    } else if (is_inside && before.empty()) {
      before = trimmed(line, kWhitespace);
    }
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return std::string(trimmed(text, kWhitespace));
}

// A file's, or the value itself.
Result<std::string> operator_jwt(const ConfigReader& reader, const std::string& text) {
  Result<std::string> file = Error{Errc::kNotFound, "open " + text + ": no such file"};
  if (reader.sources().read_file) file = reader.sources().read_file(text);
  if (file.ok()) return undecorated(file.value());
  if (text.starts_with(kJwtPrefix)) return undecorated(text);
  return file.error();
}

// The scheme's letters in any case: "URL(http://...)", with or without quotes
// inside.
std::optional<std::string> url_of(std::string_view text) {
  if (text.size() < 5 || !equals_ignoring_case(text.substr(0, 4), "url(") || text.back() != ')') {
    return std::nullopt;
  }
  return std::string(trimmed(text.substr(4, text.size() - 5), " \t\""));
}

bool is_http_url(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

struct ResolverDraft {
  std::string type;
  ResolverOptions options;
  bool allow_delete = false;
  bool sets_hard_delete = false;
  Duration interval{};
};

void read_limit(ConfigReader& reader, const ConfigMember& member, ResolverDraft& to) {
  reader.read(member, INT64_MIN, INT64_MAX, to.options.limit);
}

void read_timeout(ConfigReader& reader, const ConfigMember& member, ResolverDraft& to) {
  if (!reader.read(member, to.options.timeout)) return;
  if (to.options.timeout > Duration::zero()) return;
  reader.error(member.value, "Fetch timeout " + go_duration(to.options.timeout) + " is too smal");
}

void read_hard_delete(ConfigReader& reader, const ConfigMember& member, ResolverDraft& to) {
  reader.read(member, to.options.hard_delete);
  to.sets_hard_delete = true;
}

constexpr KnownKey<ResolverDraft> kResolverKeys[] = {
    {"type", [](ConfigReader& reader, const ConfigMember& member,
                ResolverDraft& to) { reader.read(member, to.type); }},
    {"dir", [](ConfigReader& reader, const ConfigMember& member,
               ResolverDraft& to) { reader.read(member, to.options.dir); }},
    {"allow_delete", [](ConfigReader& reader, const ConfigMember& member,
                        ResolverDraft& to) { reader.read(member, to.allow_delete); }},
    {"hard_delete", read_hard_delete},
    {"limit", read_limit},
    {"ttl", [](ConfigReader& reader, const ConfigMember& member,
               ResolverDraft& to) { reader.read(member, to.options.ttl); }},
    // How often servers compare what they have: there is no other server.
    {"interval", [](ConfigReader& reader, const ConfigMember& member,
                    ResolverDraft& to) { reader.read(member, to.interval); }},
    {"timeout", read_timeout},
};

void check_directory(ConfigReader& reader, const ConfigMember& member, const ResolverDraft& draft) {
  if (draft.options.dir.empty()) {
    reader.error(member.value, "dir has no value and needs to point to a directory");
  }
}

ResolverKind kind_of(ConfigReader& reader, const ConfigMember& member, const ResolverDraft& draft) {
  const std::string type = lower_case(draft.type);
  if (type == "mem" || type == "memory") return ResolverKind::kMemory;
  if (type == "cache") {
    check_directory(reader, member, draft);
    if (draft.interval != Duration::zero())
      reader.error(member.value, "CACHE does not accept sync");
    if (draft.allow_delete) reader.error(member.value, "CACHE does not accept allow_delete");
    if (draft.sets_hard_delete) reader.error(member.value, "CACHE does not accept hard_delete");
    return ResolverKind::kCache;
  }
  if (type == "full") {
    check_directory(reader, member, draft);
    if (draft.options.ttl != Duration::zero()) {
      reader.error(member.value, "FULL does not accept ttl");
    }
    if (draft.sets_hard_delete && !draft.allow_delete) {
      reader.error(member.value, "hard_delete has no effect without delete");
    }
    return ResolverKind::kFull;
  }
  return ResolverKind::kNone;
}

void read_resolver_map(ConfigReader& reader, const ConfigMember& member, Config& to) {
  ResolverDraft draft;
  read_map(reader, member.value, kResolverKeys, draft);
  operators_of(to).resolver = kind_of(reader, member, draft);
  operators_of(to).may_delete = draft.allow_delete;
  // resolver_tls may have come before.
  draft.options.tls = std::move(to.daemon.resolver.tls);
  to.daemon.resolver = std::move(draft.options);
}

void read_resolver_text(ConfigReader& reader, const ConfigMember& member, Config& to) {
  const std::string_view text = trimmed(member.value.text, kWhitespace);
  if (equals_ignoring_case(text, "mem") || equals_ignoring_case(text, "memory")) {
    operators_of(to).resolver = ResolverKind::kMemory;
  } else if (auto url = url_of(text)) {
    if (!is_http_url(*url)) {
      reader.error(member.value, "error parsing account resolver url [" + quoted(*url) + "]");
    }
    operators_of(to).resolver = ResolverKind::kUrl;
    to.daemon.resolver.url = std::move(*url);
  }
}

// What a single operator's claims say where the configuration says nothing.
void use_claims_of_operator(Config& config) {
  if (config.operators.size() != 1) return;
  const OperatorClaims& claims = config.operators[0];
  OperatorOptions& operators = *config.options.operators;
  if (operators.resolver == ResolverKind::kNone && is_http_url(claims.account_server_url)) {
    operators.resolver = ResolverKind::kUrl;
    config.daemon.resolver.url = claims.account_server_url + "/accounts";
  }
  std::string& system = config.options.system_account;
  if (system == Options{}.system_account && !claims.system_account.empty()) {
    system = claims.system_account;
  }
}

// It must let in who has nothing to sign with, unless a scope decides that later.
Status check_sentinel(const Config& config) {
  if (config.options.operators->default_sentinel.empty()) return kOk;
  if (!config.sentinel) return invalid("default sentinel JWT not valid");
  const UserClaims& claims = *config.sentinel;
  const bool may_be_scoped = !claims.issuer_account.empty() && claims.has_empty_permissions();
  if (claims.limits.bearer_token || may_be_scoped) return kOk;
  return invalid("default sentinel must be a bearer token");
}

Status check_combinations(const Config& config) {
  const Options& options = config.options;
  const OperatorOptions& operators = *options.operators;
  if (operators.resolver == ResolverKind::kNone) {
    return invalid("operators require an account resolver to be configured");
  }
  if (!options.accounts.empty()) {
    return invalid("operators do not allow Accounts to be configured directly");
  }
  if (!options.authorization.users.empty()) {
    return invalid("operators do not allow users to be configured directly");
  }
  if (!operators.trusted_keys.empty()) {
    return invalid("conflicting options for 'TrustedKeys' and 'TrustedOperators'");
  }
  if (options.authorization.callout) {
    return invalid("operators do not allow authorization callouts to be configured directly");
  }
  if (!options.authorization.no_auth_user.empty()) {
    return invalid("no_auth_user not compatible with Trusted Operator");
  }
  if (operators.resolver == ResolverKind::kUrl && !operators.preload.empty()) {
    return invalid(
        "resolver preloads only available for writeable resolver types MEM/DIR/CACHE_DIR");
  }
  return kOk;
}

bool is_preloaded(const OperatorOptions& operators, const std::string& account) {
  return std::any_of(operators.preload.begin(), operators.preload.end(),
                     [&](const auto& preloaded) { return preloaded.first == account; });
}

Status check_system_account(const Config& config) {
  const std::string& system = config.options.system_account;
  const ResolverKind resolver = config.options.operators->resolver;
  bool is_named = false;
  bool is_ours = false;
  for (const OperatorClaims& claims : config.operators) {
    is_named = is_named || !claims.system_account.empty();
    is_ours = is_ours || claims.system_account == system;
  }
  const bool is_default = system.empty() || system == Options{}.system_account;
  if (!is_default && is_named && !is_ours) {
    return invalid("system_account in config and operator JWT must be identical");
  }
  if (is_default && (resolver == ResolverKind::kFull || resolver == ResolverKind::kCache)) {
    return invalid(
        "using nats based account resolver - the system account needs to be specified in "
        "configuration or the operator jwt");
  }
  if (!is_default && resolver == ResolverKind::kMemory &&
      !is_preloaded(*config.options.operators, system)) {
    return invalid("error resolving system account: account missing");
  }
  return kOk;
}

// "2.10.1", of which the end may be missing.
std::optional<std::array<uint64_t, 3>> parse_version(std::string_view text) {
  std::array<uint64_t, 3> parts{};
  if (text.starts_with('v')) text.remove_prefix(1);
  for (uint64_t& part : parts) {
    const size_t dot = text.find('.');
    const auto number = parse_decimal(text.substr(0, dot), 9);
    if (!number) return std::nullopt;
    part = *number;
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
  return parts;
}

Status check_version(const OperatorClaims& claims) {
  constexpr std::string_view kParts[] = {"major", "minor", "update"};
  const std::string& wanted = claims.assert_server_version;
  if (wanted.empty()) return kOk;
  const auto ours = parse_version(kNatsVersion);
  const auto theirs = parse_version(wanted);
  if (!theirs) {
    return invalid("operator " + claims.sub + " expects version " + wanted +
                   " got error instead: asserted server version must be of the form "
                   "<major>.<minor>.<update>");
  }
  for (size_t part = 0; part < std::size(kParts) && (*theirs)[part] >= (*ours)[part]; ++part) {
    if ((*theirs)[part] == (*ours)[part]) continue;
    const std::string name(kParts[part]);
    return invalid("operator " + claims.sub + " expected " + name + " version " +
                   decimal(static_cast<int64_t>((*theirs)[part])) + " > server " + name +
                   " version " + decimal(static_cast<int64_t>((*ours)[part])));
  }
  return kOk;
}

Status check_keys(const Config& config) {
  for (const OperatorClaims& claims : config.operators) {
    TRY(check_version(claims));
    for (const std::string& key : claims.signing_keys) {
      if (is_nkey(key, NkeyKind::kOperator)) continue;
      return invalid("trusted Keys " + quoted(key) +
                     " are required to be a valid public operator nkey");
    }
  }
  for (const std::string& key : config.options.operators->pinned_accounts) {
    if (is_nkey(key, NkeyKind::kAccount)) continue;
    return invalid("pinned account key " + quoted(key) + " is not a valid public account nkey");
  }
  return kOk;
}

}  // namespace

void read_operators(ConfigReader& reader, const ConfigMember& member, Config& to) {
  std::vector<std::string> texts;
  if (!reader.read(member, texts)) return;
  OperatorOptions& operators = operators_of(to);
  operators.jwts.clear();
  to.operators.clear();
  for (const std::string& text : texts) {
    const std::string mistake = "error parsing operator JWT: ";
    Result<std::string> jwt = operator_jwt(reader, text);
    if (!jwt.ok()) {
      reader.error(member.value, mistake + jwt.error().context);
      continue;
    }
    auto claims = read_claims<OperatorClaims>(reader.sources().keys, jwt.value());
    if (!claims.ok()) {
      reader.error(member.value, mistake + claims.error().context);
      continue;
    }
    operators.jwts.push_back(std::move(jwt.value()));
    to.operators.push_back(std::move(claims.value()));
  }
}

void read_trusted_keys(ConfigReader& reader, const ConfigMember& member, Config& to) {
  if (!reader.read(member, operators_of(to).trusted_keys)) return;
  for (const std::string& key : operators_of(to).trusted_keys) {
    if (is_nkey(key, NkeyKind::kOperator)) continue;
    reader.error(member.value,
                 "trust key " + quoted(key) + " required to be a valid public operator nkey");
  }
}

void read_resolver(ConfigReader& reader, const ConfigMember& member, Config& to) {
  operators_of(to).resolver = ResolverKind::kNone;
  if (member.value.is(Kind::kMap)) {
    read_resolver_map(reader, member, to);
  } else if (reader.has_kind(member, Kind::kString)) {
    read_resolver_text(reader, member, to);
  } else {
    return;
  }
  if (operators_of(to).resolver != ResolverKind::kNone) return;
  reader.error(member.value,
               "error parsing account resolver, should be MEM or "
               " URL(\"url\") or a map containing "
               "dir and type state=[FULL|CACHE])");
}

// Of those keys that have a meaning for who asks.
void read_resolver_tls(ConfigReader& reader, const ConfigMember& member, Config& to) {
  operators_of(to);
  read_tls(reader, member, to.daemon.resolver.tls);
  if (!to.daemon.resolver.tls) return;
  TlsOptions understood;
  const TlsOptions& tls = *to.daemon.resolver.tls;
  understood.certs = tls.certs;
  understood.ca_file = tls.ca_file;
  understood.verify = tls.verify;
  understood.insecure = tls.insecure;
  understood.min_version = tls.min_version;
  understood.timeout = tls.timeout;
  understood.place = tls.place;
  if (understood == tls && tls.certs.size() <= 1) return;
  reader.error(member.value, not_supported("A key of resolver_tls other than cert_file, key_file, "
                                           "ca_file, insecure and min_version"));
}

void read_resolver_preload(ConfigReader& reader, const ConfigMember& member, Config& to) {
  if (!member.value.is(Kind::kMap)) {
    reader.error(member.value, "preload should be a map of account_public_key:account_jwt");
    return;
  }
  OperatorOptions& operators = operators_of(to);
  operators.preload.clear();
  for (const ConfigMember& account : member.value.members) {
    if (!account.value.is(Kind::kString)) {
      reader.error(account.value, "preload map value should be a string JWT");
    } else if (!read_claims<AccountClaims>(reader.sources().keys, account.value.text).ok()) {
      reader.error(account.value, "invalid account JWT");
    } else {
      operators.preload.emplace_back(account.key, account.value.text);
    }
  }
  std::sort(operators.preload.begin(), operators.preload.end());
  fit(operators.preload);
}

void read_pinned_accounts(ConfigReader& reader, const ConfigMember& member, Config& to) {
  reader.read(member, operators_of(to).pinned_accounts);
}

void read_default_sentinel(ConfigReader& reader, const ConfigMember& member, Config& to) {
  OperatorOptions& operators = operators_of(to);
  reader.read(member, operators.default_sentinel);
  to.sentinel.reset();
  auto claims = read_claims<UserClaims>(reader.sources().keys, operators.default_sentinel);
  if (claims.ok()) to.sentinel = std::move(claims.value());
}

Status complete_operator_mode(Config& config) {
  Options& options = config.options;
  if (!options.operators) return kOk;
  OperatorOptions& operators = *options.operators;
  if (config.operators.empty()) {
    if (!operators.default_sentinel.empty()) {
      return invalid("default sentinel requires operators and accounts");
    }
    // A resolver alone has nothing to resolve.
    options.authorization.needs_jwt = !operators.trusted_keys.empty();
    if (!options.authorization.needs_jwt) options.operators.reset();
    return kOk;
  }
  options.authorization.needs_jwt = true;
  use_claims_of_operator(config);
  TRY(check_sentinel(config));
  TRY(check_combinations(config));
  TRY(check_system_account(config));
  return check_keys(config);
}

}  // namespace myelin
