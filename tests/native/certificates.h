// Certificates for tests, made when they are needed: an authority of the test's own and what it
// signs, as PEM files in a folder.
#pragma once

#include <string>
#include <vector>

#include "core/config/daemon_options.h"

namespace myelin {

struct CertificateRequest {
  std::string common_name = "localhost";
  std::vector<std::string> names = {"DNS:localhost", "IP:127.0.0.1"};  // as OpenSSL writes them
  int days = 1;                                                        // negative: it has expired
};

class CertificateAuthority {
 public:
  // Writes its own certificate into `folder` as <name>.pem.
  CertificateAuthority(std::string folder, const std::string& name);
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  const std::string& file() const { return file_; }
  // Writes <name>-cert.pem and <name>-key.pem.
  CertificateFiles issue(const std::string& name, const CertificateRequest& request = {});

 private:
  std::string folder_;
  std::string file_;
  void* certificate_;
  void* key_;
};

// Lower-case hex of SHA-256 of the public key in a PEM file, as pinned_certs wants it.
std::string public_key_hash(const std::string& cert_file);

}  // namespace myelin
