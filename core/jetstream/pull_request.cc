#include "core/jetstream/pull_request.h"

#include <algorithm>
#include <charconv>

#include "core/base/text.h"
#include "core/jetstream/config_json.h"

namespace myelin {
namespace {

constexpr int64_t kPriorityMax = 9;

// No group's name and no pin's id is so long: what is shorten there is still none, and takes no
// room while it waits.
constexpr size_t kNameSizeKept = 64;

void shorten(std::string& name) {
  if (name.size() > kNameSizeKept) name = name.substr(0, kNameSizeKept);
}

// The text of a JSON error as Go has it for one document: without what the API puts around it, and
// with its own word for a text that ends early.
std::string decoder_text(const ApiError& error) {
  constexpr std::string_view kPrefix = "invalid JSON: ";
  std::string_view text = error.description;
  if (text.substr(0, kPrefix.size()) == kPrefix) text.remove_prefix(kPrefix.size());
  text = text.substr(0, text.rfind(" at offset "));
  return std::string(text == "unexpected EOF" ? "unexpected end of JSON input" : text);
}

Result<PullRequest, PullRefusal> parse_json(std::string_view body) {
  PullRequest request;
  request.batch = 0;
  request.has_group = true;
  const std::optional<ApiError> error = read_json(
      body, JsonStrictness::kLenient, "JSApiConsumerGetNextRequest", [&](JsonFields& fields) {
        fields.read("expires", request.expires);
        fields.read("batch", request.batch, "int");
        fields.read("max_bytes", request.max_bytes, "int");
        fields.read("no_wait", request.no_wait);
        fields.read("idle_heartbeat", request.heartbeat);
        fields.read("group", request.group);
        fields.read("min_pending", request.min_pending);
        fields.read("min_ack_pending", request.min_ack_pending);
        fields.read("id", request.id);
        fields.read("priority", request.priority, "int");
      });
  if (error) return "400 Bad Request - " + decoder_text(*error);
  if (request.heartbeat > Duration::zero() && request.heartbeat > request.expires / 2) {
    return PullRefusal("400 Bad Request - heartbeat value too large");
  }
  request.batch = std::max<int64_t>(request.batch, 0);
  shorten(request.group);
  shorten(request.id);
  return request;
}

}  // namespace

Result<PullRequest, PullRefusal> parse_pull_request(std::string_view body) {
  body = trimmed(body, kWhitespace);
  if (!body.empty() && body.front() == '{') return parse_json(body);
  PullRequest request;
  if (!body.empty() && body.front() == '+') body.remove_prefix(1);
  int64_t batch = 0;
  const auto [end, failure] = std::from_chars(body.data(), body.data() + body.size(), batch);
  if (failure == std::errc{} && end == body.data() + body.size()) {
    request.batch = std::max<int64_t>(batch, 0);
  }
  return request;
}

std::optional<PullRefusal> check(const PullRequest& request, const ConsumerConfig& config) {
  if (config.max_batch > 0 && request.batch > config.max_batch) {
    return "409 Exceeded MaxRequestBatch of " + decimal(config.max_batch);
  }
  if (config.max_expires > Duration::zero() && request.expires > config.max_expires) {
    return "409 Exceeded MaxRequestExpires of " + go_duration(config.max_expires);
  }
  if (config.max_bytes > 0 && request.max_bytes > config.max_bytes) {
    return "409 Exceeded MaxRequestMaxBytes of " + decimal(config.max_bytes);
  }
  if (!request.has_group) return std::nullopt;
  const PriorityPolicy policy = config.priority_policy;
  if ((request.min_pending != 0 || request.min_ack_pending != 0) &&
      policy != PriorityPolicy::kOverflow) {
    return "400 Bad Request - Not a Overflow Priority consumer";
  }
  if (!request.id.empty() && policy != PriorityPolicy::kPinnedClient) {
    return "400 Bad Request - Not a Pinned Client Priority consumer";
  }
  if (request.priority < 0 || request.priority > kPriorityMax) {
    return "400 Bad Request - Priority must be between 0 and 9";
  }
  if (policy == PriorityPolicy::kNone) return std::nullopt;
  if (request.group.empty()) return "400 Bad Request - Priority Group missing";
  const auto& groups = config.priority_groups;
  if (std::find(groups.begin(), groups.end(), request.group) == groups.end()) {
    return "400 Bad Request - Invalid Priority Group";
  }
  return std::nullopt;
}

std::string status_block(std::string_view status) {
  std::string block("NATS/1.0 ");
  block.append(status).append("\r\n\r\n");
  return block;
}

std::string status_block(std::string_view status, int64_t messages, int64_t bytes) {
  std::string block("NATS/1.0 ");
  block.append(status).append("\r\nNats-Pending-Messages: ").append(decimal(messages));
  block.append("\r\nNats-Pending-Bytes: ").append(decimal(bytes)).append("\r\n\r\n");
  return block;
}

}  // namespace myelin
