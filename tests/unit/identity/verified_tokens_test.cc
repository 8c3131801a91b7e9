#include "core/identity/verified_tokens.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/identity/tokens.h"

namespace myelin {
namespace {

// Whoever asks again answers worse: a token that is remembered is not asked about.
const KeyCodecs kAlwaysGood{
    .verify_ed25519 = [](std::string_view, std::string_view, std::string_view) { return true; }};
const KeyCodecs kNeverGood{
    .verify_ed25519 = [](std::string_view, std::string_view, std::string_view) { return false; }};

}  // namespace

TEST_CASE("VerifiedTokens: a signature that was good is not verified again") {
  VerifiedTokens tokens(2);
  CHECK_FALSE(tokens.decode(kNeverGood, tokens::kActivation).ok());
  CHECK(tokens.decode(kAlwaysGood, tokens::kActivation).ok());
  const auto again = tokens.decode(kNeverGood, tokens::kActivation);
  REQUIRE(again.ok());
  CHECK(std::get<ActivationClaims>(again.value().claims).subject == "svc.a");
  CHECK_FALSE(tokens.decode(kNeverGood, tokens::kAccount).ok());
}

TEST_CASE("VerifiedTokens: the same claims with another signature are another token") {
  VerifiedTokens tokens(2);
  REQUIRE(tokens.decode(kAlwaysGood, tokens::kActivation).ok());
  std::string forged(tokens::kActivation);
  char& last = forged[forged.size() - 2];
  last = last == 'A' ? 'B' : 'A';
  CHECK_FALSE(tokens.decode(kNeverGood, forged).ok());
}

TEST_CASE("VerifiedTokens: what is no token is not kept, and of the others so many") {
  VerifiedTokens tokens(2);
  CHECK_FALSE(tokens.decode(kAlwaysGood, "nonsense").ok());
  CHECK(tokens.size() == 0);
  for (const std::string_view token : {tokens::kActivation, tokens::kAccount, tokens::kImporter}) {
    REQUIRE(tokens.decode(kAlwaysGood, token).ok());
    CHECK(tokens.size() <= 2);
  }
}

}  // namespace myelin
