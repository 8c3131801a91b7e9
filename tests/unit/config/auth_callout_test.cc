#include "core/config/auth_callout.h"

#include <catch2/catch.hpp>

#include "core/config/config.h"

namespace myelin {
namespace {

const std::string kUserKey = "UAB2LTI672CRSPT45NVAKTNPSZFVZQMAJWCQJYJQAB22XUUXW6CTKT6T";
const std::string kIssuer = "ADT3KDUGML4UCZYCBSAEGYDZBFDNFQ7IAUKUC4L4DJYWUHFR7S47GATY";
const std::string kCurveKey = "XAGYXFG2R5DQVZOKTJIIOGN32KFICMWUDLMLXOAULDFEHXZCXQWWRJA4";

Result<Config, ConfigErrors> parse(const std::string& block) {
  return parse_config_text("authorization { users: [{user: a}], auth_callout " + block + " }",
                           "f.conf", ConfigSources{});
}

std::string mistake_in(const std::string& block) {
  const auto config = parse(block);
  return config ? "" : config.error().errors[0].text;
}

TEST_CASE("Auth callout: who answers, and who need not be asked about") {
  auto config = parse("{ issuer: " + kIssuer + ", acc: C, users: [a], key: " + kCurveKey +
                      ", allowed_accounts: [A, B] }");
  REQUIRE(config);
  const AuthCalloutOptions wanted{kIssuer, "C", {"a"}, kCurveKey, {"A", "B"}};
  CHECK(config.value().options.authorization.callout == wanted);

  config = parse("{ issuer: " + kIssuer + ", account: '$G', auth_users: [a] }");
  REQUIRE(config);
  CHECK(config.value().options.authorization.callout ==
        AuthCalloutOptions{.issuer = kIssuer, .auth_users = {"a"}});
}

TEST_CASE("Auth callout: a mistake is not an open door") {
  const std::string users = ", auth_users: [a] }";
  CHECK(mistake_in("{ auth_users: [a] }") ==
        "Authorization callouts require an issuer to be specified");
  CHECK(mistake_in("{ issuer: " + kIssuer + " }") ==
        "Authorization callouts require authorized users to be specified");
  CHECK(mistake_in("{ issuer: " + kIssuer + ", auth_users: [] }") ==
        "Authorization callouts require authorized users to be specified");
  CHECK(mistake_in("{ issuer: " + kUserKey + users) ==
        "Expected callout user to be a valid public account nkey, got \"" + kUserKey + "\"");
  CHECK(mistake_in("{ issuer: " + kIssuer + ", xkey: " + kUserKey + users) ==
        "Expected callout xkey to be a valid public xkey, got \"" + kUserKey + "\"");
  CHECK(mistake_in("{ issuer: " + kIssuer + ", auth_users: a }") != "");
  CHECK(mistake_in("{ issuer: " + kIssuer + ", allowed_account: [A]" + users) ==
        "unknown field \"allowed_account\"");
  CHECK(mistake_in("x") != "");
}

}  // namespace
}  // namespace myelin
