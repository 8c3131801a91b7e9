#include "core/identity/claims_check.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/ip_network.h"
#include "core/base/text.h"
#include "core/identity/nkey.h"

namespace myelin {
namespace {

constexpr size_t kInfoSizeMax = 8 * 1024;

bool has_wildcards(std::string_view subject) {
  for (const std::string_view token : split(subject, '.')) {
    if (token == "*") return true;
  }
  return subject == ">" || subject.ends_with(".>");
}

// Token by token, as the library of claims has it.
bool is_contained_in(std::string_view subject, std::string_view other) {
  const auto mine = split(subject, '.');
  const auto theirs = split(other, '.');
  if (mine.size() > theirs.size() && theirs.back() != ">") return false;
  if (mine.size() < theirs.size()) return false;
  for (size_t index = 0; index < theirs.size(); ++index) {
    if (index + 1 == theirs.size() && theirs[index] == ">") return true;
    if (theirs[index] != mine[index] && theirs[index] != "*") return false;
  }
  return true;
}

// "$1": the number, or -1.
int64_t reference_in(std::string_view token) {
  if (token.size() < 2 || token[0] != '$') return -1;
  const auto number = parse_decimal(token.substr(1), 9);
  return number ? static_cast<int64_t>(*number) : -1;
}

std::string_view name_of(ExportType type) {
  return type == ExportType::kStream    ? "stream"
         : type == ExportType::kService ? "service"
                                        : "unknown";
}

// A scheme, "://" and a host.
bool is_url(std::string_view text) {
  const size_t at = text.find("://");
  if (at == std::string_view::npos || at == 0) return false;
  const std::string_view host = text.substr(at + 3);
  return !host.empty() && host.front() != '/' && text.find(' ') == std::string_view::npos;
}

class Checker {
 public:
  ClaimsIssues take() { return std::move(issues_); }

  void error(std::string description) { issues_.push_back({std::move(description), true, false}); }
  void warn(std::string description) { issues_.push_back({std::move(description), false, false}); }
  void of_time(std::string description) {
    issues_.push_back({std::move(description), false, true});
  }

  void times(const Claims& claims, WallTime now) {
    const int64_t second = now.unix_ns / kNsPerSecond;
    if (claims.exp > 0 && second > claims.exp) of_time("claim is expired");
    if (claims.nbf > 0 && claims.nbf > second) of_time("claim is not yet valid");
  }

  void subject(std::string_view text) {
    if (text.empty()) return error("subject cannot be empty");
    const std::string quoted = "subject " + go_quote(text);
    if (text.find(' ') != std::string_view::npos) error(quoted + " cannot have spaces");
    if (text.front() == '.' || text.back() == '.')
      error(quoted + " cannot start or end with a `.`");
    if (text.find("..") != std::string_view::npos) {
      error(quoted + " cannot contain consecutive `.`");
    }
  }

  void permissions(const PermissionsClaim& claim) {
    for (const PermissionClaim* part : {&claim.sub, &claim.pub}) {
      const bool may_have_queue = part == &claim.sub;
      for (const std::string& text : part->allow) permission(text, may_have_queue);
      for (const std::string& text : part->deny) permission(text, may_have_queue);
    }
  }

  void info(std::string_view description, std::string_view url) {
    if (description.size() > kInfoSizeMax) error("Description is too long");
    if (url.size() > kInfoSizeMax) error("Info URL is too long");
    if (!url.empty() && !is_url(url)) error("error parsing info url: no hostname or scheme");
  }

  void user_limits(const UserPermissionLimits& limits) {
    permissions(limits.permissions);
    for (const std::string& network : limits.src) {
      if (IpNetwork::parse(network)) continue;
      error("invalid cidr " + go_quote(network) + " in user src limits");
    }
  }

  void exports(const AccountClaims& claims);
  void imports(const AccountClaims& claims, const KeyCodecs& codecs);
  void account_limits(const AccountLimitsClaim& limits);
  void mappings(const AccountClaims& claims);
  void authorization(const ExternalAuthorization& claim);
  void trace(const MessageTraceClaim& claim);
  void counts(const AccountClaims& claims);
  void signing_keys(const AccountClaims& claims);
  void activation(const ActivationClaims& claims);

 private:
  void permission(const std::string& text, bool may_have_queue) {
    const auto words = split(text, ' ');
    if (words.size() > 2)
      return error("Permission Subject \"" + text + "\" contains too many spaces");
    for (const std::string_view word : words) subject(word);
    if (words.size() == 2 && !may_have_queue) {
      error("Permission Subject \"" + text + "\" is not allowed to contain queue");
    }
  }

  void one_export(const ExportClaim& claim);
  void contained(ExportType type, const std::vector<std::string_view>& subjects);
  void token_position(const ExportClaim& claim);
  void one_import(const ImportClaim& claim, const AccountClaims& of, const KeyCodecs& codecs);
  void renaming(std::string_view text, std::string_view from);
  void activation_of(const ImportClaim& claim, const AccountClaims& of,
                     const ActivationClaims& activation);

  ClaimsIssues issues_;
};

// Exports ---------------------------------------------------------------------------------------

void Checker::exports(const AccountClaims& claims) {
  std::vector<std::string_view> services;
  std::vector<std::string_view> streams;
  for (const ExportClaim& claim : claims.exports) {
    (claim.type == ExportType::kService ? services : streams).push_back(claim.subject);
    one_export(claim);
  }
  contained(ExportType::kService, services);
  contained(ExportType::kStream, streams);
}

void Checker::one_export(const ExportClaim& claim) {
  const bool is_service = claim.type == ExportType::kService;
  const bool is_stream = claim.type == ExportType::kStream;
  if (!is_service && !is_stream) error("invalid export type: \"unknown\"");
  const std::string& responses = claim.response_type;
  if (is_service && !responses.empty() && responses != "Singleton" && responses != "Stream" &&
      responses != "Chunked") {
    error("invalid response type for service: " + go_quote(responses));
  }
  if (is_stream && !responses.empty()) {
    error("invalid response type for stream: " + go_quote(responses));
  }
  if (is_stream && claim.allow_trace) error("AllowTrace only valid for service export");
  if (claim.service_latency) {
    const ServiceLatencyClaim& latency = *claim.service_latency;
    if (!is_service) error("latency tracking only permitted for services");
    if (latency.sampling < 0 || latency.sampling > 100) {
      error("sampling percentage needs to be between 1-100");
    }
    subject(latency.results);
    if (has_wildcards(latency.results)) error("results subject can not contain wildcards");
  }
  if (claim.response_threshold < 0) error("negative response threshold is invalid");
  if (claim.response_threshold > 0 && !is_service) {
    error("response threshold only valid for services");
  }
  subject(claim.subject);
  if (claim.account_token_position > 0) token_position(claim);
  info(claim.description, claim.info_url);
}

void Checker::token_position(const ExportClaim& claim) {
  const std::string position = decimal(static_cast<int64_t>(claim.account_token_position));
  if (!has_wildcards(claim.subject)) {
    return error("Account Token Position can only be used with wildcard subjects: " +
                 claim.subject);
  }
  const auto tokens = split(claim.subject, '.');
  if (claim.account_token_position > tokens.size()) {
    return error("Account Token Position " + position + " exceeds length of subject '" +
                 claim.subject + "'");
  }
  const std::string_view token = tokens[static_cast<size_t>(claim.account_token_position - 1)];
  if (token == "*") return;
  error("Account Token Position " + position + " matches '" + std::string(token) +
        "' but must match a * in: " + claim.subject);
}

void Checker::contained(ExportType type, const std::vector<std::string_view>& subjects) {
  std::map<std::string_view, std::string_view> within;
  for (size_t one = 0; one < subjects.size(); ++one) {
    for (size_t other = 0; other < subjects.size(); ++other) {
      if (one != other && is_contained_in(subjects[one], subjects[other])) {
        within.emplace(subjects[other], subjects[one]);
      }
    }
  }
  for (const auto& [outer, inner] : within) {
    error(std::string(name_of(type)) + " export subject " + go_quote(outer) + " already exports " +
          go_quote(inner));
  }
}

// Imports ---------------------------------------------------------------------------------------

void Checker::imports(const AccountClaims& claims, const KeyCodecs& codecs) {
  // Subjects of services, by the account they are imported from.
  std::map<std::string_view, std::vector<std::string>> taken;
  for (const ImportClaim& claim : claims.imports) {
    if (claim.type == ExportType::kService) {
      const std::string local = without_references(claim.local_subject);
      const std::string own = !claim.to.empty() ? claim.to : !local.empty() ? local : claim.subject;
      std::vector<std::string>& others = taken[claim.account];
      for (const std::string& other : others) {
        if (!is_contained_in(own, other) && !is_contained_in(other, own)) continue;
        error("overlapping subject namespace for " + go_quote(own) + " and " + go_quote(other) +
              " in same account " + go_quote(claim.account));
      }
      if (std::find(others.begin(), others.end(), own) == others.end()) others.push_back(own);
    }
    one_import(claim, claims, codecs);
  }
}

void Checker::one_import(const ImportClaim& claim, const AccountClaims& of,
                         const KeyCodecs& codecs) {
  const bool is_service = claim.type == ExportType::kService;
  if (!is_service && claim.type != ExportType::kStream) error("invalid import type: \"unknown\"");
  if (is_service && claim.allow_trace) error("AllowTrace only valid for stream import");
  if (claim.account.empty()) error("account to import from is not specified");
  if (!claim.to.empty()) warn("the field to has been deprecated (use LocalSubject instead)");
  subject(claim.subject);
  if (!claim.local_subject.empty()) {
    renaming(claim.local_subject, claim.subject);
    if (!claim.to.empty()) error("Local Subject replaces To");
  }
  if (claim.share && !is_service) {
    error("sharing information (for latency tracking) is only valid for services: " +
          go_quote(claim.subject));
  }
  if (claim.token.empty()) return;
  const Result<ActivationClaims> activation = read_claims<ActivationClaims>(codecs, claim.token);
  if (!activation.ok()) {
    return error("import " + go_quote(claim.subject) + " contains an invalid activation token");
  }
  activation_of(claim, of, activation.value());
}

void Checker::renaming(std::string_view text, std::string_view from) {
  subject(text);
  if (from.empty()) error("subject cannot be empty");
  if (text.find(' ') != std::string_view::npos) {
    error("subject " + go_quote(text) + " cannot have spaces");
  }
  const auto is_full = [](std::string_view s) { return s == ">" || s.ends_with(".>"); };
  if (is_full(text) != is_full(from)) {
    error("both, renaming subject and subject, need to end or not end in >");
  }
  const auto tokens = split(from, '.');
  const int64_t wildcards = std::count(tokens.begin(), tokens.end(), "*");
  int64_t references = 0;
  for (const std::string_view token : split(text, '.')) {
    const int64_t number = reference_in(token);
    if (number > wildcards) {
      error("Reference $" + decimal(number) + " in " + go_quote(text) + " reference * in " +
            go_quote(from) + " that do not exist");
    } else if (number >= 0 || token == "*") {
      ++references;
    }
  }
  if (references != wildcards) {
    error("subject does not contain enough * or reference wildcards $[0-9]");
  }
}

void Checker::activation_of(const ImportClaim& claim, const AccountClaims& of,
                            const ActivationClaims& activation_claims) {
  if (activation_claims.iss != claim.account && activation_claims.issuer_account != claim.account) {
    error("activation token doesn't match account for import " + go_quote(claim.subject));
  }
  if (activation_claims.sub != of.sub) {
    error("activation token doesn't match account it is being included in, " +
          go_quote(claim.subject));
  }
  if (activation_claims.kind != claim.type) {
    error("mismatch between token import type " + std::string(name_of(activation_claims.kind)) +
          " and type of import " + std::string(name_of(claim.type)));
  }
  activation(activation_claims);
  const bool is_renamed_service = claim.type == ExportType::kService && !claim.to.empty();
  if (!is_contained_in(is_renamed_service ? claim.to : claim.subject, activation_claims.subject)) {
    error("activation token import subject " + go_quote(activation_claims.subject) +
          " doesn't match import " + go_quote(claim.subject));
  }
}

void Checker::activation(const ActivationClaims& claims) {
  if (claims.kind == ExportType::kUnknown) error("invalid import type: \"unknown\"");
  subject(claims.subject);
  if (!claims.issuer_account.empty() && !is_nkey(claims.issuer_account, NkeyKind::kAccount)) {
    error("account_id is not an account public key");
  }
}

// Accounts --------------------------------------------------------------------------------------

void Checker::account_limits(const AccountLimitsClaim& limits) {
  if (limits.tiered_limits.empty()) return;
  if (!(limits.jetstream == JetStreamLimitsClaim{})) {
    error("JetStream Limits and tiered JetStream Limits are mutually exclusive");
  }
  if (limits.tiered_limits.contains("")) {
    error("Tiered JetStream Limits can not contain a blank \"\" tier name");
  }
}

void Checker::mappings(const AccountClaims& claims) {
  for (const auto& [source, destinations] : claims.mappings) {
    subject(source);
    std::map<std::string_view, int64_t> by_cluster;
    for (const WeightedMapping& destination : destinations) {
      subject(destination.subject);
      const int64_t weight = destination.weight == 0 ? 100 : destination.weight;
      if (weight > 100) {
        error("Mapping " + go_quote(source) + " has a weight " + decimal(weight) +
              " that exceeds 100");
      }
      int64_t& total = by_cluster[destination.cluster];
      total += weight;
      if (!destination.cluster.empty() && total > 100) {
        error("Mapping " + go_quote(source) + " in cluster " + go_quote(destination.cluster) +
              " exceeds 100% among all of it's weighted to mappings");
      }
    }
    if (by_cluster[""] > 100) {
      error("Mapping " + go_quote(source) + " exceeds 100% among all of it's weighted to mappings");
    }
  }
}

void Checker::authorization(const ExternalAuthorization& claim) {
  if (!claim.allowed_accounts.empty() && claim.auth_users.empty()) {
    error("External authorization cannot have accounts without users specified");
  }
  for (const std::string& user : claim.auth_users) {
    if (is_nkey(user, NkeyKind::kUser)) continue;
    error("AuthUser " + go_quote(user) + " is not a valid user public key");
  }
  for (const std::string& account : claim.allowed_accounts) {
    if (account == kAnyKey) {
      if (claim.allowed_accounts.size() == 1) continue;
      error("AllowedAccounts can only be a list of accounts or \"*\"");
    } else if (!is_nkey(account, NkeyKind::kAccount)) {
      error("Account " + go_quote(account) + " is not a valid account public key");
    }
  }
  if (!claim.xkey.empty() && !is_nkey(claim.xkey, NkeyKind::kCurve)) {
    error("XKey " + go_quote(claim.xkey) + " is not a valid public xkey");
  }
}

void Checker::trace(const MessageTraceClaim& claim) {
  Checker destination;
  destination.subject(claim.dest);
  const ClaimsIssues found = destination.take();
  if (!found.empty()) error("the account Trace.Destination " + found[0].description);
  if (has_wildcards(claim.dest)) {
    error("the account Trace.Destination subject " + go_quote(claim.dest) +
          " is not a valid publish subject");
  }
  if (claim.sampling < 0 || claim.sampling > 100) {
    error("the account Trace.Sampling value '" + decimal(claim.sampling) +
          "' is not valid, should be in the range [1..100]");
  }
}

void Checker::counts(const AccountClaims& claims) {
  const AccountLimitsClaim& limits = claims.limits;
  constexpr const char* kTooManyImports =
      "the account contains more imports than allowed by the operator";
  const auto imports = static_cast<int64_t>(claims.imports.size());
  if (!limits.is_empty() && limits.imports >= 0 && imports > limits.imports) {
    error(kTooManyImports);
  }
  if (limits.imports != kNoLimit && imports > limits.imports) error(kTooManyImports);
  if (limits.exports == kNoLimit) return;
  if (static_cast<int64_t>(claims.exports.size()) > limits.exports) {
    error("the account contains more exports than allowed by the operator");
  }
  if (limits.wildcards) return;
  for (const ExportClaim& claim : claims.exports) {
    if (!has_wildcards(claim.subject)) continue;
    error("the account contains wildcard exports that are not allowed by the operator");
  }
}

void Checker::signing_keys(const AccountClaims& claims) {
  for (const auto& [key, scope] : claims.signing_keys) {
    if (is_nkey(key, NkeyKind::kAccount)) continue;
    error(scope ? key + " is not an account public key"
                : go_quote(key) + " is not a valid account signing key");
  }
}

// Operators -------------------------------------------------------------------------------------

// Nothing is wrong with an empty one.
std::optional<std::string> check_service_url(std::string_view url) {
  if (url.empty()) return std::nullopt;
  const std::string named = "operator service url " + go_quote(url);
  const size_t at = url.find("://");
  const std::string scheme = lower_case(url.substr(0, std::min(at, url.size())));
  const std::string_view rest =
      at == std::string_view::npos ? std::string_view() : url.substr(at + 3);
  if (rest.find('@') != std::string_view::npos) return named + " - credentials are not supported";
  if (rest.find('/') != std::string_view::npos) return named + " - paths are not supported";
  if (scheme == "nats" || scheme == "tls" || scheme == "ws" || scheme == "wss") {
    return std::nullopt;
  }
  return named + " - protocol not supported (only 'nats', 'tls', 'ws', 'wss' only)";
}

std::optional<std::string> check_version(std::string_view version) {
  if (version.empty()) return std::nullopt;
  const auto numbers = split(version, '.');
  if (numbers.size() != 3) {
    return "asserted server version must be of the form <major>.<minor>.<update>";
  }
  for (const std::string_view number : numbers) {
    if (!parse_decimal(number, 9)) {
      return "asserted server version cant parse " + std::string(number) + " to int";
    }
  }
  return std::nullopt;
}

}  // namespace

std::string without_references(std::string_view subject) {
  std::string plain;
  for (const std::string_view token : split(subject, '.')) {
    if (!plain.empty() || token.data() != subject.data()) plain += '.';
    plain += reference_in(token) >= 0 ? "*" : token;
  }
  return plain;
}

// The checks ------------------------------------------------------------------------------------

bool is_blocking(const ClaimsIssues& issues, bool times_count) {
  return std::any_of(issues.begin(), issues.end(), [times_count](const ClaimsIssue& issue) {
    return issue.is_blocking || (times_count && issue.is_of_time);
  });
}

ClaimsIssues check_times(const Claims& claims, WallTime now) {
  Checker checker;
  checker.times(claims, now);
  return checker.take();
}

ClaimsIssues check(const OperatorClaims& claims, WallTime now) {
  Checker checker;
  checker.times(claims, now);
  if (!claims.account_server_url.empty() &&
      claims.account_server_url.find(':') == std::string::npos) {
    checker.error("account server url " + go_quote(claims.account_server_url) +
                  " requires a protocol");
  }
  for (const std::string& url : claims.operator_service_urls) {
    if (auto why = check_service_url(url)) checker.error(std::move(*why));
  }
  for (const std::string& key : claims.signing_keys) {
    if (!is_nkey(key, NkeyKind::kOperator)) checker.error(key + " is not an operator public key");
  }
  if (!claims.system_account.empty() && !is_nkey(claims.system_account, NkeyKind::kAccount)) {
    checker.error(claims.system_account + " is not an account public key");
  }
  if (auto why = check_version(claims.assert_server_version)) {
    checker.error("assert server version error: " + *why);
  }
  return checker.take();
}

ClaimsIssues check(const AccountClaims& claims, const KeyCodecs& codecs, WallTime now) {
  Checker checker;
  checker.times(claims, now);
  checker.imports(claims, codecs);
  checker.exports(claims);
  checker.account_limits(claims.limits);
  checker.permissions(claims.default_permissions);
  checker.mappings(claims);
  checker.authorization(claims.authorization);
  if (claims.trace) checker.trace(*claims.trace);
  checker.counts(claims);
  checker.signing_keys(claims);
  checker.info(claims.description, claims.info_url);
  const std::string& traffic = claims.cluster_traffic;
  if (!traffic.empty() && traffic != "system" && traffic != "owner") {
    checker.error("unknown cluster traffic option: " + go_quote(traffic));
  }
  if (is_nkey(claims.iss, NkeyKind::kAccount) && !claims.limits.is_empty()) {
    checker.warn("self-signed account JWTs shouldn't contain operator limits");
  }
  return checker.take();
}

ClaimsIssues check(const UserClaims& claims, WallTime now) {
  Checker checker;
  checker.times(claims, now);
  checker.user_limits(claims.limits);
  if (!claims.issuer_account.empty() && !is_nkey(claims.issuer_account, NkeyKind::kAccount)) {
    checker.error("account_id is not an account public key");
  }
  return checker.take();
}

ClaimsIssues check(const ActivationClaims& claims, WallTime now) {
  Checker checker;
  checker.times(claims, now);
  checker.activation(claims);
  return checker.take();
}

ClaimsIssues check(const AuthorizationResponseClaims& claims, WallTime now) {
  Checker checker;
  if (!is_nkey(claims.sub, NkeyKind::kUser)) checker.error("Subject must be a user public key");
  if (!is_nkey(claims.aud, NkeyKind::kServer)) {
    checker.error("Audience must be a server public key");
  }
  if (claims.error.empty() && claims.jwt.empty()) checker.error("Error or Jwt is required");
  if (!claims.error.empty() && !claims.jwt.empty()) checker.error("Only Error or Jwt can be set");
  if (!claims.issuer_account.empty() && !is_nkey(claims.issuer_account, NkeyKind::kAccount)) {
    checker.error("issuer_account is not an account public key");
  }
  checker.times(claims, now);
  return checker.take();
}

}  // namespace myelin
