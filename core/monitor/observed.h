// Observed: what reports look at, for one turn.
#pragma once

#include <cstdint>

#include "core/base/time.h"
#include "core/monitor/closed_clients.h"
#include "core/pubsub/account.h"
#include "core/pubsub/context.h"

namespace myelin {

class JetStreams;

// The accounts of a server without configured ones; the second has nothing in it yet.
inline constexpr std::string_view kSystemAccount = "$SYS";

struct Observed {
  const Context& context;
  Account& account;
  JetStreams* jetstream;  // nullptr: there is none
  const ClosedClients& closed;
  Now start;
  bool is_recovered = true;
  uint64_t connections = 0;
  uint64_t connections_ever = 0;
};

}  // namespace myelin
