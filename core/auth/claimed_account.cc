#include "core/auth/claimed_account.h"

#include <algorithm>
#include <utility>

#include "core/identity/claims_check.h"

namespace myelin {
namespace {

constexpr uint8_t kWholeWeight = 100;

JetStreamAccountLimits to_limits(const JetStreamLimitsClaim& claim) {
  const auto positive = [](int64_t limit) { return limit > 0 ? limit : -1; };
  return {.max_memory = claim.mem_storage,
          .max_store = claim.disk_storage,
          .max_streams = claim.streams,
          .max_consumers = claim.consumer,
          .max_ack_pending = positive(claim.max_ack_pending),
          .memory_max_stream_bytes = positive(claim.mem_max_stream_bytes),
          .store_max_stream_bytes = positive(claim.disk_max_stream_bytes),
          .max_bytes_required = claim.max_bytes_required};
}

std::optional<JetStreamAccountOptions> to_jetstream(const AccountLimitsClaim& limits) {
  if (!limits.has_jetstream()) return std::nullopt;
  JetStreamAccountOptions options;
  if (limits.jetstream.disk_storage != 0 || limits.jetstream.mem_storage != 0) {
    options.tiers = {{"", to_limits(limits.jetstream)}};
    return options;
  }
  options.tiers.clear();
  for (const auto& [tier, claim] : limits.tiered_limits) {
    options.tiers.emplace_back(tier, to_limits(claim));
  }
  return options;
}

ExportOptions to_export(const ExportClaim& claim) {
  ExportOptions options;
  options.is_service = claim.type == ExportType::kService;
  options.subject = claim.subject;
  options.token_required = claim.token_req;
  options.account_token_position =
      static_cast<uint32_t>(std::min<uint64_t>(claim.account_token_position, UINT32_MAX));
  options.revocations.assign(claim.revocations.begin(), claim.revocations.end());
  if (!options.is_service) return options;
  options.allow_trace = claim.allow_trace;
  if (claim.response_type == "Stream") options.response_type = ResponseType::kStream;
  if (claim.response_type == "Chunked") options.response_type = ResponseType::kChunked;
  if (claim.response_threshold != 0)
    options.response_threshold = Duration(claim.response_threshold);
  if (claim.service_latency) {
    const int64_t sampling = std::clamp<int64_t>(claim.service_latency->sampling, 0, 100);
    options.latency = LatencyOptions{.subject = claim.service_latency->results,
                                     .sampling = static_cast<uint8_t>(sampling)};
  }
  return options;
}

// Where there is no local subject, the older way to say it: a stream's `to` is a prefix; a
// service's subject is ours, and `to` is theirs.
ImportOptions to_import(const ImportClaim& claim) {
  ImportOptions options;
  options.is_service = claim.type == ExportType::kService;
  options.account = claim.account;
  options.subject = claim.subject;
  options.share = claim.share;
  options.allow_trace = claim.allow_trace;
  options.token = claim.token;
  if (!claim.local_subject.empty()) {
    options.to = claim.local_subject;
  } else if (!options.is_service) {
    options.prefix = without_references(claim.to);
  } else if (!claim.to.empty()) {
    options.to = claim.subject;
    options.subject = without_references(claim.to);
  }
  return options;
}

MappingOptions to_mapping(const std::string& source, const std::vector<WeightedMapping>& claims) {
  MappingOptions options{.source = source};
  for (const WeightedMapping& claim : claims) {
    // Of a cluster's there is none here.
    if (!claim.cluster.empty()) continue;
    const auto weight = static_cast<uint8_t>(std::clamp<int64_t>(claim.weight, 0, kWholeWeight));
    options.destinations.push_back(
        {.subject = claim.subject, .weight = weight == 0 ? kWholeWeight : weight});
  }
  return options;
}

std::optional<MessageTraceOptions> to_message_trace(const std::optional<MessageTraceClaim>& claim) {
  if (!claim || claim->dest.empty()) return std::nullopt;
  const bool is_partial = claim->sampling > 0 && claim->sampling < 100;
  return MessageTraceOptions{.destination = claim->dest,
                             .sampling = static_cast<uint8_t>(is_partial ? claim->sampling : 100)};
}

}  // namespace

std::optional<const UserScope*> ClaimedAccount::find_signer(std::string_view key) const {
  if (!is_strict && key == claims.sub) return nullptr;
  const auto found = claims.signing_keys.find(key);
  if (found == claims.signing_keys.end()) return std::nullopt;
  return found->second ? &*found->second : nullptr;
}

std::string_view issuing_account(const UserClaims& claims) {
  return claims.issuer_account.empty() ? claims.iss : claims.issuer_account;
}

AccountOptions to_account_options(const AccountClaims& claims) {
  AccountOptions options;
  options.name = claims.sub;
  options.name_tag = claims.name;
  options.limits = {.max_connections = claims.limits.conn,
                    .max_subscriptions = claims.limits.subs,
                    .max_payload = claims.limits.payload,
                    .max_leafnodes = claims.limits.leaf};
  for (const auto& [source, destinations] : claims.mappings) {
    options.mappings.push_back(to_mapping(source, destinations));
  }
  for (const ExportClaim& claim : claims.exports) options.exports.push_back(to_export(claim));
  for (const ImportClaim& claim : claims.imports) options.imports.push_back(to_import(claim));
  options.jetstream = to_jetstream(claims.limits);
  options.message_trace = to_message_trace(claims.trace);
  options.default_permissions = to_permission_options(claims.default_permissions);
  return options;
}

}  // namespace myelin
