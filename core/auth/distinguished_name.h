// DistinguishedName: a certificate's subject as text (RFC 4514: "CN=ann,OU=a+OU=b,O=c"), taken
// apart to be compared with what an operator wrote for a user.
//
// The same are names of the same attributes in any order; types are compared without case. How
// attributes are grouped into relative names does not count, for nats-server takes more than one
// grouping.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace myelin {

class DistinguishedName {
 public:
  // Nothing, if it is not one.
  static std::optional<DistinguishedName> parse(std::string_view text);

  // Only the attributes that Go's crypto/x509 knows by name: what nats-server compares last.
  DistinguishedName well_known() const;

  friend bool operator==(const DistinguishedName& left, const DistinguishedName& right) {
    return left.attributes_ == right.attributes_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> attributes_;  // sorted
};

}  // namespace myelin
