// The handshake: the INFO a server introduces itself with, and the CONNECT a client answers.
//
// Fields and their order are nats-server's (its Info and ClientOpts), so that clients and tools
// find what they look for; `myelin` and `myelin_version` are our own and come last.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace myelin {

// What INFO says. An empty string or false leaves out a field that nats-server leaves out.
struct Info {
  std::string_view server_id;
  std::string_view server_name;
  std::string_view host;
  int port = 0;
  bool headers = true;
  bool auth_required = false;
  bool tls_required = false;
  bool tls_verify = false;
  bool tls_available = false;
  int64_t max_payload = 0;
  uint64_t client_id = 0;
  std::string_view client_ip;
  std::string_view nonce;
  bool ldm = false;
  bool jetstream = false;
  int api_level = 0;  // of JetStream; 0: there is none
  // The second INFO, after the first PONG, names the account.
  bool connect_info = false;
  std::string_view remote_account;
  bool acc_is_sys = false;
  std::string_view xkey;  // for whom messages to the server can be sealed
};

// "INFO {...} CR LF", with nats-server's blank before the CR.
std::string info_line(const Info& info);

// What CONNECT says. Absent fields keep their value, so a second CONNECT amends the first.
struct ConnectOptions {
  bool verbose = true;
  bool pedantic = true;
  bool echo = true;
  bool headers = false;
  bool no_responders = false;
  // Ours: it looks on. What is delivered to it counts as taken by nobody.
  bool observer = false;
  int64_t protocol = 0;
  std::string name;
  std::string lang;
  std::string version;
  std::string user;
  std::string pass;
  std::string auth_token;
  std::string nkey;
  std::string sig;
  std::string jwt;
  std::string proxy_sig;          // of the nonce, by the proxy it comes through
  bool asks_for_account = false;  // `account` or `new_account`: always refused
};

// Reads the JSON of CONNECT into `options`. Names are matched without case, unknown ones are
// ignored, a value of the wrong type is an error. `options` is unspecified after an error.
Status read_connect(std::string_view json, ConnectOptions& options);

// A CONNECT's argument as a log may show it: secrets replaced by [REDACTED].
std::string redact_connect(std::string_view argument);

}  // namespace myelin
