#include "hosts/common/syslog_line.h"

#include <syslog.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "core/config/config_reader.h"

namespace myelin {
namespace {

using Network = SyslogAddress::Network;

// A datagram over IPv4 holds 65,507 bytes, what comes before the text among them.
constexpr size_t kTextMax = 64'000;

int severity(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
    case LogLevel::kInfo:
      return LOG_NOTICE;
    case LogLevel::kDebug:
      return LOG_DEBUG;
    case LogLevel::kWarning:
      return LOG_WARNING;
    case LogLevel::kError:
      return LOG_ERR;
    case LogLevel::kFatal:
      return LOG_CRIT;
  }
  return LOG_NOTICE;
}

std::tm broken_down(WallTime at) {
  const time_t unix_seconds = at.unix_ns / kNsPerSecond;
  std::tm parts{};
  localtime_r(&unix_seconds, &parts);
  return parts;
}

std::string format(const std::tm& parts, const char* pattern) {
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, pattern, &parts));
}

// RFC 3339 down to the second, in local time.
std::string precise_time(WallTime at) {
  const std::tm parts = broken_down(at);
  std::string text = format(parts, "%Y-%m-%dT%H:%M:%S");
  if (parts.tm_gmtoff == 0) return text + 'Z';
  std::string zone = format(parts, "%z");
  return text + zone.insert(3, 1, ':');
}

// The month's name is English whatever the locale: nobody has set one.
std::string short_time(WallTime at) { return format(broken_down(at), "%b %e %H:%M:%S"); }

}  // namespace

Result<SyslogAddress> parse_syslog_address(std::string_view url) {
  const size_t colon = url.find(':');
  const std::string scheme(url.substr(0, colon == std::string_view::npos ? 0 : colon));
  std::string_view rest = url.substr(colon == std::string_view::npos ? 0 : colon + 1);
  const bool has_slashes = rest.starts_with("//");
  if (has_slashes) rest.remove_prefix(2);
  SyslogAddress address;
  if (scheme == "unix") {
    address.network = Network::kUnix;
    address.path = has_slashes ? rest.substr(std::min(rest.find('/'), rest.size())) : rest;
    if (!address.path.empty()) return address;
    return invalid("error connecting to syslog: \"dial unix: missing address\"");
  }
  if (scheme != "udp" && scheme != "tcp") {
    return invalid("error invalid network type: \"" + scheme + '"');
  }
  address.network = scheme == "udp" ? Network::kUdp : Network::kTcp;
  const std::string host_port(rest.substr(0, rest.find('/')));
  if (!has_slashes || !split_host_port(host_port, address.host, address.port) ||
      address.port.empty()) {
    return invalid("error connecting to syslog: \"dial " + scheme + ": address " + host_port +
                   ": missing port in address\"");
  }
  if (address.host.empty()) address.host = "localhost";
  return address;
}

std::string syslog_line(const SyslogAddress& to, const SyslogSource& from, WallTime at,
                        LogLevel level, std::string_view text) {
  const int facility = to.network == Network::kLocal ? LOG_DAEMON : 0;
  std::string line = '<' + std::to_string(facility | severity(level)) + '>';
  line += to.is_on_this_machine() ? short_time(at) : precise_time(at) + ' ' + from.host;
  line += ' ' + from.tag + '[' + std::to_string(from.pid) + "]: ";
  line += text.substr(0, kTextMax);
  if (!line.ends_with('\n')) line += '\n';
  return line;
}

}  // namespace myelin
