#include "core/pubsub/message_trace.h"

#include <utility>

#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/pubsub/account.h"
#include "core/pubsub/client.h"

namespace myelin {
namespace {

constexpr std::string_view kFirstLine = "NATS/1.0\r\n";
constexpr std::string_view kTraceParent = "traceparent";

// The last of four parts is two hexadecimal digits, of which the lowest bit says so.
bool is_sampled(std::string_view parent) {
  size_t dashes = 0;
  size_t last = 0;
  for (size_t at = 0; at < parent.size(); ++at) {
    if (parent[at] != '-') continue;
    ++dashes;
    last = at + 1;
  }
  if (dashes != 3 || parent.size() - last != 2) return false;
  const int high = hex_digit(parent[last]);
  const int low = hex_digit(parent[last + 1]);
  return high >= 0 && high <= 7 && low >= 0 && (low & 1) == 1;
}

// Whether it is worth reading all of it.
bool may_ask(std::string_view block, bool traces_external) {
  if (block.find("\nNats-Trace-Dest:") != std::string_view::npos) return true;
  if (!traces_external) return false;
  for (size_t at = block.find('\n'); at != std::string_view::npos; at = block.find('\n', at + 1)) {
    if (equals_ignoring_case(block.substr(at + 1, kTraceParent.size()), kTraceParent)) return true;
  }
  return false;
}

}  // namespace

std::string_view TraceHeaders::first(const std::string& name) const {
  const auto found = all.find(name);
  return found == all.end() ? std::string_view() : std::string_view(found->second.front());
}

std::optional<TraceHeaders> read_trace_headers(std::string_view block, bool traces_external) {
  if (block.substr(0, kFirstLine.size()) != kFirstLine) return std::nullopt;
  if (!may_ask(block, traces_external)) return std::nullopt;
  block.remove_prefix(kFirstLine.size());
  TraceHeaders headers;
  bool has_destination = false;
  bool has_parent = false;
  for (;;) {
    const size_t colon = block.find(':');
    if (colon == std::string_view::npos) break;
    const std::string_view name = block.substr(0, colon);
    block.remove_prefix(colon + 1);
    const size_t end = block.find("\r\n");
    if (end == std::string_view::npos) break;
    const std::string_view value = trimmed(block.substr(0, end));
    block.remove_prefix(end + 2);
    if (name.empty() || value.empty()) continue;
    if (name == kTraceDestination) {
      if (value == kTraceDisabled) return std::nullopt;
      has_destination = true;
    }
    has_parent = has_parent || (equals_ignoring_case(name, kTraceParent) && is_sampled(value));
    headers.all[std::string(name)].emplace_back(value);
  }
  headers.is_external = !has_destination;
  if (!has_destination && !(has_parent && traces_external)) return std::nullopt;
  return headers;
}

MessageTrace::MessageTrace(Account& account, std::string destination, bool is_only,
                           TraceHeaders headers, size_t size)
    : account_(account),
      destination_(std::move(destination)),
      is_only_(is_only),
      headers_(std::move(headers)),
      size_(size) {}

void MessageTrace::arrived(const Client& client, std::string_view subject, WallTime at) {
  events_.push_back({.type = "in",
                     .at = at,
                     .client = client.id(),
                     .name = std::string(client.facts().name),
                     .account = account_.name(),
                     .subject = std::string(subject)});
}

void MessageTrace::mapped(std::string_view to, WallTime at) {
  events_.push_back({.type = "sm", .at = at, .to = std::string(to)});
}

void MessageTrace::exported(std::string_view account, std::string_view to, WallTime at) {
  events_.push_back(
      {.type = "se", .at = at, .account = std::string(account), .to = std::string(to)});
}

void MessageTrace::imported(std::string_view account, std::string_view from, std::string_view to,
                            WallTime at) {
  events_.push_back({.type = "si",
                     .at = at,
                     .account = std::string(account),
                     .from = std::string(from),
                     .to = std::string(to)});
}

void MessageTrace::delivered(const Client& client, const Subscription& subscription,
                             std::string_view error, WallTime at) {
  const bool is_elsewhere = &client.account() != &account_;
  events_.push_back({.type = "eg",
                     .at = at,
                     .client = client.id(),
                     .name = std::string(client.facts().name),
                     .account = is_elsewhere ? client.account().name() : std::string(),
                     .subject = std::string(subscription.subject()),
                     .queue = std::string(subscription.queue()),
                     .error = std::string(error)});
}

void MessageTrace::stored(std::string_view stream, std::string_view subject, bool no_interest,
                          std::string error, WallTime at) {
  events_.push_back({.type = "js",
                     .at = at,
                     .name = std::string(stream),
                     .subject = std::string(subject),
                     .no_interest = no_interest,
                     .error = std::move(error)});
}

void MessageTrace::write(JsonWriter& json, const Event& event) {
  const auto text = [&json](std::string_view name, std::string_view value) {
    if (!value.empty()) json.field(name, value);
  };
  json.begin_object();
  json.field("type", event.type);
  json.field("ts", rfc3339(event.at));
  if (event.client != 0) {
    json.field("kind", 0);
    json.field("cid", event.client);
    text("name", event.name);
  }
  if (event.type == "js") json.field("stream", event.name);
  text("acc", event.account);
  if (event.type == "in") {
    json.field("subj", event.subject);
  } else {
    text(event.type == "js" ? "subject" : "sub", event.subject);
  }
  text("from", event.from);
  text("to", event.to);
  text("queue", event.queue);
  if (event.no_interest) json.field("nointerest", true);
  text("error", event.error);
  json.end_object();
}

void MessageTrace::write(JsonWriter& json) const {
  json.name("request").begin_object();
  json.name("header").begin_object();
  for (const auto& [name, values] : headers_.all) {
    json.name(name).begin_array();
    for (const std::string& value : values) json.value(value);
    json.end_array();
  }
  json.end_object();
  json.field("msgsize", static_cast<uint64_t>(size_));
  json.end_object();
  json.name("events").begin_array();
  for (const Event& event : events_) write(json, event);
  json.end_array();
}

}  // namespace myelin
