#include "core/protocol/handshake.h"

#include <catch2/catch.hpp>

namespace myelin {

TEST_CASE("INFO: the line holds nats-server's fields in its order, and a blank before its end") {
  const std::string line = info_line({.server_id = "NID",
                                      .server_name = "a<b",
                                      .host = "::",
                                      .port = 4222,
                                      .max_payload = 7,
                                      .client_id = 5,
                                      .client_ip = "127.0.0.1"});
  CHECK(line.substr(0, 6) == "INFO {");
  CHECK(line.substr(line.size() - 4) == "} \r\n");
  size_t at = 0;
  for (const char* part :
       {"\"server_id\":\"NID\"", "\"server_name\":\"a\\u003cb\"", "\"version\":", "\"proto\":1",
        "\"go\":", "\"host\":\"::\"", "\"port\":4222", "\"headers\":true", "\"max_payload\":7",
        "\"client_id\":5", "\"client_ip\":\"127.0.0.1\"", "\"myelin\":true"}) {
    INFO(part);
    const size_t found = line.find(part, at);
    REQUIRE(found != std::string::npos);
    at = found;
  }
}

TEST_CASE("INFO: what does not apply is left out") {
  const std::string line = info_line({});
  for (const char* name : {"auth_required", "tls_required", "tls_verify", "tls_available", "nonce",
                           "ldm", "connect_info", "remote_account", "client_id", "client_ip"}) {
    INFO(name);
    CHECK(line.find(name) == std::string::npos);
  }
}

TEST_CASE("CONNECT: absent fields and null keep what was said before") {
  ConnectOptions options;
  REQUIRE(read_connect(R"({"verbose":false,"name":"a","protocol":1})", options).ok());
  REQUIRE(read_connect(R"({"name":null,"ECHO":false})", options).ok());
  CHECK(!options.verbose);
  CHECK(!options.echo);
  CHECK(options.pedantic);
  CHECK(options.name == "a");
  CHECK(options.protocol == 1);
}

TEST_CASE("CONNECT: what is no object, or of the wrong type, is refused") {
  for (const char* json :
       {"", "[]", "1", "\"x\"", "{", "{}x", R"({"verbose":1})", R"({"name":true})",
        R"({"protocol":1.5})", R"({"protocol":"1"})", R"({"import":{"allow":[1]}})",
        R"({"export":[]})", R"({"proxy_sig":1})", R"({"remote_account":{}})"}) {
    ConnectOptions options;
    INFO(json);
    CHECK(!read_connect(json, options).ok());
  }
}

TEST_CASE("CONNECT: nesting beyond the bound is refused, not followed") {
  ConnectOptions options;
  const std::string deep = "{\"x\":" + std::string(1000, '[') + std::string(1000, ']') + "}";
  CHECK(!read_connect(deep, options).ok());
}

TEST_CASE("CONNECT: an account of one's choice is noticed, and stays noticed") {
  ConnectOptions options;
  REQUIRE(read_connect(R"({"account":"A"})", options).ok());
  CHECK(options.asks_for_account);
  REQUIRE(read_connect(R"({"account":""})", options).ok());
  CHECK(options.asks_for_account);
}

TEST_CASE("CONNECT: a log never shows a secret, even of malformed JSON") {
  CHECK(redact_connect(R"({"user":"u","pass":"s3cret","auth_token": "t0ken"})") ==
        R"({"user":"u","pass":"[REDACTED]","auth_token": "[REDACTED]"})");
  for (const char* text : {R"({"pass":"s3cret)", R"({"sig":"s3cret","x":)", R"({"jwt" : "s3cret"})",
                           R"({"nkey":"s3cret"})", R"({"password":"s3cret"})", R"({"pass":s3cret})",
                           R"({"pass":"a","pass":"s3cret"})"}) {
    INFO(text);
    CHECK(redact_connect(text).find("s3cret") == std::string::npos);
  }
  CHECK(redact_connect(R"({"pass")") == R"({"pass")");
}

TEST_CASE("Handshake: a secret is redacted whole, however it is written") {
  CHECK(redact_connect("{\"user\":\"ann\",\"pass\":\"a\\\"b\",\"name\":\"x\"}") ==
        "{\"user\":\"ann\",\"pass\":\"[REDACTED]\",\"name\":\"x\"}");
  CHECK(redact_connect("{\"PASS\" : \"s\",\"auth_token\":12}") ==
        "{\"PASS\" : \"[REDACTED]\",\"auth_token\":[REDACTED]}");
  CHECK(redact_connect("{\"p\\u0061ss\":\"s\"") == "{\"p\\u0061ss\":\"[REDACTED]\"");
  CHECK(redact_connect("{\"name\":\"pass\",\"jwt\":\"unended") ==
        "{\"name\":\"pass\",\"jwt\":\"[REDACTED]\"");
}

}  // namespace myelin
