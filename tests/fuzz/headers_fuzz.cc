// A header block may be any bytes: what is found lies inside it, and a block of our own says what
// it was made of.
#include <string>
#include <vector>

#include "core/protocol/headers.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace myelin;
  Input input(data, size);
  const std::string name(input.line());
  const std::string_view rest = input.rest();
  const std::vector<char> own(rest.begin(), rest.end());
  const std::string_view block(own.data(), own.size());

  if (const auto value = find_header(block, name)) {
    REQUIRE_THAT(value->data() >= block.data());
    REQUIRE_THAT(value->data() + value->size() <= block.data() + block.size());
    REQUIRE_THAT(value->find("\r\n") == std::string_view::npos);
    REQUIRE_THAT(block.find(name) != std::string_view::npos);
  }
  // What a publisher can name: a subject holds no white space.
  if (name.find_first_of(" \t\r\n") == std::string::npos) {
    REQUIRE_THAT(find_header(no_responders_block(name), "Nats-Subject") == name);
  }
  return 0;
}
