#include "core/identity/claims.h"

#include <catch2/catch.hpp>

#include "core/base/text.h"
#include "core/identity/claims_check.h"
#include "core/identity/jwt.h"
#include "tests/unit/identity/tokens.h"

namespace myelin {
namespace {

constexpr std::string_view kAccountKey = "ACQWV4ZRNSNOYSYDSJEPP2FWX27Q4UISY4NIUOHVTF7ZE3P4TH2UDRVS";
constexpr std::string_view kScopeKey = "AD5GYKVXWPQXZEJ54CUZYGVICBXDRFMAIA5Y5XM2KEGGHZ3OFHWMMLFN";
constexpr WallTime kNow{1'800'000'000'000'000'000};

template <class T>
T decoded(std::string_view token) {
  const Result<DecodedJwt> result = decode_jwt(token);
  INFO((result.ok() ? "" : result.error().context));
  REQUIRE(result.ok());
  const T* claims = std::get_if<T>(&result.value().claims);
  REQUIRE(claims != nullptr);
  return *claims;
}

// With a signature of the right size that is none.
std::string token_of(std::string_view claims,
                     std::string_view header = R"({"typ":"JWT","alg":"ed25519-nkey"})") {
  return base64_url(header) + '.' + base64_url(claims) + '.' + base64_url(std::string(64, 's'));
}

std::string error_of(std::string_view token) {
  const Result<DecodedJwt> result = decode_jwt(token);
  return result.ok() ? "" : result.error().context;
}

std::string user_token(std::string_view nats) {
  return token_of(R"({"iss":")" + std::string(kAccountKey) +
                  R"(","nats":{"type":"user","version":2)" + std::string(nats) + "}}");
}

std::string account_token(std::string_view nats) {
  return token_of(R"({"iss":")" + std::string(kAccountKey) + R"(","sub":")" +
                  std::string(kAccountKey) + R"(","nats":{"type":"account","version":2)" +
                  std::string(nats) + "}}");
}

// The first thing that is wrong with such an account.
std::string issue_of(std::string_view nats) {
  const auto issues = check(decoded<AccountClaims>(account_token(nats)), {}, kNow);
  return issues.empty() ? "" : issues[0].description;
}

constexpr std::string_view kUnlimited = R"(,"limits":{"imports":-1,"exports":-1,"wildcards":true})";

}  // namespace

TEST_CASE("Claims: an operator's are read") {
  const auto claims = decoded<OperatorClaims>(tokens::kOperator);
  CHECK(claims.name == "O");
  CHECK(claims.is_self_signed());
  CHECK(claims.version == 2);
  CHECK(claims.signing_keys ==
        std::vector<std::string>{"OD2YGUFJV5E4YD5TQ6AZHCKH36BKBCV5DKCF2JLPI5PWUOLUZRJMG5SL"});
  CHECK(claims.system_account == "AD65VANWDPJHDYRXXJZKLY5ILS2RCO4V4R5U2CMLP2LPZFGZVEXGMETI");
  CHECK(claims.account_server_url == "nats://localhost:4222");
  CHECK(check(claims, kNow).empty());
  CHECK(claims.did_sign(decoded<AccountClaims>(tokens::kAccount)));
  CHECK_FALSE(claims.did_sign(decoded<UserClaims>(tokens::kUser)));
}

TEST_CASE("Claims: a strict operator signs by its signing keys alone") {
  auto claims = decoded<OperatorClaims>(tokens::kOperator);
  claims.strict_signing_key_usage = true;
  CHECK(claims.did_sign(claims));
  auto account = decoded<AccountClaims>(tokens::kAccount);
  CHECK_FALSE(claims.did_sign(account));
  account.iss = claims.signing_keys[0];
  CHECK(claims.did_sign(account));
}

TEST_CASE("Claims: an account's are read") {
  const auto claims = decoded<AccountClaims>(tokens::kAccount);
  CHECK(claims.sub == kAccountKey);
  CHECK(claims.tags == std::vector<std::string>{"team:x"});
  CHECK(claims.limits.subs == 10);
  CHECK(claims.limits.conn == 5);
  CHECK(claims.limits.wildcards);
  CHECK(claims.limits.has_jetstream());
  CHECK(claims.limits.tiered_limits.at("R1").disk_storage == 1'000'000'000);
  REQUIRE(claims.exports.size() == 2);
  CHECK(claims.exports[0].type == ExportType::kStream);
  CHECK(claims.exports[1].subject == "svc.*");
  CHECK(claims.exports[1].token_req);
  CHECK(claims.exports[1].response_type == "Stream");
  REQUIRE(claims.exports[1].service_latency);
  CHECK(claims.exports[1].service_latency->sampling == 50);
  CHECK(claims.exports[1].service_latency->results == "lat.s");
  REQUIRE(claims.mappings.at("m.*").size() == 1);
  CHECK(claims.mappings.at("m.*")[0].weight == 40);
  CHECK(is_revoked(claims.revocations, "anybody", 1000));
  CHECK_FALSE(is_revoked(claims.revocations, "anybody", 1001));
  const auto& scope = claims.signing_keys.find(kScopeKey)->second;
  REQUIRE(scope);
  CHECK(scope->role == "writer");
  CHECK(scope->user_template.permissions.sub.deny == std::vector<std::string>{"x.{{name()}}"});
  CHECK(scope->user_template.subs == kNoLimit);
  CHECK(check(claims, {}, kNow).empty());
}

TEST_CASE("Claims: a user's are read") {
  const auto claims = decoded<UserClaims>(tokens::kUser);
  CHECK(claims.limits.bearer_token);
  CHECK(claims.limits.src == std::vector<std::string>{"10.0.0.0/8"});
  CHECK(claims.limits.times == std::vector<TimeRange>{{"08:00:00", "17:00:00"}});
  CHECK(claims.limits.times_location == "Europe/Berlin");
  CHECK(claims.limits.payload == kNoLimit);
  CHECK(claims.limits.permissions.resp == ResponsePermissionClaim{3, 5'000'000'000});
  CHECK_FALSE(claims.has_empty_permissions());
  CHECK(check(claims, kNow).empty());
  const auto options = to_permission_options(claims.limits.permissions);
  REQUIRE(options);
  CHECK(options->publish.allow == std::vector<std::string>{"p.>"});
  CHECK_FALSE(options->subscribe.allow);
  CHECK(options->subscribe.deny == std::vector<std::string>{"d q"});
  CHECK(options->allow_responses == ResponsePermission{3, seconds(5)});
}

TEST_CASE("Claims: an account vouches for users of its own and its signing keys") {
  const auto account = decoded<AccountClaims>(tokens::kAccount);
  const auto scoped = decoded<UserClaims>(tokens::kScopedUser);
  CHECK(scoped.issuer_account == kAccountKey);
  CHECK(scoped.has_empty_permissions());
  CHECK(account.did_sign(scoped));
  CHECK(account.did_sign(decoded<UserClaims>(tokens::kUser)));
  CHECK_FALSE(decoded<AccountClaims>(tokens::kImporter).did_sign(scoped));
}

TEST_CASE("Claims: an activation and what imports by it are read") {
  const auto activation = decoded<ActivationClaims>(tokens::kActivation);
  CHECK(activation.subject == "svc.a");
  CHECK(activation.kind == ExportType::kService);
  CHECK(check(activation, kNow).empty());
  const auto importer = decoded<AccountClaims>(tokens::kImporter);
  REQUIRE(importer.imports.size() == 2);
  CHECK(importer.imports[0].local_subject == "mine.>");
  CHECK(importer.imports[1].token == tokens::kActivation);
  CHECK(decoded<AccountClaims>(tokens::kAccount).did_sign(activation));
}

TEST_CASE("Claims: an activation whose signature nobody verifies is invalid") {
  const auto issues = check(decoded<AccountClaims>(tokens::kImporter), {}, kNow);
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].description == "import \"svc.a\" contains an invalid activation token");
  CHECK(is_blocking(issues, false));
}

TEST_CASE("Claims: the first version is read, too") {
  const auto claims = decoded<UserClaims>(tokens::kUserV1);
  CHECK(claims.version == 1);
  CHECK(claims.name == "old");
  CHECK(claims.tags == std::vector<std::string>{"one"});
  CHECK(claims.limits.subs == 5);
  CHECK(claims.limits.payload == kNoLimit);
  CHECK(claims.limits.src == std::vector<std::string>{"10.0.0.0/8", "192.168.0.0/16"});
  CHECK(claims.limits.permissions.pub.allow == std::vector<std::string>{"x"});
  const auto result = decode_jwt(tokens::kUserV1);
  const size_t dot = tokens::kUserV1.find('.');
  CHECK(result.value().signature.message ==
        tokens::kUserV1.substr(dot + 1, tokens::kUserV1.rfind('.') - dot - 1));
}

TEST_CASE("Claims: what is no token is refused") {
  CHECK(error_of("") == "expected 3 chunks");
  CHECK(error_of("a.b") == "expected 3 chunks");
  CHECK(error_of("a.b.c.d") == "expected 3 chunks");
  CHECK_FALSE(error_of("..").empty());
  std::string longer(tokens::kUser);
  longer += '!';
  CHECK_FALSE(error_of(longer).empty());
  CHECK(error_of(std::string(1024 * 1024 + 1, 'a')) ==
        "token size 1048577 exceeds maximum of 1048576 bytes: token too large");
}

TEST_CASE("Claims: another algorithm is refused") {
  const std::string claims = "{}";
  CHECK(error_of(token_of(claims, R"({"typ":"JWT","alg":"none"})")) ==
        "unexpected \"none\" algorithm");
  CHECK(error_of(token_of(claims, R"({"typ":"JWT","alg":"HS256"})")) ==
        "unexpected \"HS256\" algorithm");
  CHECK(error_of(token_of(claims, R"({"typ":"JWT"})")) == "unexpected \"\" algorithm");
  CHECK(error_of(token_of(claims, R"({"alg":"ed25519-nkey"})")) == "not supported type \"\"");
  CHECK(error_of(token_of(claims, "[]")) == "the header is no JSON object");
}

TEST_CASE("Claims: fields of a wrong type are refused") {
  CHECK(error_of(user_token(R"(,"subs":"many")")) ==
        "json: cannot unmarshal string into field subs of type int64");
  CHECK_FALSE(error_of(user_token(R"(,"subs":1.5)")).empty());
  CHECK_FALSE(error_of(user_token(R"(,"pub":[])")).empty());
  CHECK_FALSE(error_of(user_token(R"(,"pub":{"allow":"x"}})")).empty());
  CHECK_FALSE(error_of(user_token(R"(,"times":["now"])")).empty());
  CHECK_FALSE(error_of(user_token(R"(,"bearer_token":1)")).empty());
  CHECK_FALSE(error_of(account_token(R"(,"exports":[{"type":"other"}])")).empty());
  CHECK_FALSE(error_of(account_token(R"(,"signing_keys":[{"kind":"other"}])")).empty());
  CHECK_FALSE(error_of(account_token(R"(,"mappings":{"a":[{"weight":256}]})")).empty());
  CHECK_FALSE(error_of(token_of(R"({"nats":7})")).empty());
  CHECK(error_of(user_token(R"(,"subs":null,"pub":null,"times":null)")).empty());
}

TEST_CASE("Claims: a newer version, or none, is refused") {
  const std::string head = R"({"iss":")" + std::string(kAccountKey) + R"(","nats":{"type":"user")";
  CHECK(error_of(token_of(head + R"(,"version":3}})")) == "JWT was generated by a newer version ");
  CHECK(error_of(token_of(head + "}}")) == "library supports version 2 or less - received 0");
}

TEST_CASE("Claims: who may not sign such claims is refused") {
  const std::string user = R"({"iss":"UDO6ORBTE3WWMCYS4GQTZBW5RXWOHTDLW7EGRM2ECTVJNSJCTVO67CKA",)";
  const std::string nats = R"("nats":{"type":"user","version":2}})";
  CHECK(error_of(token_of(user + nats)) == "unable to validate expected prefixes");
  CHECK_FALSE(error_of(token_of("{" + nats)).empty());
}

TEST_CASE("Claims: of any other type they are generic") {
  const std::string head = R"({"iss":")" + std::string(kAccountKey) + R"(",)";
  const auto claims = decoded<GenericClaims>(token_of(head + R"("nats":{"accounts":["x"]}})"));
  CHECK(claims.nats == R"({"accounts":["x"]})");
}

TEST_CASE("Claims: their times are compared in seconds") {
  Claims claims;
  const WallTime at{1000'999'999'999};
  claims.exp = 1000;
  claims.nbf = 1000;
  CHECK(check_times(claims, at).empty());
  claims.exp = 999;
  claims.nbf = 1001;
  const auto issues = check_times(claims, at);
  REQUIRE(issues.size() == 2);
  CHECK(issues[0].description == "claim is expired");
  CHECK(issues[1].description == "claim is not yet valid");
  CHECK(is_blocking(issues, true));
  CHECK_FALSE(is_blocking(issues, false));
}

TEST_CASE("Claims: what an account says is checked") {
  const std::string unlimited(kUnlimited);
  CHECK(issue_of(unlimited) == "self-signed account JWTs shouldn't contain operator limits");
  CHECK(issue_of(R"(,"exports":[{"subject":"a"}])") == "invalid export type: \"unknown\"");
  CHECK(issue_of(R"(,"exports":[{"subject":"a..b","type":"stream"}])") ==
        "subject \"a..b\" cannot contain consecutive `.`");
  CHECK(issue_of(R"(,"exports":[{"subject":"a","type":"stream"}])") ==
        "the account contains more exports than allowed by the operator");
  CHECK(issue_of(unlimited + R"(,"exports":[{"subject":"a.>","type":"stream"},)"
                             R"({"subject":"a.b","type":"stream"}])") ==
        "stream export subject \"a.>\" already exports \"a.b\"");
  CHECK(issue_of(unlimited + R"(,"exports":[{"subject":"a.*","type":"service",)"
                             R"("account_token_position":1}])") ==
        "Account Token Position 1 matches 'a' but must match a * in: a.*");
  CHECK(issue_of(unlimited + R"(,"imports":[{"subject":"a.*","account":"A","type":"stream",)"
                             R"("local_subject":"b.$2"}])") ==
        "Reference $2 in \"b.$2\" reference * in \"a.*\" that do not exist");
  CHECK(
      issue_of(R"(,"mappings":{"a":[{"subject":"b","weight":60},{"subject":"c","weight":60}]})") ==
      "Mapping \"a\" exceeds 100% among all of it's weighted to mappings");
  CHECK(issue_of(R"(,"authorization":{"auth_users":["me"]})") ==
        "AuthUser \"me\" is not a valid user public key");
  CHECK(issue_of(R"(,"trace":{"dest":"a.*"})") ==
        "the account Trace.Destination subject \"a.*\" is not a valid publish subject");
  CHECK(issue_of(R"(,"signing_keys":["me"])") == "\"me\" is not a valid account signing key");
  CHECK(issue_of(R"(,"cluster_traffic":"none")") == "unknown cluster traffic option: \"none\"");
  CHECK(issue_of(R"(,"default_permissions":{"pub":{"allow":["a b"]}})") ==
        "Permission Subject \"a b\" is not allowed to contain queue");
}

TEST_CASE("Claims: what a user says is checked") {
  const auto claims = decoded<UserClaims>(user_token(R"(,"src":["10.0.0.0/33"])"));
  const auto issues = check(claims, kNow);
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].description == "invalid cidr \"10.0.0.0/33\" in user src limits");
}

TEST_CASE("Claims: permissions that say nothing are none, and responses have defaults") {
  CHECK_FALSE(to_permission_options({}));
  const auto options = to_permission_options({.resp = ResponsePermissionClaim{}});
  REQUIRE(options);
  CHECK(options->allow_responses == ResponsePermission{});
}

}  // namespace myelin
