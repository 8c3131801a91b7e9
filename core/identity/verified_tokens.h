// VerifiedTokens: JWTs whose signature was found good, so that it need not be found again where the
// same ones are looked at often. Of a token only its digest is kept.
//
// Promises: it never holds more than so many, after which it begins anew. What a token says is read
// each time; whether that still holds is not known here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include "core/base/key_codecs.h"
#include "core/base/result.h"
#include "core/identity/claims.h"

namespace myelin {

class VerifiedTokens {
 public:
  explicit VerifiedTokens(size_t max) : max_(max) {}

  // As decode_verified_jwt.
  Result<DecodedJwt> decode(const KeyCodecs& codecs, std::string_view token);

  size_t size() const { return seen_.size(); }

 private:
  const size_t max_;
  std::set<std::array<uint8_t, 32>> seen_;
};

}  // namespace myelin
