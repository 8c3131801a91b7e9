// The command line of the daemon, in Go's manners: -x v, --x v, -x=v and --x=v are one; booleans
// are -b or -b=false; the first word that is no flag ends the flags.
//
// parse_flags only reads. What a flag asks for is applied over a Config by apply(), at the start
// and again at each reload; signals, files and exits are the caller's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"

namespace myelin {

// --signal command[=target]; the target is a pid, a pid file, or a pid prefix that ends in '*'.
struct SignalRequest {
  std::string command;
  std::optional<std::string> target;
};

struct Flags {
  bool help = false;
  bool help_tls = false;
  bool version = false;
  bool check_config = false;
  std::string fsck;     // a store to be checked
  std::string healthz;  // a running server to be asked
  std::string config;
  std::optional<SignalRequest> signal;

  std::optional<std::string> addr;
  std::optional<int64_t> port;
  std::optional<int64_t> http_port;
  std::optional<int64_t> https_port;
  std::optional<std::string> server_name;
  std::optional<std::string> client_advertise;
  std::optional<std::string> pid_file;
  std::optional<std::string> ports_file_dir;

  std::optional<std::string> log_file;
  std::optional<int64_t> log_size_limit;
  std::optional<int64_t> max_traced_msg_len;
  std::optional<bool> logtime;
  std::optional<bool> logtime_utc;
  std::optional<bool> syslog;
  std::optional<std::string> remote_syslog;
  std::optional<bool> debug;
  std::optional<bool> trace;
  std::optional<bool> debug_trace;          // -DV
  std::optional<bool> debug_trace_verbose;  // -DVV
  std::optional<bool> trace_verbose;        // -VV

  std::optional<std::string> user;
  std::optional<std::string> pass;
  std::optional<std::string> auth;

  std::optional<bool> jetstream;
  std::optional<std::string> store_dir;
  std::optional<int64_t> profile;

  std::optional<bool> tls;
  std::optional<bool> tlsverify;
  std::optional<std::string> tlscert;
  std::optional<std::string> tlskey;
  std::optional<std::string> tlscacert;

  std::optional<std::string> routes;
  std::optional<std::string> cluster;
  std::optional<std::string> cluster_name;
  std::optional<std::string> cluster_advertise;
  std::optional<bool> no_advertise;
  std::optional<int64_t> connect_retries;
};

// Why a command line was not understood: print `text` on stderr; if `shows_usage`, the help on
// stdout and exit 0 (as Go's flag package has it), else exit 1.
struct FlagError {
  std::string text;
  bool shows_usage = false;
};

// `arguments` without the program's name.
Result<Flags, FlagError> parse_flags(const std::vector<std::string>& arguments);

// Lets the flags win over what the file said, or the reason why they ask for too much. To be
// followed by complete().
Status apply(const Flags& flags, Config& config);

}  // namespace myelin
