// ServerInfo: who speaks, as each message of the system account says it. The messages are numbered.
#pragma once

#include <cstdint>

#include "core/base/json.h"
#include "core/pubsub/context.h"

namespace myelin {

class ServerInfo {
 public:
  explicit ServerInfo(const Context& context) : context_(context) {}

  // An object of its own, with the next number.
  void write(JsonWriter& json);

 private:
  const Context& context_;
  uint64_t sequence_ = 0;
};

}  // namespace myelin
