// Decision: what is made of a client's credentials. It is a value, and may leave something to be
// found out, which takes time: whoever decides never waits, and nobody else is held up.
//
//     kRefused    `fault` says how its link ends
//     kAccepted   it is `user`
//     kVerify     it will be `user`, once the host has found that the secret matches the hash, or
//                 that all signatures are good; meanwhile nothing more of it is read
//
// Of those that claims made, the Decision owns the user; the Client that takes the Decision keeps
// it as long as the connection lives, and ends that when it expires.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/auth/user.h"
#include "core/base/key_codecs.h"
#include "core/protocol/errors.h"

namespace myelin {

struct Decision {
  enum class Verdict { kRefused, kAccepted, kVerify };

  Verdict verdict = Verdict::kRefused;
  User* user = nullptr;            // null where no authorization is required
  std::unique_ptr<User> own_user;  // the same, if claims made it
  Fault fault = Fault::kAuthorizationViolation;
  std::string why;  // it was refused: for the debug log, without secrets

  // kVerify: either of the two.
  std::string_view bcrypt_hash = {};
  std::string_view secret = {};
  std::vector<SignatureCheck> signatures;
};

}  // namespace myelin
