#include "tests/bench/failure.h"

#include <cerrno>
#include <cstring>

namespace bench {

void fail_with_errno(const std::string& what) {
  const int code = errno;
  throw Failure(what + ": " + std::strerror(code));
}

}  // namespace bench
