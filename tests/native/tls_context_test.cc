#include "hosts/uv/tls_context.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "hosts/uv/tls_names.h"
#include "tests/native/certificates.h"
#include "tests/native/temporary_folder.h"

namespace myelin {
namespace {

std::string error_of(const TlsOptions& options) {
  const auto made = TlsContext::for_server(options);
  return made.ok() ? std::string() : made.error().context;
}

std::string write(const TemporaryFolder& folder, const std::string& name, const char* text) {
  std::ofstream(folder.file(name)) << text;
  return folder.file(name);
}

// The name in the certificate that a client is shown which asks for `host`.
std::string shown_to(TlsContext& server, TlsContext& client, const std::string& host) {
  const auto accepting = server.accept();
  const auto dialling = client.connect(host);
  dialling->handshake({});
  for (int turn = 0; turn < 3; ++turn) {
    accepting->handshake(as_bytes(std::string(dialling->take_output().text())));
    const Chunk answer = accepting->take_output();
    if (answer.size > 0) dialling->handshake(as_bytes(answer.text()));
    if (dialling->state() == TlsSession::State::kReady) break;
  }
  if (dialling->state() != TlsSession::State::kReady) return dialling->failure().text;
  return dialling->facts().peer_certificates.at(0).subject;
}

TEST_CASE("TlsContext: what is wrong with its files is said as Go says it") {
  TemporaryFolder folder;
  CertificateAuthority authority(folder.path(), "authority");
  const CertificateFiles first = authority.issue("first");
  const CertificateFiles second = authority.issue("second");
  const std::string none = folder.file("none");
  const std::string junk = write(folder, "junk", "no PEM");
  const std::string prefix = "error parsing X509 certificate/key pair: ";

  REQUIRE(error_of({.certs = {first}, .ca_file = authority.file()}) == "");
  REQUIRE(error_of({.certs = {{none, first.key_file}}}) ==
          prefix + "open " + none + ": no such file or directory");
  REQUIRE(error_of({.certs = {{junk, first.key_file}}}) ==
          prefix + "tls: failed to find any PEM data in certificate input");
  REQUIRE(error_of({.certs = {{first.cert_file, junk}}}) ==
          prefix + "tls: failed to find any PEM data in key input");
  REQUIRE(error_of({.certs = {{first.cert_file, second.key_file}}}) ==
          prefix + "tls: private key does not match public key");
  REQUIRE(error_of({.certs = {{first.key_file, first.cert_file}}}) ==
          prefix +
              "tls: failed to find certificate PEM data in certificate input, but did find a "
              "private key; PEM inputs may have been switched");
  REQUIRE(error_of({.certs = {first, {none, none}}}) ==
          "error parsing X509 certificate/key pair 2/2: open " + none +
              ": no such file or directory");
  REQUIRE(error_of({.certs = {first}, .ca_file = none}) ==
          "open " + none + ": no such file or directory");
  REQUIRE(error_of({.certs = {first}, .ca_file = junk}) == "failed to parse root ca certificate");
}

TEST_CASE("TlsContext: of several certificates, the one with the name that is asked for") {
  TemporaryFolder folder;
  CertificateAuthority authority(folder.path(), "authority");
  const auto of = [&](const char* name) {
    return authority.issue(name, {.common_name = name, .names = {std::string("DNS:") + name}});
  };
  const auto server = TlsContext::for_server({.certs = {of("a.example"), of("b.example")}});
  REQUIRE(server.ok());
  const auto client = TlsContext::for_client({.ca_file = authority.file()});
  REQUIRE(client.ok());
  const std::string a = shown_to(*server.value(), *client.value(), "a.example");
  const std::string b = shown_to(*server.value(), *client.value(), "b.example");
  REQUIRE(a.find("a.example") != std::string::npos);
  REQUIRE(b.find("b.example") != std::string::npos);
}

TEST_CASE("TlsContext: Go's names of cipher suites are OpenSSL's") {
  const CipherChoice standard = choose_cipher_suites({});
  REQUIRE(standard.missing.empty());
  REQUIRE(standard.insecure.empty());
  REQUIRE(standard.openssl.find("ECDHE-RSA-AES128-GCM-SHA256") != std::string::npos);

  const CipherChoice some = choose_cipher_suites(
      {"TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"});
  REQUIRE(some.openssl == "AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305");
  REQUIRE(some.insecure == std::vector<std::string>{"TLS_RSA_WITH_AES_128_GCM_SHA256"});

  REQUIRE(choose_cipher_suites({"TLS_AES_128_GCM_SHA256"}).openssl == "");
}

TEST_CASE("TlsContext: a curve that OpenSSL lacks is left out, and said if it was asked for") {
  TemporaryFolder folder;
  CertificateAuthority authority(folder.path(), "authority");
  TlsOptions options{.certs = {authority.issue("first")}};
  options.curve_preferences = {"CurveP384", "X25519"};
  const auto made = TlsContext::for_server(options);
  REQUIRE(made.ok());
  REQUIRE(made.value()->notices().empty());
}

}  // namespace
}  // namespace myelin
