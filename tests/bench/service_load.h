// Requests to one service, so many at a time: all are asked, then answered, then taken, by one
// thread that is requester and service in turn. What is counted is the server's work, with as few
// wake-ups in it as can be.
#pragma once

#include <cstdint>
#include <string>

#include "tests/bench/client.h"
#include "tests/bench/effort.h"
#include "tests/bench/server_process.h"

namespace bench {

class ServiceLoad {
 public:
  ServiceLoad(uint16_t port, const Credentials& requester, const Credentials& service,
              const std::string& subject);

  // The server's nanoseconds. Throws Failure when a request or a reply is lost or doubled.
  double cpu_per_request(const ServerProcess& server, const Effort& effort);

 private:
  void ask_together();

  Client requester_;
  Client service_;
  std::string subject_;
  uint64_t asked_ = 0;
};

}  // namespace bench
