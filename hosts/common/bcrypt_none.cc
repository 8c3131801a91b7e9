// Where the system has no crypt(3), as WebAssembly: no hash can be checked.
#include "hosts/common/bcrypt.h"

namespace myelin {

Result<bool> matches_bcrypt(const std::string&, const std::string&) {
  return Error{Errc::kUnsupported, "this host checks no bcrypt hashes"};
}

}  // namespace myelin
