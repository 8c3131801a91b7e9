// Messages pushed through a server as fast as it takes them, and what that costs it.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/flow.h"
#include "tests/bench/scenario.h"
#include "tests/bench/websocket.h"

namespace bench {

struct Load {
  Delivery delivery = Delivery::kEach;
  size_t payload_size = 16;
  size_t receivers = 1;  // per publisher
  size_t flows = 1;
  size_t subjects = 1;  // per publisher
  Framing framing = Framing::kMany;
  size_t batch_bytes = kBatchBytes;
  size_t window_bytes = Flow::kWindowBytes;
  Credentials publisher = {};
};

std::vector<std::string> subjects_of(const Load& load, size_t flow);

// Server time per message, messages per second, cores the server kept busy, cores the bench did.
std::vector<double> run_load(ServerProcess& server, const Address& address, const Load& load,
                             const Effort& effort);

// The rows of these four; `per` is what is counted.
std::vector<Row> load_rows(const std::string& title, const std::string& per, const Goal& goal);

}  // namespace bench
