// Traffic: messages and bytes that went through, in both directions as the clients see them.
#pragma once

#include <cstdint>

namespace myelin {

struct Traffic {
  uint64_t in_msgs = 0;
  uint64_t in_bytes = 0;
  uint64_t out_msgs = 0;
  uint64_t out_bytes = 0;

  Traffic& operator+=(const Traffic& other) {
    in_msgs += other.in_msgs;
    in_bytes += other.in_bytes;
    out_msgs += other.out_msgs;
    out_bytes += other.out_bytes;
    return *this;
  }
  Traffic& operator-=(const Traffic& other) {
    in_msgs -= other.in_msgs;
    in_bytes -= other.in_bytes;
    out_msgs -= other.out_msgs;
    out_bytes -= other.out_bytes;
    return *this;
  }
};

}  // namespace myelin
