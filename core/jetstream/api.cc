#include "core/jetstream/api.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/jetstream/jetstream.h"
#include "core/protocol/headers.h"
#include "core/pubsub/accounts.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

constexpr std::string_view kApiPrefix = "$JS.API.";

struct Endpoint {
  std::string_view pattern;  // behind "$JS.API."
  std::string_view type;     // io.nats.jetstream.api.v1.TYPE
  void (*handler)(ApiCall& call);
};

constexpr Endpoint kEndpoints[] = {
    {"INFO", "account_info_response", api::account_info},
    {"STREAM.CREATE.*", "stream_create_response", api::stream_create},
    {"STREAM.UPDATE.*", "stream_update_response", api::stream_update},
    {"STREAM.NAMES", "stream_names_response", api::stream_names},
    {"STREAM.LIST", "stream_list_response", api::stream_list},
    {"STREAM.INFO.*", "stream_info_response", api::stream_info},
    {"STREAM.DELETE.*", "stream_delete_response", api::stream_delete},
    {"STREAM.PURGE.*", "stream_purge_response", api::stream_purge},
    {"STREAM.MSG.GET.*", "stream_msg_get_response", api::message_get},
    {"STREAM.MSG.DELETE.*", "stream_msg_delete_response", api::message_delete},
    {"STREAM.SNAPSHOT.*", "stream_snapshot_response", api::stream_snapshot},
    {"STREAM.RESTORE.*", "stream_restore_response", api::stream_restore},
    {"STREAM.PEER.REMOVE.*", "stream_remove_peer_response", api::cluster_required},
    {"STREAM.LEADER.STEPDOWN.*", "stream_leader_stepdown_response", api::cluster_required},
    {"CONSUMER.CREATE.*", "consumer_create_response", api::consumer_create},
    {"CONSUMER.CREATE.*.>", "consumer_create_response", api::consumer_create},
    {"CONSUMER.DURABLE.CREATE.*.*", "consumer_create_response", api::consumer_durable_create},
    {"CONSUMER.NAMES.*", "consumer_names_response", api::consumer_names},
    {"CONSUMER.LIST.*", "consumer_list_response", api::consumer_list},
    {"CONSUMER.INFO.*.*", "consumer_info_response", api::consumer_info},
    {"CONSUMER.DELETE.*.*", "consumer_delete_response", api::consumer_delete},
    {"CONSUMER.PAUSE.*.*", "consumer_pause_response", api::consumer_pause},
    {"CONSUMER.RESET.*.*", "consumer_reset_response", api::consumer_reset},
    {"CONSUMER.UNPIN.*.*", "consumer_unpin_response", api::consumer_unpin},
    {"CONSUMER.LEADER.STEPDOWN.*.*", "consumer_leader_stepdown_response", api::cluster_required},
};

char first_of(std::string_view body) {
  const size_t at = body.find_first_not_of(" \t\r\n");
  return at == std::string_view::npos ? '\0' : body[at];
}

}  // namespace

ApiCall::ApiCall(Context& context, Account& account, JetStream* jetstream, const Mail& mail,
                 std::string_view response_type)
    : context_(context),
      account_(account),
      jetstream_(jetstream),
      mail_(mail),
      response_type_(response_type) {
  std::string_view rest = mail.subject.substr(kApiPrefix.size());
  while (true) {
    const size_t dot = rest.find('.');
    tokens_.push_back(rest.substr(0, dot));
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
}

std::string_view ApiCall::token(size_t index) const {
  return index < tokens_.size() ? tokens_[index] : std::string_view();
}

std::string_view ApiCall::tokens_from(size_t index) const {
  if (index >= tokens_.size()) return {};
  return mail_.subject.substr(static_cast<size_t>(tokens_[index].data() - mail_.subject.data()));
}

JsonStrictness ApiCall::strictness() const {
  return context_.options.jetstream->strict ? JsonStrictness::kStrict : JsonStrictness::kLenient;
}

bool ApiCall::has_empty_body() const {
  if (body().empty()) return true;
  const std::optional<JsonDocument> document = JsonDocument::parse(body(), 2);
  return document && document->root().is_object() && document->root().size() == 0;
}

bool ApiCall::has_json_body() const {
  const char first = first_of(body());
  return first == '{' || first == '[';
}

void ApiCall::fail(const ApiError& error, std::string_view rest) {
  text_.clear();
  text_ += "{\"type\":\"io.nats.jetstream.api.v1.";
  text_ += response_type_;
  text_ += "\",\"error\":";
  JsonWriter json(text_);
  write(json, error);
  text_ += rest;
  text_ += '}';
  if (is_counted_ && jetstream_ != nullptr) jetstream_->count_error();
  finish();
}

JsonWriter& ApiCall::begin() {
  json_.begin_object();
  json_.field("type", "io.nats.jetstream.api.v1." + std::string(response_type_));
  return json_;
}

void ApiCall::end() {
  json_.end_object();
  finish();
}

void ApiCall::end_durable(const Stream* stream) {
  json_.end_object();
  Services& services = jetstream_->services();
  if (!services.options.sync_always || mail_.reply.empty()) return finish();
  services.gate.hold({.jetstream = services.number,
                      .stream = stream == nullptr ? 0 : stream->number(),
                      .definitions = true,
                      .asked = services.context.now.mono},
                     mail_.reply, text_);
  if (is_counted_) jetstream_->count_call(mail_, text_);
}

void ApiCall::end_erased(const Stream& stream, uint64_t erasure) {
  json_.end_object();
  Services& services = jetstream_->services();
  services.shared.erasures.push_back({.jetstream = services.number,
                                      .stream = stream.number(),
                                      .erasure = erasure,
                                      .reply = std::string(mail_.reply),
                                      .answer = text_,
                                      .asked = services.context.now.mono});
  services.context.timers.set(services.shared.background, services.context.now.mono);
  if (is_counted_) jetstream_->count_call(mail_, text_);
}

void ApiCall::finish() {
  if (!mail_.reply.empty()) {
    account_.send(context_, {.to = mail_.reply, .content = text_});
    if (jetstream_ != nullptr) jetstream_->services().shared.api_latency.record(0);
  }
  if (is_counted_ && jetstream_ != nullptr) jetstream_->count_call(mail_, text_);
}

bool requires_too_much(std::string_view headers) {
  const auto level = find_header(headers, "Nats-Required-Api-Level");
  return level && !is_level_supported(*level);
}

std::optional<ApiError> ApiCall::refusal() const {
  if (requires_too_much(headers())) return api_error(ApiErrc::kRequiredApiLevel);
  if (jetstream_ == nullptr) return api_error(ApiErrc::kNotEnabledForAccount);
  return std::nullopt;
}

Page page_of(size_t total, int64_t offset, size_t limit) {
  const size_t begin =
      offset <= 0 ? 0
                  : static_cast<size_t>(std::min<uint64_t>(static_cast<uint64_t>(offset), total));
  return {begin, std::min(begin + limit, total)};
}

void write_paging(JsonWriter& json, size_t total, size_t offset, size_t limit) {
  json.field("total", static_cast<uint64_t>(total));
  json.field("offset", static_cast<uint64_t>(offset));
  json.field("limit", static_cast<uint64_t>(limit));
}

namespace {

const Endpoint* endpoint_of(const Mail& mail) {
  const std::string_view request = mail.subject.substr(kApiPrefix.size());
  for (const Endpoint& endpoint : kEndpoints) {
    if (matches(endpoint.pattern, request)) return &endpoint;
  }
  return nullptr;
}

}  // namespace

void answer_api(JetStream& jetstream, const Mail& mail) {
  const Endpoint* endpoint = endpoint_of(mail);
  if (endpoint == nullptr) return;
  Services& services = jetstream.services();
  ApiCall call(services.context, services.account, &jetstream, mail, endpoint->type);
  endpoint->handler(call);
}

void refuse_api(Context& context, Account& account, const Mail& mail) {
  const Endpoint* endpoint = endpoint_of(mail);
  const bool is_system = &account == context.accounts->system();
  if (is_system && (endpoint == nullptr || endpoint->handler != api::account_info)) {
    ApiCall call(context, account, nullptr, mail, "system_response");
    return call.fail(api_error(ApiErrc::kNotEnabledForAccount));
  }
  if (endpoint == nullptr) return;
  ApiCall call(context, account, nullptr, mail, endpoint->type);
  endpoint->handler(call);
}

}  // namespace myelin
