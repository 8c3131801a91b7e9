// Publishing into streams as the asynchronous publishers of the official libraries do: each message
// asks for its PubAck and at most a window of acks is outstanding. The payload begins with the
// message's number, so that a reader can tell which one it has (`payload_number`).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tests/bench/pipeline.h"

namespace bench {

inline constexpr uint64_t kPublishWindow = 4000;  // as nats.go's

struct StreamLoad {
  std::string name = "load";  // tells publishers of one server apart
  uint64_t window = kPublishWindow;
  size_t payload_size = 128;  // at least 16
  // Appends the subject of this message.
  std::function<void(std::string& to, uint64_t number)> append_subject;
};

// Its acks must carry ascending sequences.
Requests publications(const StreamLoad& load);

// Publishes so many messages and waits for the acks.
PipelineCount fill(uint16_t port, const StreamLoad& load, uint64_t count);

// Throws Failure when the payload does not begin with a number.
uint64_t payload_number(std::string_view payload);

// The number in eight decimal digits, for subjects of one length.
std::string digits(uint64_t number);

}  // namespace bench
