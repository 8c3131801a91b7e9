// ProxyHeaderReader: what a proxy says before a client's first byte of who the client is: the PROXY
// protocol of HAProxy, version 1 (a line) and 2 (binary), as nats-server reads it.
//
// It is given bytes as they come and takes those of the header, no more. Who begins in any other
// way has sent none, which is allowed: what was taken until that showed is given back. It keeps
// less than a hundred bytes; what a header of version 2 says beyond the addresses is passed over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace myelin {

class ProxyHeaderReader {
 public:
  enum class Status {
    kMore,  // all was taken, and there is more to come
    kNone,  // no header: taken() belongs to the client
    kDone,  // the rest of the input belongs to the client
    kBad,   // error() says why
  };

  // Takes bytes off the front of `input`. Not to be called once it was not kMore.
  Status take(std::string_view& input);

  std::string_view taken() const { return taken_; }
  // Who the client is; empty where the proxy speaks for itself, or does not know.
  const std::string& address() const { return address_; }
  uint16_t port() const { return port_; }
  // In nats-server's words.
  const std::string& error() const { return error_; }

 private:
  Status judge();
  Status read_line();
  Status read_binary();
  Status bad(std::string text);

  std::string taken_;
  uint32_t to_skip_ = 0;
  bool is_skipping_ = false;
  std::string address_;
  uint16_t port_ = 0;
  std::string error_;
};

}  // namespace myelin
