// TlsFacts: what a finished TLS handshake says of the link and of the peer.
#pragma once

#include <string>
#include <vector>

namespace myelin {

struct TlsFacts {
  std::string version;                         // "1.3"
  std::string cipher;                          // as IANA names it: "TLS_AES_128_GCM_SHA256"
  std::vector<std::string> peer_certificates;  // DER, leaf first; empty unless asked for
};

}  // namespace myelin
