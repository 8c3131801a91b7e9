// What a syslog is told and where it is, letter for letter as the official server has it:
//
//     elsewhere   <PRI>2026-11-21T16:37:27Z HOST TAG[PID]: text\n     facility 0
//     unix://     <PRI>Nov 21 16:37:27 TAG[PID]: text\n               facility 0
//     the local   the same                                            facility 3, daemon
#pragma once

#include <string>
#include <string_view>

#include "core/base/log.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace myelin {

struct SyslogAddress {
  enum class Network { kLocal, kUnix, kUdp, kTcp };

  Network network = Network::kLocal;
  std::string host;  // of kUdp and kTcp, with the port
  std::string port;
  std::string path;  // of kUnix

  bool is_on_this_machine() const { return network <= Network::kUnix; }
};

// "udp://HOST:PORT", "tcp://HOST:PORT" or "unix:///PATH". The error is what the official server
// says as it ends, less what only Go's libraries know.
Result<SyslogAddress> parse_syslog_address(std::string_view url);

struct SyslogSource {
  std::string host;
  std::string tag;  // the program's name
  int pid = 0;
};

// Texts longer than a datagram can carry are cut.
std::string syslog_line(const SyslogAddress& to, const SyslogSource& from, WallTime at,
                        LogLevel level, std::string_view text);

}  // namespace myelin
