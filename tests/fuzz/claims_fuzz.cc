// Tokens, and the claims in them: read or refused, checked whatever they say, and never taken for
// signed. The first byte says whether what follows is a whole token or the claims of one.
#include <string>

#include "core/base/text.h"
#include "core/identity/claims.h"
#include "core/identity/claims_check.h"
#include "tests/fuzz/input.h"

namespace myelin {
namespace {

constexpr WallTime kNow{1'700'000'000'000'000'000};

void check_all(const DecodedJwt& decoded) {
  struct Checker {
    void operator()(const AccountClaims& claims) const {
      (void)is_blocking(check(claims, {}, kNow), true);
      (void)claims.limits.has_jetstream();
      (void)to_permission_options(claims.default_permissions);
    }
    void operator()(const UserClaims& claims) const {
      (void)is_blocking(check(claims, kNow), true);
      (void)to_permission_options(claims.limits.permissions);
      (void)claims.has_empty_permissions();
    }
    void operator()(const OperatorClaims& claims) const { (void)check(claims, kNow); }
    void operator()(const ActivationClaims& claims) const { (void)check(claims, kNow); }
    void operator()(const AuthorizationResponseClaims& claims) const { (void)check(claims, kNow); }
    void operator()(const GenericClaims& claims) const { (void)check_times(claims, kNow); }
  };
  std::visit(Checker{}, decoded.claims);
}

}  // namespace
}  // namespace myelin

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace myelin;
  Input input(data, size);
  const bool is_whole = input.byte() % 2 == 0;
  std::string token(input.rest());
  if (!is_whole) {
    token = base64_url(R"({"typ":"JWT","alg":"ed25519-nkey"})") + '.' + base64_url(token) + '.' +
            base64_url(std::string(64, 's'));
  }
  const Result<DecodedJwt> decoded = decode_jwt(token);
  if (decoded.ok()) {
    REQUIRE_THAT(decoded.value().signature.public_key.size() == 32);
    REQUIRE_THAT(token.find(decoded.value().signature.message) != std::string::npos);
    check_all(decoded.value());
  } else {
    REQUIRE_THAT(!decoded.error().context.empty());
  }
  // Nobody vouches for them here.
  REQUIRE_THAT(!decode_verified_jwt({}, token).ok());
  REQUIRE_THAT(!read_generic_claims({}, token).ok());
  return 0;
}
