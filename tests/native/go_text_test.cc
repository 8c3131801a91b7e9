#include "hosts/common/go_text.h"

#include <catch2/catch.hpp>
#include <cerrno>

namespace myelin {

TEST_CASE("go_errno: reads as Go prints an errno") {
  CHECK(go_errno(EADDRINUSE) == "address already in use");
  CHECK(go_errno(EACCES) == "permission denied");
  CHECK(go_errno(EADDRNOTAVAIL) == "cannot assign requested address");
  CHECK(go_errno(EMFILE) == "too many open files");
  CHECK(go_errno(ENOENT) == "no such file or directory");
  CHECK(go_errno(ESRCH) == "no such process");
}

TEST_CASE("join_host_port: a host with a colon is bracketed") {
  CHECK(join_host_port("0.0.0.0", 4222) == "0.0.0.0:4222");
  CHECK(join_host_port("::1", 4222) == "[::1]:4222");
  CHECK(join_host_port("localhost", 0) == "localhost:0");
}

}  // namespace myelin
