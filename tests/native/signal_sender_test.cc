#include "hosts/native/signal_sender.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/native/temporary_folder.h"

namespace myelin {
namespace {

std::string refusal(const std::string& command, const std::string& target) {
  const Status sent = send_signal({.command = command, .target = target});
  return sent.ok() ? "" : sent.error().context;
}

}  // namespace

// No process has a pid this high: the kernel's limit is 4194304.
TEST_CASE("send_signal: says what is wrong with a command or a target") {
  CHECK(refusal("ldm", "xx") == "invalid pid: xx");
  CHECK(refusal("dance", "99999999") == "unknown signal \"dance\"");
  CHECK(refusal("ldm", "99999999") == "\nsignal \"ldm\" 99999999: no such process");
}

TEST_CASE("send_signal: a target may be a file that holds the pid") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("pid")) << "99999999\n";
  CHECK(refusal("reload", folder.file("pid")) == "\nsignal \"reload\" 99999999: no such process");
}

}  // namespace myelin
