#include "core/pubsub/service_latency.h"

#include <algorithm>

#include "core/base/json.h"
#include "core/base/rfc3339.h"
#include "core/base/text.h"

namespace myelin {
namespace {

constexpr std::string_view kUber = "Uber-Trace-Id";
constexpr std::string_view kUberContext = "Uberctx-";
constexpr std::string_view kB3 = "B3";
constexpr std::string_view kB3Sampled = "X-B3-Sampled";
constexpr std::string_view kB3TraceId = "X-B3-Traceid";
constexpr std::string_view kB3ParentSpanId = "X-B3-Parentspanid";
constexpr std::string_view kB3SpanId = "X-B3-Spanid";
constexpr std::string_view kTraceParentHeader = "Traceparent";
constexpr std::string_view kTraceStateHeader = "Tracestate";

// As Go canonicalises a name: each word begins with a capital.
std::string canonical(std::string_view name) {
  std::string text(name);
  bool is_first = true;
  for (char& c : text) {
    const char lower = ascii_lower(c);
    c = is_first && lower >= 'a' && lower <= 'z' ? static_cast<char>(lower - 0x20) : lower;
    is_first = c == '-';
  }
  return text;
}

EventHeader read_header(std::string_view block) {
  EventHeader header;
  size_t at = block.find("\r\n");
  while (at != std::string_view::npos) {
    block.remove_prefix(at + 2);
    at = block.find("\r\n");
    const std::string_view line = block.substr(0, at);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    header[canonical(line.substr(0, colon))].emplace_back(trimmed(line.substr(colon + 1)));
  }
  return header;
}

// One or two hexadecimal digits with the lowest bit set.
bool says_sampled(std::string_view flags) {
  return !flags.empty() && flags.size() <= 2 &&
         std::all_of(flags.begin(), flags.end(), [](char c) { return hex_digit(c) >= 0; }) &&
         (hex_digit(flags.back()) & 1) == 1;
}

class Sampler {
 public:
  explicit Sampler(EventHeader all) : all_(std::move(all)) {}

  std::optional<EventHeader> decide() {
    if (const std::string* id = first(kUber)) return uber(*id);
    const std::string* sampled = first(kB3Sampled);
    if (sampled != nullptr && *sampled == "1") return b3();
    if (sampled != nullptr && *sampled == "0") return std::nullopt;
    if (first(kB3TraceId) != nullptr) return b3();
    if (const std::string* id = first(kB3)) return single_b3(*id);
    if (const std::string* parent = first(kTraceParentHeader)) return trace_context(*parent);
    return std::nullopt;
  }

 private:
  const std::string* first(std::string_view name) const {
    const auto found = all_.find(std::string(name));
    return found == all_.end() ? nullptr : &found->second.front();
  }
  void keep(std::string_view name) {
    const auto found = all_.find(std::string(name));
    if (found != all_.end()) kept_.insert(*found);
  }

  std::optional<EventHeader> uber(const std::string& id) {
    const std::vector<std::string_view> parts = split(id, ':');
    if (parts.size() != 4 || !says_sampled(parts[3])) return std::nullopt;
    keep(kUber);
    for (const auto& [name, values] : all_) {
      if (name.compare(0, kUberContext.size(), kUberContext) == 0) kept_[name] = values;
    }
    return std::move(kept_);
  }
  std::optional<EventHeader> b3() {
    for (const std::string_view name : {kB3Sampled, kB3TraceId, kB3ParentSpanId, kB3SpanId}) {
      keep(name);
    }
    return std::move(kept_);
  }
  std::optional<EventHeader> single_b3(const std::string& id) {
    const std::vector<std::string_view> parts = split(id, '-');
    if (parts.size() > 2 && parts[2] == "0") return std::nullopt;
    if (parts.size() == 1 && parts[0] == "0") return std::nullopt;
    keep(kB3);
    return std::move(kept_);
  }
  std::optional<EventHeader> trace_context(const std::string& parent) {
    const std::vector<std::string_view> parts = split(parent, '-');
    // Flags of more than seven bits are none that nats-server reads.
    if (parts.size() != 4 || parts[3].size() != 2 || hex_digit(parts[3][0]) > 7 ||
        !says_sampled(parts[3])) {
      return std::nullopt;
    }
    keep(kTraceParentHeader);
    keep(kTraceStateHeader);
    return std::move(kept_);
  }

  EventHeader all_;
  EventHeader kept_;
};

std::string_view text_of(LatencyStatus status) {
  switch (status) {
    case LatencyStatus::kAnswered:
      return {};
    case LatencyStatus::kBadRequest:
      return "Bad Request";
    case LatencyStatus::kRequestTimeout:
      return "Request Timeout";
    case LatencyStatus::kServiceUnavailable:
      return "Service Unavailable";
    case LatencyStatus::kServiceTimeout:
      return "Service Timeout";
  }
  return {};
}

void write_header(JsonWriter& json, const EventHeader& header) {
  json.name("header");
  json.begin_object();
  for (const auto& [name, values] : header) {
    json.name(name);
    json.begin_array();
    for (const std::string& value : values) json.value(value);
    json.end_array();
  }
  json.end_object();
}

}  // namespace

std::optional<EventHeader> sampled(const LatencyOptions& latency, std::string_view headers,
                                   Random& random) {
  if (latency.sampling >= 100) return EventHeader{};
  if (latency.sampling > 0 && random.below(100) < latency.sampling) return EventHeader{};
  if (headers.empty()) return std::nullopt;
  return Sampler(read_header(headers)).decide();
}

std::string latency_event(const Measurement& measurement, LatencyStatus status, Now now,
                          std::string id, std::string_view responder, Duration responder_rtt) {
  std::string event;
  JsonWriter json(event);
  json.begin_object();
  json.field("type", "io.nats.server.metric.v1.service_latency");
  json.field("id", id);
  json.field("timestamp", rfc3339(now.wall));
  json.field("status", static_cast<int>(status));
  if (status != LatencyStatus::kAnswered) json.field("description", text_of(status));
  if (!measurement.requestor.empty()) json.name("requestor").raw(measurement.requestor);
  if (!responder.empty()) json.name("responder").raw(responder);
  if (!measurement.header.empty()) write_header(json, measurement.header);
  const Duration rtt = measurement.requestor_rtt;
  json.field("start", rfc3339(WallTime{measurement.asked.wall.unix_ns - rtt.count()}));
  const bool is_answered = status == LatencyStatus::kAnswered;
  const Duration took = is_answered ? now.mono - measurement.asked.mono : Duration{};
  const Duration service = std::max<Duration>(took - responder_rtt, Duration{});
  json.field("service", int64_t{is_answered ? service.count() : 0});
  json.field("system", int64_t{0});
  json.field("total", int64_t{is_answered ? (rtt + took).count() : 0});
  json.end_object();
  return event;
}

}  // namespace myelin
