#include "core/identity/verified_tokens.h"

#include "core/base/checksum.h"

namespace myelin {

Result<DecodedJwt> VerifiedTokens::decode(const KeyCodecs& codecs, std::string_view token) {
  Sha256 hash;
  hash.update(token);
  const auto digest = hash.finish();
  if (seen_.count(digest) > 0) return decode_jwt(token);
  Result<DecodedJwt> decoded = decode_verified_jwt(codecs, token);
  if (!decoded.ok()) return decoded;
  if (seen_.size() >= max_) seen_.clear();
  seen_.insert(digest);
  return decoded;
}

}  // namespace myelin
