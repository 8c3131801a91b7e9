#include "core/auth/authenticator.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

using Verdict = Decision::Verdict;
constexpr const char* kHash = "$2a$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG";

}  // namespace

TEST_CASE("Authenticator: without authorization everybody is nobody in particular") {
  const AuthorizationOptions options;
  const Authenticator authenticator(options, options.users);
  CHECK(!authenticator.is_required());
  const auto decision = authenticator.decide({.user = "x", .password = "y"});
  CHECK(decision.verdict == Verdict::kAccepted);
  CHECK(decision.user == nullptr);
}

TEST_CASE("Authenticator: a token opens, and nothing else does") {
  AuthorizationOptions options;
  options.token = "t";
  const Authenticator authenticator(options, options.users);
  CHECK(authenticator.decide({.token = "t"}).verdict == Verdict::kAccepted);
  CHECK(authenticator.decide({.token = "u"}).verdict == Verdict::kRefused);
  CHECK(authenticator.decide({.user = "t", .password = "t"}).verdict == Verdict::kRefused);
  CHECK(authenticator.decide({}).verdict == Verdict::kRefused);
}

TEST_CASE("Authenticator: the one user needs his name and his password") {
  AuthorizationOptions options;
  options.user = "u";
  options.password = "p";
  const Authenticator authenticator(options, options.users);
  CHECK(authenticator.decide({.user = "u", .password = "p"}).user->name == "u");
  CHECK(authenticator.decide({.user = "u", .password = "q"}).verdict == Verdict::kRefused);
  CHECK(authenticator.decide({.user = "v", .password = "p"}).verdict == Verdict::kRefused);
  CHECK(authenticator.decide({.password = "p"}).verdict == Verdict::kRefused);
}

TEST_CASE("Authenticator: a bcrypt hash is a question for the host, asked of its user only") {
  AuthorizationOptions options;
  options.users = {{.user = "u", .password = kHash}, {.user = "v", .password = "p"}};
  const Authenticator authenticator(options, options.users);
  const auto decision = authenticator.decide({.user = "u", .password = kHash});
  CHECK(decision.verdict == Verdict::kVerify);
  CHECK(decision.bcrypt_hash == kHash);
  CHECK(decision.secret == kHash);
  CHECK(decision.user->name == "u");
  CHECK(authenticator.decide({.user = "v", .password = "p"}).verdict == Verdict::kAccepted);
  CHECK(authenticator.decide({.user = "w", .password = "p"}).verdict == Verdict::kRefused);
}

TEST_CASE("Authenticator: no_auth_user stands in for who says nothing, not for who is wrong") {
  AuthorizationOptions options;
  options.users = {{.user = "u", .password = kHash}};
  options.no_auth_user = "u";
  const Authenticator authenticator(options, options.users);
  CHECK(authenticator.has_no_auth_user());
  CHECK(authenticator.decide({}).user->name == "u");
  CHECK(authenticator.decide({}).verdict == Verdict::kAccepted);
  CHECK(authenticator.decide({.user = "x"}).verdict == Verdict::kRefused);
  CHECK(authenticator.decide({.password = "x"}).verdict == Verdict::kRefused);
  CHECK(authenticator.decide({.token = "x"}).verdict == Verdict::kRefused);
}

TEST_CASE("Authenticator: default permissions bind who has none of his own") {
  AuthorizationOptions options;
  PermissionOptions own;
  own.publish.allow = {"own"};
  options.users = {{.user = "u", .password = "p"},
                   {.user = "v", .password = "p", .permissions = own}};
  options.default_permissions = PermissionOptions{};
  options.default_permissions->publish.allow = {"default"};
  const Authenticator authenticator(options, options.users);
  User* u = authenticator.decide({.user = "u", .password = "p"}).user;
  User* v = authenticator.decide({.user = "v", .password = "p"}).user;
  CHECK(u->permissions->may_publish("default"));
  CHECK(!u->permissions->may_publish("own"));
  CHECK(v->permissions->may_publish("own"));
  CHECK(!v->permissions->may_publish("default"));
}

TEST_CASE("Authenticator: who may not come by this kind of connection is not let in") {
  AuthorizationOptions options;
  options.users = {{.user = "w", .password = "p", .connection_types = kWebSocketConnection},
                   {.user = "s", .password = "p", .connection_types = kStandardConnection}};
  options.no_auth_user = "s";
  const Authenticator authenticator(options, options.users);
  const auto verdict = [&](const char* user, uint8_t connection) {
    return authenticator.decide({.user = user, .password = "p", .connection = connection}).verdict;
  };
  CHECK(verdict("w", kWebSocketConnection) == Verdict::kAccepted);
  CHECK(verdict("w", kStandardConnection) == Verdict::kRefused);
  CHECK(verdict("s", kWebSocketConnection) == Verdict::kRefused);
  CHECK(authenticator.decide({.connection = kStandardConnection}).verdict == Verdict::kAccepted);
  CHECK(authenticator.decide({.connection = kWebSocketConnection}).verdict == Verdict::kRefused);
}

TEST_CASE("Authenticator: a certificate says which user it is, by a name or by its subject") {
  AuthorizationOptions options;
  options.mapped_connections = kStandardConnection;
  for (const char* name : {"ann@example.com", "a.example", "O=c,CN=bob", "CN=carl,O=c"}) {
    options.users.push_back({.user = name, .password = ""});
  }
  options.users.push_back({.user = "secret", .password = "p"});
  const Authenticator authenticator(options, options.users);
  const auto known_as = [&](std::vector<std::string> names, const char* subject,
                            std::string_view password = "") {
    TlsFacts facts;
    facts.names = std::move(names);
    facts.peer_certificates = {{.subject = subject, .spki_sha256 = "", .cert_sha256 = ""}};
    const auto decision = authenticator.decide({.user = "x", .password = password, .tls = &facts});
    return decision.verdict == Verdict::kAccepted ? decision.user->name : "";
  };
  CHECK(known_as({"b.example", "a.example"}, "CN=bob,O=c") == "a.example");
  CHECK(known_as({}, "CN=bob,O=c") == "O=c,CN=bob");
  CHECK(known_as({}, "CN=carl,O=c,DC=example") == "CN=carl,O=c");
  CHECK(known_as({"b.example"}, "CN=dora") == "");
  CHECK(known_as({"secret"}, "CN=x") == "");
  CHECK(known_as({"secret"}, "CN=x", "p") == "secret");
  CHECK(authenticator.decide({.user = "a.example"}).verdict == Verdict::kRefused);
}

TEST_CASE("Authenticator: who is known by a certificate does not come without one elsewhere") {
  AuthorizationOptions options;
  options.mapped_connections = kStandardConnection;
  options.users = {{.user = "ann", .password = ""}, {.user = "bob", .password = "p"}};
  const Authenticator authenticator(options, options.users);
  const auto verdict = [&](const char* user, const char* password) {
    return authenticator
        .decide({.user = user, .password = password, .connection = kWebSocketConnection})
        .verdict;
  };
  CHECK(verdict("ann", "") == Verdict::kRefused);
  CHECK(verdict("bob", "p") == Verdict::kAccepted);
}

namespace {

constexpr std::string_view kKey = "UDO6ORBTE3WWMCYS4GQTZBW5RXWOHTDLW7EGRM2ECTVJNSJCTVO67CKA";

AuthorizationOptions with_key() {
  AuthorizationOptions options;
  options.users = {{.nkey = std::string(kKey)}, {.user = "bob", .password = "secret"}};
  return options;
}

}  // namespace

TEST_CASE("Authenticator: what a key signed is a question for the host") {
  const AuthorizationOptions options = with_key();
  const Authenticator authenticator(options, options.users);
  CHECK(authenticator.has_nkeys());
  const Decision decision =
      authenticator.decide({.nkey = kKey, .signature = "AAAA", .nonce = "a nonce"});
  CHECK(decision.verdict == Verdict::kVerify);
  REQUIRE(decision.signatures.size() == 1);
  CHECK(decision.signatures[0].message == "a nonce");
  CHECK(decision.signatures[0].public_key.size() == 32);
  CHECK(decision.signatures[0].signature == std::string(3, '\0'));
  CHECK(decision.user->nkey == kKey);
}

TEST_CASE("Authenticator: a key without a nonce, or a signature, is refused") {
  const AuthorizationOptions options = with_key();
  const Authenticator authenticator(options, options.users);
  CHECK(authenticator.decide({.nkey = kKey, .signature = "AAAA"}).verdict == Verdict::kRefused);
  const Decision decision = authenticator.decide({.nkey = kKey, .nonce = "a nonce"});
  CHECK(decision.verdict == Verdict::kRefused);
  CHECK(decision.why == "Signature missing");
}

TEST_CASE("Authenticator: who must come by a proxy is refused without one") {
  AuthorizationOptions options = with_key();
  for (UserOptions& user : options.users) user.proxy_required = true;
  const Authenticator authenticator(options, options.users);
  Credentials bob{.user = "bob", .password = "secret"};
  CHECK(authenticator.decide(bob).fault == Fault::kProxyRequired);
  CHECK(authenticator.decide({.nkey = kKey, .signature = "AAAA", .nonce = "a nonce"}).fault ==
        Fault::kProxyRequired);
  bob.has_trusted_proxy = true;
  CHECK(authenticator.decide(bob).verdict == Verdict::kAccepted);
}

TEST_CASE("Authenticator: nobody of the service's account asks as the server does") {
  AuthorizationOptions options = with_key();
  options.users[0].account = "AUTH";
  options.callout.emplace().account = "AUTH";
  const Authenticator authenticator(options, options.users);
  const Decision decision =
      authenticator.decide({.nkey = kKey, .signature = "AAAA", .nonce = "a nonce"});
  REQUIRE(decision.user->permissions);
  CHECK_FALSE(decision.user->permissions->may_publish(kCalloutSubject));
  CHECK(decision.user->permissions->may_publish("anything.else"));
}

}  // namespace myelin
