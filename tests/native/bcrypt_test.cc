#include "hosts/common/bcrypt.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

// Made by Go's x/crypto/bcrypt for "s3cret", at the least cost there is.
constexpr char kDigest[] = "$04$D1re6/NFQQ2hF5Dc0KIkDeMrJQOZKlspdBfr9Ek9aQhp4UK4PedfW";

std::string hash_of_secret(char version) { return std::string("$2") + version + kDigest; }

}  // namespace

TEST_CASE("bcrypt: the right password matches under every version letter") {
  for (const char version : {'a', 'b', 'x', 'y'}) {
    const Result<bool> matches = matches_bcrypt(hash_of_secret(version), "s3cret");
    REQUIRE(matches.ok());
    CHECK(matches.value());
  }
}

TEST_CASE("bcrypt: bytes above ASCII are hashed as Go does, whatever the letter") {
  const std::string password = "p\xe4ss\xffw\xf6rd";
  for (const std::string version : {"$2a", "$2x"}) {
    const Result<bool> matches = matches_bcrypt(
        version + "$04$EUsvvhxE8POa.vfgvOSjUekxsApcKk1RfviM9IrmJPCHIIAtvT1sa", password);
    REQUIRE(matches.ok());
    CHECK(matches.value());
  }
}

TEST_CASE("bcrypt: another password does not match") {
  for (const std::string password : {"", "S3cret", "s3cret ", "s3cre"}) {
    const Result<bool> matches = matches_bcrypt(hash_of_secret('a'), password);
    REQUIRE(matches.ok());
    CHECK_FALSE(matches.value());
  }
}

TEST_CASE("bcrypt: a password is not cut at a zero byte") {
  const Result<bool> matches = matches_bcrypt(hash_of_secret('a'), std::string("s3cret\0more", 11));
  REQUIRE(matches.ok());
  CHECK_FALSE(matches.value());
}

TEST_CASE("bcrypt: what is no hash is an error, not a mismatch") {
  for (const std::string& hash :
       {std::string(), std::string("$2a$"), std::string("$2a$04$short"), std::string(60, '$'),
        "$2a$99$" + std::string(53, 'a'), hash_of_secret('c'), hash_of_secret('a') + "x"}) {
    CHECK_FALSE(matches_bcrypt(hash, "s3cret").ok());
  }
}

}  // namespace myelin
