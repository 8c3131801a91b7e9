#include "hosts/native/flag_table.h"

#include <algorithm>

namespace myelin {

namespace {

std::vector<KnownFlag> server_flags() {
  return {
      {"-a, --addr, --net <host>", "Bind to host address (default: 0.0.0.0)", &Flags::addr},
      {"-p, --port <port>", "Use port for clients (default: 4222)", &Flags::port},
      {"-n, --name\n    --server_name <server_name>", "Server name (default: auto)",
       &Flags::server_name},
      {"-P, --pid <file>", "File to store PID", &Flags::pid_file, FlagValue::kFile},
      {"-m, --http_port <port>", "Use port for http monitoring", &Flags::http_port},
      {"-ms,--https_port <port>", "Use port for https monitoring", &Flags::https_port},
      {"-c, --config <file>", "Configuration file", &Flags::config, FlagValue::kFile},
      {"-t", "Test configuration and exit", &Flags::check_config},
      {"-sl,--signal <signal>[=<pid>]",
       "Send signal to nats-server process (ldm, stop, quit, term, reopen, reload)\n"
       "<pid> can be either a PID (e.g. 1) or the path to a PID file "
       "(e.g. /var/run/nats-server.pid)",
       &Flags::signal, FlagValue::kSignal},
      {"    --client_advertise <string>", "Client URL to advertise to other servers",
       &Flags::client_advertise},
      {"    --ports_file_dir <dir>",
       "Creates a ports file in the specified directory (<executable_name>_<pid>.ports).",
       &Flags::ports_file_dir, FlagValue::kDirectory},
      {"    --healthz <host:port>", "Ask a running server's monitoring if it is healthy and exit",
       &Flags::healthz},
  };
}

std::vector<KnownFlag> logging_flags() {
  return {
      {"-l, --log <file>", "File to redirect log output", &Flags::log_file, FlagValue::kFile},
      {"-T, --logtime", "Timestamp log entries (default: true)", &Flags::logtime},
      {"    --logtime_utc", "Timestamp log entries in UTC", &Flags::logtime_utc},
      {"-s, --syslog", "Log to syslog or windows event log", &Flags::syslog},
      {"-r, --remote_syslog <addr>", "Syslog server addr (udp://localhost:514)",
       &Flags::remote_syslog},
      {"-D, --debug", "Enable debugging output", &Flags::debug},
      {"-V, --trace", "Trace the raw protocol", &Flags::trace},
      {"-VV", "Verbose trace (traces system account as well)", &Flags::trace_verbose},
      {"-DV", "Debug and trace", &Flags::debug_trace},
      {"-DVV", "Debug and verbose trace (traces system account as well)",
       &Flags::debug_trace_verbose},
      {"    --log_size_limit <limit>", "Logfile size limit (default: auto)",
       &Flags::log_size_limit},
      {"    --max_traced_msg_len <len>",
       "Maximum printable length for traced messages (default: unlimited)",
       &Flags::max_traced_msg_len},
  };
}

std::vector<KnownFlag> jetstream_flags() {
  return {
      {"-js, --jetstream", "Enable JetStream functionality", &Flags::jetstream},
      {"-sd, --store_dir <dir>", "Set the storage directory", &Flags::store_dir,
       FlagValue::kDirectory},
      {"    --fsck <dir>", "Check what a server that is not running stored there and exit",
       &Flags::fsck, FlagValue::kDirectory},
  };
}

std::vector<KnownFlag> authorization_flags() {
  return {
      {"    --user <user>", "User required for connections", &Flags::user},
      {"    --pass <password>", "Password required for connections", &Flags::pass},
      {"    --auth <token>", "Authorization token required for connections", &Flags::auth},
  };
}

std::vector<KnownFlag> tls_flags() {
  return {
      {"    --tls", "Enable TLS, do not verify clients (default: false)", &Flags::tls},
      {"    --tlscert <file>", "Server certificate file", &Flags::tlscert, FlagValue::kFile},
      {"    --tlskey <file>", "Private key for server certificate", &Flags::tlskey,
       FlagValue::kFile},
      {"    --tlsverify", "Enable TLS, verify client certificates", &Flags::tlsverify},
      {"    --tlscacert <file>", "Client certificate CA for verification", &Flags::tlscacert,
       FlagValue::kFile},
  };
}

std::vector<KnownFlag> cluster_flags() {
  return {
      {"    --routes <rurl-1, rurl-2>", "Routes to solicit and connect", &Flags::routes},
      {"    --cluster <cluster-url>", "Cluster URL for solicited routes", &Flags::cluster},
      {"    --cluster_name <string>", "Cluster Name, if not set one will be dynamically generated",
       &Flags::cluster_name},
      {"    --no_advertise <bool>", "Do not advertise known cluster information to clients",
       &Flags::no_advertise},
      {"    --cluster_advertise <string>", "Cluster URL to advertise to other servers",
       &Flags::cluster_advertise},
      {"    --connect_retries <number>", "For implicit routes, number of connect retries",
       &Flags::connect_retries},
      {"    --cluster_listen <url>", "Cluster url from which members can solicit routes",
       &Flags::cluster},
  };
}

std::vector<KnownFlag> common_flags() {
  return {
      {"-h, --help", "Show this message", &Flags::help},
      {"-v, --version", "Show version", &Flags::version},
      {"    --help_tls", "TLS help", &Flags::help_tls},
  };
}

}  // namespace

std::vector<std::string_view> KnownFlag::words() const {
  std::vector<std::string_view> found;
  const std::string_view names = spelling.substr(0, spelling.find('<'));
  size_t at = 0;
  while ((at = names.find('-', at)) != std::string_view::npos) {
    const size_t end = std::min(names.find_first_of(", \n", at), names.size());
    found.push_back(names.substr(at, end - at));
    at = end;
  }
  return found;
}

bool KnownFlag::is_called(std::string_view name) const {
  const auto all = words();
  return std::any_of(all.begin(), all.end(), [name](std::string_view word) {
    return word.substr(word.find_first_not_of('-')) == name;
  });
}

std::string_view KnownFlag::placeholder() const {
  const size_t begin = spelling.find('<');
  if (begin == std::string_view::npos) return {};
  return spelling.substr(begin + 1, spelling.find('>', begin) - begin - 1);
}

bool KnownFlag::is_boolean() const {
  return std::holds_alternative<bool Flags::*>(target) ||
         std::holds_alternative<std::optional<bool> Flags::*>(target);
}

std::vector<FlagGroup> flag_groups() {
  return {{"Server Options", server_flags()},
          {"Logging Options", logging_flags()},
          {"JetStream Options", jetstream_flags()},
          {"Authorization Options", authorization_flags()},
          {"TLS Options", tls_flags()},
          {"Cluster Options", cluster_flags()},
          {"Profiling Options", {{"    --profile <port>", "Profiling HTTP port", &Flags::profile}}},
          {"Common Options", common_flags()}};
}

}  // namespace myelin
