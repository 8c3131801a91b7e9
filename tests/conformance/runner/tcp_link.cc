#include "tests/conformance/runner/tcp_link.h"

#include <nlohmann/json.hpp>

namespace myelin::conformance {

// Certificates are asked for by their name: "client" is client.pem and client.key.
std::string TcpLink::start_tls(const std::string& client) {
  using Json = nlohmann::json;
  const Json wanted = Json::parse(client.empty() ? "{}" : client);
  TlsClient identity;
  identity.ca = certificates_.file(wanted.value("ca", "ca"), ".pem");
  if (wanted.contains("certificate")) {
    identity.certificate = certificates_.file(wanted["certificate"], ".pem");
    identity.key = certificates_.file(wanted["certificate"], ".key");
  }
  identity.server_name = wanted.value("server_name", identity.server_name);
  identity.version = wanted.value("version", "");
  return Json{{"version", pipe_.start_tls(identity)}}.dump();
}

}  // namespace myelin::conformance
