// JwtLogin: what a Client in operator mode knows of itself on its way in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/auth/user_admission.h"
#include "core/base/key_codecs.h"
#include "core/identity/claims.h"
#include "core/pubsub/client.h"

namespace myelin {

struct Client::JwtLogin {
  enum class Step : uint8_t { kToken, kAccount, kSignatures };

  Step step = Step::kToken;
  UserClaims claims;
  std::string jwt;
  SignatureCheck token;  // that the issuer signed the JWT
  bool is_token_verified = false;
  bool is_sentinel = false;
  Admission admission{};
};

// Of one whom a JWT lets into an account.
std::unique_ptr<User> make_jwt_user(const UserClaims& claims, const ClaimedAccount& account,
                                    const Admission& admission, WallTime now);

}  // namespace myelin
