#include "hosts/common/keys.h"

#include <catch2/catch.hpp>

#include "core/base/text.h"
#include "core/identity/claims.h"
#include "core/identity/claims_check.h"
#include "core/identity/jwt.h"
#include "core/identity/nkey.h"
#include "core/identity/xkey.h"
#include "hosts/common/run_task.h"
#include "tests/unit/identity/tokens.h"

namespace myelin {
namespace {

const std::string kNonce(24, 'n');

std::string seed_of(std::string_view text) {
  const auto seed = decode_nkey_seed(text);
  REQUIRE(seed);
  return seed->key;
}

// Made by the `nk` command.
constexpr std::string_view kUserSeed = "SUAOYP4I4TBSBGXMLY6ZVIBUE2K4J3ECLB73PKJ63ITEYQJHVU6KWIEYPE";
constexpr std::string_view kUserKey = "UDO6ORBTE3WWMCYS4GQTZBW5RXWOHTDLW7EGRM2ECTVJNSJCTVO67CKA";
constexpr std::string_view kCurveSeed =
    "SXANVG4LCA2KDGL2MMYKXCYIWNHQSTKGIJSTVEONCI2GXGMEZXO2RS6CQA";
constexpr std::string_view kCurveKey = "XBCFBJLIGTI65WTJGLZKZI6U7IQRFZYPO5S4U5GMHYHFPJKBQ2LWOZA6";

}  // namespace

TEST_CASE("Keys: a seed's public key is the one that nk made") {
  const KeyCodecs codecs = key_codecs();
  const auto user = codecs.ed25519_public_key(seed_of(kUserSeed));
  REQUIRE(user);
  CHECK(encode_nkey(NkeyKind::kUser, *user) == kUserKey);
  const auto curve = codecs.x25519_public_key(seed_of(kCurveSeed));
  REQUIRE(curve);
  CHECK(encode_nkey(NkeyKind::kCurve, *curve) == kCurveKey);
  CHECK_FALSE(codecs.ed25519_public_key("short"));
  CHECK_FALSE(codecs.x25519_public_key("short"));
}

TEST_CASE("Keys: RFC 8032's third sample is signed and verified") {
  const KeyCodecs codecs = key_codecs();
  const std::string seed = *decode_base64("xaqN9D+fg3vtt0QvMdy3sWbThTUHbwlLhc46LgtEWPc=");
  const std::string message = "\xaf\x82";
  const auto key = codecs.ed25519_public_key(seed);
  const auto signature = codecs.sign_ed25519(seed, message);
  REQUIRE(key);
  REQUIRE(signature);
  CHECK(base64(*key) == "/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=");
  CHECK(base64(*signature) ==
        "YpHWV97sJAJIJ+acOr4BowzlSKKEdDpEXjaA19taw6wY/5tTjRbykK5n92CYTcZZ"
        "SnwV6XFu0o3AJ77O6h7ECg==");
  CHECK(codecs.verify_ed25519(*key, message, *signature));
  CHECK_FALSE(codecs.verify_ed25519(*key, "\xaf\x83", *signature));
  CHECK_FALSE(codecs.verify_ed25519(*key, message, signature->substr(1)));
  CHECK_FALSE(codecs.verify_ed25519(key->substr(1), message, *signature));
  CHECK_FALSE(codecs.verify_ed25519(std::string(32, '\0'), message, std::string(64, '\0')));
}

TEST_CASE("Keys: what is sealed for an xkey is opened by its holder alone") {
  const KeyCodecs codecs = key_codecs();
  const std::string seed(32, 's');
  const std::string key = encode_nkey(NkeyKind::kCurve, *codecs.x25519_public_key(seed));
  const auto sealed = seal_for_xkey(codecs, seed, kCurveKey, kNonce, "a secret");
  REQUIRE(sealed);
  CHECK(sealed->starts_with("xkv1" + kNonce));
  CHECK(open_from_xkey(codecs, seed_of(kCurveSeed), key, *sealed) == "a secret");
  CHECK_FALSE(open_from_xkey(codecs, std::string(32, 't'), key, *sealed));
  CHECK_FALSE(open_from_xkey(codecs, seed_of(kCurveSeed), kCurveKey, *sealed));
  std::string changed = *sealed;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  CHECK_FALSE(open_from_xkey(codecs, seed_of(kCurveSeed), key, changed));
  CHECK_FALSE(open_from_xkey(codecs, seed_of(kCurveSeed), key, "xkv1"));
  CHECK_FALSE(open_from_xkey(codecs, seed_of(kCurveSeed), key, "xkv2" + sealed->substr(4)));
}

TEST_CASE("Keys: nothing is sealed for who is no xkey") {
  CHECK_FALSE(seal_for_xkey(key_codecs(), std::string(32, 's'), kUserKey, kNonce, "a secret"));
}

TEST_CASE("Keys: what another library sealed is opened") {
  // By nkeys' own SealWithRand: from the seed of 32 's', for the curve key above.
  const KeyCodecs codecs = key_codecs();
  const std::string seed(32, 's');
  const std::string key = encode_nkey(NkeyKind::kCurve, *codecs.x25519_public_key(seed));
  const auto sealed =
      decode_base64("eGt2MW5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubpcVXhwhl6Glow+wLkaTEPushOF8eqRjCA==");
  REQUIRE(sealed);
  CHECK(open_from_xkey(codecs, seed_of(kCurveSeed), key, *sealed) == "a secret");
}

TEST_CASE("Keys: claims that nsc signed are believed, and no others") {
  const KeyCodecs codecs = key_codecs();
  CHECK(read_claims<OperatorClaims>(codecs, tokens::kOperator).ok());
  CHECK(read_claims<UserClaims>(codecs, tokens::kUser).ok());
  CHECK(read_claims<UserClaims>(codecs, tokens::kUserV1).ok());
  CHECK(read_claims<ActivationClaims>(codecs, tokens::kActivation).ok());
  CHECK(read_generic_claims(codecs, tokens::kUser).ok());
  const auto importer = read_claims<AccountClaims>(codecs, tokens::kImporter);
  REQUIRE(importer.ok());
  CHECK(check(importer.value(), codecs, WallTime{}).empty());
  CHECK(read_claims<UserClaims>(codecs, tokens::kOperator).error().context == "not user claim");
  std::string forged(tokens::kUser);
  forged[forged.size() - 20] = forged[forged.size() - 20] == 'A' ? 'B' : 'A';
  CHECK(read_claims<UserClaims>(codecs, forged).error().context ==
        "claim failed V2 signature verification");
  CHECK_FALSE(read_generic_claims(codecs, forged).ok());
}

TEST_CASE("Keys: a token is signed as it is read") {
  const KeyCodecs codecs = key_codecs();
  const std::string seed(32, 's');
  const std::string key = encode_nkey(NkeyKind::kAccount, *codecs.ed25519_public_key(seed));
  const auto token =
      sign_jwt(codecs, seed, R"({"iss":")" + key + R"(","nats":{"type":"user","version":2}})");
  REQUIRE(token);
  CHECK(read_claims<UserClaims>(codecs, *token).ok());
}

TEST_CASE("Keys: a task says of each signature whether it is good") {
  const KeyCodecs codecs = key_codecs();
  const std::string seed = seed_of(kUserSeed);
  const std::string key = *codecs.ed25519_public_key(seed);
  const SignatureCheck good{key, "one", *codecs.sign_ed25519(seed, "one")};
  const SignatureCheck bad{key, "two", good.signature};
  CHECK(run_task({TaskId{1}, VerifyEd25519{{good, good}}}).value() == "11");
  CHECK(run_task({TaskId{1}, VerifyEd25519{{good, bad}}}).value() == "10");
}

}  // namespace myelin
