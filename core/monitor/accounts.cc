#include "core/monitor/accounts.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/identity/claims_check.h"
#include "core/identity/jwt.h"
#include "core/monitor/account_statistics.h"
#include "core/monitor/report_text.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/resolver.h"

namespace myelin {
namespace {

// As nats-server's map is written: by source, the last rule of each.
void write_mappings(JsonWriter& json, const AccountOptions& options) {
  if (options.mappings.empty()) return;
  std::map<std::string_view, const MappingOptions*> by_source;
  for (const MappingOptions& mapping : options.mappings) by_source[mapping.source] = &mapping;
  json.name("mappings").begin_object();
  for (const auto& [source, mapping] : by_source) {
    json.name(source).begin_array();
    for (const MappingDestination& destination : mapping->destinations) {
      json.begin_object();
      json.field("subject", destination.subject);
      json.field("weight", static_cast<uint64_t>(destination.weight));
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
}

std::string_view name_of(ResponseType type) {
  switch (type) {
    case ResponseType::kSingleton:
      return "Singleton";
    case ResponseType::kStream:
      return "Streamed";
    case ResponseType::kChunked:
      return "Chunked";
  }
  return "";
}

std::string_view kind_of(bool is_service) { return is_service ? "service" : "stream"; }

void write_latency(JsonWriter& json, std::string_view name, const LatencyOptions& latency) {
  json.name(name).begin_object();
  if (latency.sampling == 0) {
    json.field("sampling", "headers");
  } else {
    json.field("sampling", static_cast<uint64_t>(latency.sampling));
  }
  json.field("results", latency.subject);
  json.end_object();
}

void write_export(JsonWriter& json, const ExportOptions& each) {
  json.begin_object();
  json.field("subject", each.subject);
  json.field("type", kind_of(each.is_service));
  if (each.token_required) json.field("token_req", true);
  if (!each.revocations.empty()) {
    json.name("revocations").begin_object();
    for (const auto& [account, until] : each.revocations) json.field(account, until);
    json.end_object();
  }
  if (each.is_service) json.field("response_type", name_of(each.response_type));
  if (each.latency) write_latency(json, "service_latency", *each.latency);
  if (each.account_token_position > 0) {
    json.field("account_token_position", static_cast<uint64_t>(each.account_token_position));
  }
  if (each.allow_trace) json.field("allow_trace", true);
  if (!each.accounts.empty()) {
    json.name("approved_accounts").begin_array();
    for (const std::string& account : each.accounts) json.value(account);
    json.end_array();
  }
  json.end_object();
}

struct Import {
  std::string subject;
  std::string account;
  std::string local;
  bool is_service = false;
  bool share = false;
};

std::string local_subject(const ImportOptions& import) {
  if (!import.to.empty()) return import.to;
  return import.prefix.empty() ? import.subject : import.prefix + "." + import.subject;
}

// Its own, and what it has of the system account without being told.
std::vector<Import> imports_of(const Observed& server, const Account& account) {
  std::vector<Import> all;
  for (const ImportOptions& each : account.options().imports) {
    all.push_back({each.subject, each.account, local_subject(each), each.is_service, each.share});
  }
  const Account* const system = server.context.accounts->system();
  if (system == nullptr) return all;
  const auto add = [&all, &account, system](std::string_view kind, std::string_view what,
                                            std::string local, bool share) {
    all.push_back({"$SYS.REQ." + std::string(kind) + "." + account.name() + "." + std::string(what),
                   system->name(), std::move(local), true, share});
  };
  if (server.context.options.jetstream && account.options().jetstream && &account != system) {
    all.push_back({"$JS.API.>", system->name(), "$JS.API.>", true, true});
  }
  if (&account != system) {
    add("ACCOUNT", "CONNZ", "$SYS.REQ.ACCOUNT.PING.CONNZ", false);
    add("ACCOUNT", "STATZ", "$SYS.REQ.ACCOUNT.PING.STATZ", false);
    add("ACCOUNT", "CONNZ", "$SYS.REQ.SERVER.PING.CONNZ", false);
  }
  add("USER", "INFO", "$SYS.REQ.USER.INFO", true);
  return all;
}

void write_imports(JsonWriter& json, const std::vector<Import>& imports) {
  if (imports.empty()) return;
  json.name("imports").begin_array();
  for (const Import& each : imports) {
    json.begin_object();
    json.field("subject", each.subject);
    json.field("account", each.account);
    if (each.is_service) json.field("to", each.local);
    json.field("local_subject", each.local);
    json.field("type", kind_of(each.is_service));
    json.field("invalid", false);
    json.field("share", each.share);
    json.field("tracking", false);
    json.end_object();
  }
  json.end_array();
}

void write_exports(JsonWriter& json, const std::vector<ExportOptions>& exports) {
  if (exports.empty()) return;
  json.name("exports").begin_array();
  for (const ExportOptions& each : exports) write_export(json, each);
  json.end_array();
}

// In operator mode; nullptr: nobody claims it.
const ClaimedAccount* find_claims(const Observed& server, const Account& account) {
  const Resolver* const resolver = server.context.resolver;
  return resolver == nullptr ? nullptr : resolver->find(account.name());
}

void write_issues(JsonWriter& json, const ClaimsIssues& issues) {
  if (issues.empty()) return;
  json.name("validation_result_jwt").begin_array();
  for (const ClaimsIssue& issue : issues) {
    json.begin_object();
    json.field("description", issue.description);
    json.field("blocking", issue.is_blocking);
    json.field("time_check", issue.is_of_time);
    json.end_object();
  }
  json.end_array();
}

// Differs: decoded are the claims as they were signed; nats-server shows what it understands.
void write_claims(JsonWriter& json, const Observed& server, const ClaimedAccount& claimed) {
  const AccountClaims& claims = claimed.claims;
  json.field("jwt", claimed.jwt);
  json.field("issuer_key", claims.iss);
  if (!claims.tags.empty()) {
    json.name("tags").begin_array();
    for (const std::string& tag : claims.tags) json.value(tag);
    json.end_array();
  }
  if (const Result<Jwt> parsed = Jwt::parse(claimed.jwt); parsed.ok()) {
    json.name("decoded_jwt").raw(parsed.value().claims);
  }
  write_issues(json, check(claims, server.context.keys, server.context.now.wall));
  if (claims.revocations.empty()) return;
  json.name("revoked_user").begin_object();
  for (const auto& [key, until] : claims.revocations) {
    json.field(key,
               rfc3339({std::clamp<int64_t>(until, 0, INT64_MAX / kNsPerSecond) * kNsPerSecond}));
  }
  json.end_object();
}

// When the configuration was read that accounts follow.
WallTime time_of_options(const Observed& server) {
  const WallTime loaded = server.context.options.monitor.config_load_time;
  return loaded.unix_ns != 0 ? loaded : server.start.wall;
}

void write_account(JsonWriter& json, const Observed& server, Account& account) {
  const ClaimedAccount* const claimed = find_claims(server, account);
  json.begin_object();
  json.field("account_name", account.name());
  json.field("update_time",
             rfc3339(claimed != nullptr ? claimed->updated : time_of_options(server)));
  if (&account == server.context.accounts->system()) json.field("is_system", true);
  json.field("expired", claimed != nullptr && claimed->is_expired(server.context.now.wall));
  json.field("complete", true);
  json.field("jetstream_enabled",
             server.context.options.jetstream && account.options().jetstream.has_value());
  json.field("leafnode_connections", 0);
  json.field("client_connections", account.connections());
  json.field("subscriptions", account.subscription_count());
  write_mappings(json, account.options());
  write_exports(json, account.options().exports);
  write_imports(json, imports_of(server, account));
  json.field("name_tag", name_tag(account));
  if (claimed != nullptr && !claimed->jwt.empty()) write_claims(json, server, *claimed);
  json.name("sublist_stats").begin_object();
  write_sublist(json, sublist_facts(account));
  json.end_object();
  json.end_object();
}

Account* find_account(const Observed& server, Parameters& parameters) {
  const std::string name = parameters.text("acc");
  Account* const account = server.context.accounts->find(name);
  if (account == nullptr) parameters.refuse("Account " + name + " does not exist");
  return account;
}

}  // namespace

std::string accountz_report(const Observed& server, Parameters& parameters) {
  const Accounts& accounts = *server.context.accounts;
  std::string text;
  JsonWriter json(text, server.indentation);
  json.begin_object();
  write_origin(json, server);
  if (accounts.system() != nullptr) json.field("system_account", accounts.system()->name());
  if (parameters.text("acc").empty()) {
    json.name("accounts").begin_array();
    for (const auto& [name, account] : accounts.all()) json.value(name);
    json.end_array();
  } else if (Account* const account = find_account(server, parameters)) {
    json.name("account_detail");
    write_account(json, server, *account);
  }
  json.end_object();
  return text;
}

std::string account_report(const Observed& server, Parameters& parameters) {
  std::string text;
  JsonWriter json(text, server.indentation);
  if (Account* const account = find_account(server, parameters)) {
    write_account(json, server, *account);
  }
  return text;
}

}  // namespace myelin
