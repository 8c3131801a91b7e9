// Checks a password against a bcrypt hash ("$2a$", "$2b$", "$2x$", "$2y$"), as slowly as the hash
// demands. Meant for a thread that may wait; the comparison takes the same time wherever it fails.
#pragma once

#include <string>

#include "core/base/result.h"

namespace myelin {

// An error if the hash cannot be used at all.
Result<bool> matches_bcrypt(const std::string& hash, const std::string& password);

}  // namespace myelin
