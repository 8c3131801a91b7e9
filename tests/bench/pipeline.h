// Requests sent ahead of their replies over one connection: at most a window of them is
// outstanding. Each request has a reply subject of its own, as the official libraries do it, and
// each must be answered exactly once.
//
//     requests   0 1 2 3 4 5 6 7 8 9
//                ----------|-----|
//                answered    window
//
// run_pipelines drives several at once in one thread, for a time or until so many requests each
// were sent, and then waits for the replies that are missing.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/client.h"

namespace bench {

struct Requests {
  std::string inbox;  // of this pipeline alone
  uint64_t window = 1;
  // Appends the request of this number, counted from zero.
  std::function<void(std::string& to, uint64_t number, std::string_view reply)> append;
  // Throws Failure when this is not the reply to request `number`.
  std::function<void(const Frame& reply, uint64_t number)> check;
};

class Pipeline {
 public:
  Pipeline(uint16_t port, Requests requests);

  // Both do what the kernel allows and say whether that was anything.
  bool push(uint64_t requests_max);
  bool pull();

  int fd() const { return client_->link().fd(); }
  bool has_unsent() const { return unsent_begin_ < unsent_.size(); }
  uint64_t sent() const { return sent_; }
  uint64_t answered() const { return answered_; }

  // To be called when all is answered: nothing more may come.
  void settle_accounts();

 private:
  void append_requests(uint64_t requests_max);
  void take(const Frame& frame);

  Requests requests_;
  std::unique_ptr<Client> client_;
  std::string unsent_;
  size_t unsent_begin_ = 0;
  uint64_t sent_ = 0;
  uint64_t answered_ = 0;
  uint64_t number_sum_ = 0;
};

struct PipelineBounds {
  double seconds = std::numeric_limits<double>::infinity();
  uint64_t requests = UINT64_MAX;  // of each pipeline, all its runs together
};

struct PipelineCount {
  uint64_t answered = 0;
  uint64_t wall_ns = 0;  // until the last answer

  double per_second() const {
    return static_cast<double>(answered) * 1e9 / static_cast<double>(wall_ns);
  }
};

// Throws Failure when nothing moves for thirty seconds.
PipelineCount run_pipelines(std::vector<Pipeline>& pipelines, const PipelineBounds& bounds);

}  // namespace bench
