// Log: the core's port for diagnostics. A host prints, a test collects.
#pragma once

#include <string_view>

namespace myelin {

// nats-server's tags: DBG INF WRN ERR FTL TRC.
enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError, kFatal };

class Log {
 public:
  virtual ~Log() = default;
  // `text` is borrowed for the call and has no final newline. The core asks Options before it
  // formats debug or trace lines, so what arrives is to be shown.
  virtual void write(LogLevel level, std::string_view text) = 0;
};

}  // namespace myelin
