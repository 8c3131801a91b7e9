// AckSubject: the reply subject of a delivered message, to which it is acknowledged.
//
//     $JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>
//     $JS.ACK.<domain>.<account>.<stream>.<consumer>.<deliveries>. ... .<pending>[.<token>]
//
// The first form is what is sent; both are understood.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace myelin {

struct AckSubject {
  std::string_view stream;
  std::string_view consumer;
  uint64_t deliveries = 0;
  uint64_t stream_sequence = 0;  // 0: the subject names no delivery
  uint64_t consumer_sequence = 0;
};

// What the subject's tokens say; numbers that are none are 0. Nothing where it has too few tokens.
std::optional<AckSubject> parse_ack_subject(std::string_view subject);

// "$JS.ACK.<stream>.<consumer>."
std::string ack_subject_prefix(std::string_view stream, std::string_view consumer);

struct AckNumbers {
  uint64_t deliveries = 0;
  uint64_t stream_sequence = 0;
  uint64_t consumer_sequence = 0;
  WallTime time;  // of the message
  uint64_t pending = 0;
};
// Puts the numbers behind a prefix.
void append_ack_numbers(std::string& to, const AckNumbers& numbers);

}  // namespace myelin
