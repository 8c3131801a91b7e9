// How a client and its operations look in log lines; the wording is nats-server's, which tools and
// tests read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/options.h"
#include "core/protocol/handshake.h"
#include "core/protocol/op.h"

namespace myelin {

// Whom a line is about: `ip:port - cid:7 - "v1.2:go:name" - "ACC/user"`, its later parts once
// known. Of a WebSocket `forwarded/ip:port - wid:7`.
struct ClientLabel {
  std::string_view address;
  uint16_t port = 0;
  uint64_t id = 0;
  bool is_websocket = false;
  std::string_view forwarded_for;
  const ConnectOptions* said = nullptr;  // what CONNECT said, if it came
  std::string_view account;
  std::string_view user;
};
std::string to_string(const ClientLabel& label);

// An operation as trace lines show it, "<<- [PUB foo 5]", secrets left out; empty for those not
// shown.
std::string traced(const Op& op);
// A message's content, "MSG_PAYLOAD: [...]", as trace_headers and max_traced_msg_len want it; empty
// if nothing is shown.
std::string traced_content(std::string_view content, uint32_t header_size, const Options& options);

}  // namespace myelin
