// AckVerb: what a message published to an ack subject asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.h"

namespace myelin {

enum class AckKind : uint8_t {
  kAck,       // "", "+ACK", "+OK"
  kNext,      // "+NXT", and what follows is a pull request
  kNak,       // "-NAK", and perhaps a delay
  kProgress,  // "+WPI"
  kTerm,      // "+TERM", and perhaps a reason
  kUnknown,   // anything else: answered, and otherwise ignored
};

struct AckVerb {
  AckKind kind = AckKind::kUnknown;
  std::string_view argument;
};

AckVerb parse_ack_verb(std::string_view payload);

// {"delay":ns} or Go's "1.5s"; nothing where it is neither, or absent: at once.
std::optional<Duration> parse_nak_delay(std::string_view argument);

}  // namespace myelin
