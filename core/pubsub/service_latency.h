// Service latency: how long a service of an account took to answer another account's request, as an
// event in the account that offers it ("io.nats.server.metric.v1.service_latency").
//
// Some requests are measured by chance, others because their headers ask for it: those that tracing
// systems set (Uber-Trace-Id, X-B3-*, B3, Traceparent). What asked for it is shown in the event.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/options.h"

namespace myelin {

// Names as Go's net/http writes them ("X-B3-Traceid"), each with its values.
using EventHeader = std::map<std::string, std::vector<std::string>>;

// A request whose latency is wanted, from when it was asked.
struct Measurement {
  std::string subject;    // where the event goes
  std::string requestor;  // JSON
  Duration requestor_rtt{};
  EventHeader header;
  Now asked{};
};

// Whether a request is to be measured; its headers that say so, if they do.
std::optional<EventHeader> sampled(const LatencyOptions& latency, std::string_view headers,
                                   Random& random);

enum class LatencyStatus {
  kAnswered = 200,
  kBadRequest = 400,
  kRequestTimeout = 408,
  kServiceUnavailable = 503,
  kServiceTimeout = 504,
};

// Of a measurement that ended. `responder` is JSON, and with its rtt of an answer only.
std::string latency_event(const Measurement& measurement, LatencyStatus status, Now now,
                          std::string id, std::string_view responder = {},
                          Duration responder_rtt = {});

}  // namespace myelin
