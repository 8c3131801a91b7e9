#include "tests/conformance/runner/certificates.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace myelin::conformance {
namespace {

// P-256 throughout: quick to make, and what every TLS library knows.
constexpr std::string_view kScript = R"(
set -e
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
root() {
  key "$1"
  openssl req -x509 -new -key "$1.key" -subj "/CN=$2" -days 1 -out "$1.pem" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
}
signed() {
  key "$1"
  openssl req -new -key "$1.key" -subj "/O=conformance/CN=$1" -out "$1.csr"
  printf '%s\n' "subjectAltName=$2" "extendedKeyUsage=serverAuth,clientAuth" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" -CAcreateserial -days 1 \
    -extfile "$1.ext" -out "$1.pem"
}
root ca "conformance CA"
root elsewhere "another CA"
signed server DNS:localhost,IP:127.0.0.1 ca
signed other DNS:localhost,IP:127.0.0.1 ca
signed client email:client@example.com,DNS:client.example.com ca
signed stranger email:stranger@example.com elsewhere
)";

}  // namespace

bool Certificates::can_be_made() { return std::system("openssl version >/dev/null 2>&1") == 0; }

std::string Certificates::folder() const {
  if (directory_ == nullptr) {
    auto directory = std::make_unique<TempDirectory>();
    const std::string path = directory->path().string();
    std::ofstream(directory->path() / "make.sh") << kScript;
    if (std::system(("cd '" + path + "' && sh make.sh >make.log 2>&1").c_str()) != 0) {
      throw std::runtime_error("openssl makes no certificates");
    }
    directory_ = std::move(directory);
  }
  return directory_->path().string();
}

std::string Certificates::file(const std::string& name, std::string_view extension) const {
  if (name.empty()) return {};
  return folder() + "/" + name + std::string(extension);
}

}  // namespace myelin::conformance
