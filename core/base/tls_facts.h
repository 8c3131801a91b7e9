// TlsFacts: what a finished TLS handshake says of the link and of the peer.
#pragma once

#include <string>
#include <vector>

namespace myelin {

struct PeerCertificate {
  std::string subject;      // RFC 4514: "CN=ann,O=Acme"
  std::string spki_sha256;  // of the public key, in lower-case hex
  std::string cert_sha256;
};

struct TlsFacts {
  std::string version;                             // "1.3"
  std::string cipher;                              // as IANA names it: "TLS_AES_128_GCM_SHA256"
  std::vector<PeerCertificate> peer_certificates;  // leaf first; empty unless asked for
  // Who the leaf says it is besides its subject: e-mail addresses, then DNS names, then URIs.
  std::vector<std::string> names;
  // In PEM: from the leaf to whom we trust; empty unless it was asked for and verified.
  std::vector<std::string> verified_chain;
};

}  // namespace myelin
