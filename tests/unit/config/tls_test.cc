#include "core/config/tls.h"

#include <catch2/catch.hpp>

#include "core/config/config_parser.h"

namespace myelin {
namespace {

struct Reading {
  std::optional<TlsOptions> options;
  std::string errors;
};

Reading read(const std::string& block) {
  const ConfigSources sources;
  const auto tree = parse_config_tree("tls " + block, "f.conf", sources);
  REQUIRE(tree);
  ConfigReader reader(tree.value(), sources);
  Reading reading;
  read_tls(reader, tree.value().root.members[0], reading.options);
  reading.errors = to_string(reader.errors());
  return reading;
}

TEST_CASE("Tls: a certificate and its key") {
  const auto reading =
      read("{ cert_file: c, key_file: k, ca_file: a, verify: true, timeout: 0.5 }");
  REQUIRE(reading.options);
  CHECK(reading.errors == "");
  CHECK(reading.options->certs == std::vector<CertificateFiles>{{"c", "k"}});
  CHECK(reading.options->ca_file == "a");
  CHECK(reading.options->verify);
  CHECK(reading.options->timeout == milliseconds(500));
}

TEST_CASE("Tls: a certificate needs its key") {
  CHECK(read("{ cert_file: c }").errors != "");
  CHECK(read("{ key_file: k }").errors != "");
  CHECK(read("{ certs: [{cert_file: c}] }").errors != "");
  CHECK(read("{ certs: [{cert_file: c, key_file: k}], cert_file: c, key_file: k }").errors != "");
}

TEST_CASE("Tls: names of ciphers and curves are Go's") {
  CHECK(read("{ cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256] }").errors == "");
  CHECK(read("{ cipher_suites: [X] }").errors == "f.conf:1:22: unrecognized cipher X\n");
  CHECK(read("{ cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA] }").errors != "");
  CHECK(read("{ cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]\n"
             "  allow_insecure_cipher_suites: true }")
            .errors == "");
  CHECK(read("{ curve_preferences: [CurveP256, X25519] }").errors == "");
  CHECK(read("{ curve_preferences: [P256] }").errors != "");
}

TEST_CASE("Tls: a block knows its place") { CHECK(read("{ }").options->place == "f.conf:1:0"); }

TEST_CASE("Tls: handshake_first is a boolean, auto, or how long to wait") {
  CHECK(read("{ handshake_first: true }").options->handshake_first);
  CHECK_FALSE(read("{ first: 'off' }").options->handshake_first);
  CHECK(read("{ handshake_first: auto }").options->handshake_first_fallback == milliseconds(50));
  CHECK(read("{ immediate: '300ms' }").options->handshake_first_fallback == milliseconds(300));
  CHECK(read("{ handshake_first: maybe }").errors != "");
}

TEST_CASE("Tls: what is misspelt or of the wrong kind is an error") {
  for (const char* block :
       {"{ cert: c }", "{ verify: 1 }", "{ timeout: [] }", "{ min_version: '1.1' }",
        "{ cipher_suites: [] }", "{ pinned_certs: [abc] }",
        "{ verify_cert_and_check_known_urls: "
        "true }",
        "{ certs: x }"}) {
    INFO(block);
    CHECK(read(block).errors != "");
  }
}

}  // namespace
}  // namespace myelin
