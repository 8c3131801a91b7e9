// CONNECT's JSON: read or refused, and what a log may show of it stays no longer than it must.
#include <string>
#include <vector>

#include "core/protocol/handshake.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace myelin;
  Input input(data, size);
  const std::string_view rest = input.rest();
  const std::vector<char> own(rest.begin(), rest.end());
  const std::string_view json(own.data(), own.size());

  ConnectOptions once;
  const bool is_read = read_connect(json, once).ok();
  // The same CONNECT again changes nothing.
  if (is_read) {
    ConnectOptions twice = once;
    REQUIRE_THAT(read_connect(json, twice).ok());
    REQUIRE_THAT(twice.user == once.user && twice.pass == once.pass && twice.name == once.name);
    REQUIRE_THAT(twice.verbose == once.verbose && twice.protocol == once.protocol);
  }
  REQUIRE_THAT(redact_connect(json).size() <= json.size() * 16 + 16);
  return 0;
}
