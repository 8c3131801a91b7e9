// What makes a measurement worthless: a message lost, doubled or damaged, a server that died, an
// operating system that refused. It is thrown where it is noticed and caught once, by the suite,
// which writes it into the row; there is no other use of exceptions in the bench.
#pragma once

#include <stdexcept>
#include <string>

namespace bench {

class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws `what` together with the text of errno.
[[noreturn]] void fail_with_errno(const std::string& what);

}  // namespace bench
