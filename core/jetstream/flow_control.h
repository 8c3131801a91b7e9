// FlowControl: how much a push consumer may have on its way before its client says that it has
// taken it (ADR-9's flow control). The window doubles with each answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace myelin {

// nats-server's: where the window begins, and how far it grows.
inline constexpr int64_t kFlowWindowMax = 32 * 1024 * 1024;
inline constexpr int64_t kFlowWindowStart = kFlowWindowMax / 16;

class FlowControl {
 public:
  // Nothing more may be sent until the request is answered.
  bool is_stalled() const { return sent_ > window_; }
  // The subject of the request that waits for an answer; empty: none does.
  const std::string& outstanding() const { return outstanding_; }

  // A message of so many bytes went out. True if a request should follow it; `is_full`: the
  // consumer may have no more unacknowledged, and only the answer acknowledges.
  bool sent(int64_t size, bool is_full);
  // The request was sent, to be answered on this subject.
  void asked(std::string subject);
  // False if that is not what waits.
  bool answered(std::string_view subject);

 private:
  int64_t window_ = kFlowWindowStart;
  int64_t sent_ = 0;   // bytes not yet known to be taken
  int64_t asked_ = 0;  // those the outstanding request covers
  std::string outstanding_;
};

}  // namespace myelin
