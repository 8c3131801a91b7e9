#include "core/identity/operators.h"

#include <utility>

namespace myelin {

Operators::Operators(const OperatorOptions& options, const KeyCodecs& codecs) {
  for (const std::string& jwt : options.jwts) {
    auto claims = read_claims<OperatorClaims>(codecs, jwt);
    if (claims.ok()) claims_.push_back(std::move(claims.value()));
  }
  trusted_.insert(options.trusted_keys.begin(), options.trusted_keys.end());
  for (const OperatorClaims& claims : claims_) {
    Keys keys(claims.signing_keys.begin(), claims.signing_keys.end());
    if (claims.strict_signing_key_usage) {
      strict_.insert(keys.begin(), keys.end());
    } else {
      keys.insert(claims.sub);
    }
    trusted_.insert(keys.begin(), keys.end());
    if (&claims == &claims_.front()) leading_ = std::move(keys);
  }
}

bool Operators::should_use_signing_key(std::string_view issuer) const {
  return !claims_.empty() && claims_.front().strict_signing_key_usage &&
         claims_.front().sub == issuer;
}

}  // namespace myelin
