// Observed: what reports look at, for one turn.
#pragma once

#include <cstdint>

#include "core/base/time.h"
#include "core/monitor/closed_clients.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/context.h"

namespace myelin {

class JetStreams;

// Of the JSON that HTTP is answered with.
inline constexpr size_t kReportIndentation = 2;

struct Observed {
  const Context& context;
  JetStreams* jetstream;  // nullptr: there is none
  const ClosedClients& closed;
  Now start;
  bool is_recovered = true;
  uint64_t connections = 0;
  uint64_t connections_ever = 0;
  // 0 for who asks by a message: all on one line.
  size_t indentation = kReportIndentation;
  bool is_message() const { return indentation == 0; }
};

}  // namespace myelin
