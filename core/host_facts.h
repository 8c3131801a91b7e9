// What a report says of the process and the machine, which only the host can know.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace myelin {

struct HostFacts {
  uint64_t memory = 0;  // resident bytes
  double cpu = 0;       // percent of one core
  int cores = 1;
  std::vector<std::pair<std::string, uint64_t>> http_requests;  // since the start, by path
};

}  // namespace myelin
