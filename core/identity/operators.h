// Operators: those whose word counts, by their JWTs or by their keys alone. An
// account is whose claims one of their keys has signed.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/key_codecs.h"
#include "core/identity/claims.h"
#include "core/options.h"

namespace myelin {

class Operators {
 public:
  Operators() = default;
  // Whoever made the options has refused JWTs that cannot be read; they are
  // nobody's here.
  Operators(const OperatorOptions& options, const KeyCodecs& codecs);

  const std::vector<OperatorClaims>& claims() const { return claims_; }
  bool trusts(std::string_view issuer) const { return trusted_.count(issuer) > 0; }
  // The account that `issuer` vouches for signs nothing itself: its signing
  // keys do.
  bool is_strict(std::string_view issuer) const { return strict_.count(issuer) > 0; }
  // Of the first operator: it changes what is kept.
  bool leads(std::string_view key) const { return leading_.count(key) > 0; }
  bool should_use_signing_key(std::string_view issuer) const;

 private:
  using Keys = std::set<std::string, std::less<>>;

  std::vector<OperatorClaims> claims_;
  Keys trusted_;
  Keys strict_;
  Keys leading_;
};

}  // namespace myelin
