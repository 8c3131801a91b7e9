// PullRequest: what a client asks for on $JS.API.CONSUMER.MSG.NEXT.<stream>.<consumer>, and the
// statuses with which it is answered when no message is (ADR-13, ADR-22, ADR-42).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/jetstream/consumer_config.h"

namespace myelin {

// The priority of a request that has none at all: behind all others.
inline constexpr int kPriorityLast = 1 << 30;

struct PullRequest {
  int64_t batch = 1;
  Duration expires{0};  // 0: never
  int64_t max_bytes = 0;
  bool no_wait = false;
  Duration heartbeat{0};
  // Only a JSON body belongs to a group and has what follows.
  bool has_group = false;
  std::string group;
  int64_t min_pending = 0;
  int64_t min_ack_pending = 0;
  std::string id;  // of the pin
  int64_t priority = 0;
};

// A status line's text: "400 Bad Request - ...".
using PullRefusal = std::string;

// An empty body asks for one message, a number for so many, JSON for what it says, anything else
// for one.
Result<PullRequest, PullRefusal> parse_pull_request(std::string_view body);

// What the consumer's config forbids; who is pinned and who waits is not looked at.
std::optional<PullRefusal> check(const PullRequest& request, const ConsumerConfig& config);

// "NATS/1.0 <status>", and what follows it.
std::string status_block(std::string_view status);
// The same with what the request still waits for.
std::string status_block(std::string_view status, int64_t messages, int64_t bytes);

}  // namespace myelin
