// Names of cipher suites and curves, as Go's crypto/tls and so nats-server's configuration has
// them, to OpenSSL's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace myelin {

struct CipherChoice {
  std::string openssl;                // a cipher list; empty: only TLS 1.3
  std::vector<std::string> insecure;  // those of the names that Go calls so
  std::vector<std::string> missing;   // those that OpenSSL does not have
};

// Of none: Go's default.
CipherChoice choose_cipher_suites(const std::vector<std::string>& names);

// OpenSSL's name for each, in order. Of none: nats-server's default.
std::vector<std::string_view> curve_names(const std::vector<std::string>& names);

}  // namespace myelin
