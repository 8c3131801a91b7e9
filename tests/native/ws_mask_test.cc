#include "hosts/websocket/ws_mask.h"

#include <catch2/catch.hpp>
#include <string>

namespace myelin {

TEST_CASE("WsMask: comes off in any pieces, and while the payload moves to the front") {
  constexpr char kKey[] = {1, 2, '\xf3', 4};
  for (size_t size = 0; size < 300; ++size) {
    for (const size_t gap : {0, 1, 6, 8, 14, 40}) {
      const size_t cut = size * 2 / 3;
      std::string plain;
      std::string bytes(gap, '\0');
      for (size_t at = 0; at < size; ++at) {
        plain += static_cast<char>(at * 7 + 3);
        bytes += static_cast<char>(plain[at] ^ kKey[at % WsMask::kSize]);
      }
      WsMask mask(kKey);
      mask.take_off(bytes.data() + gap, cut, bytes.data());
      mask.take_off(bytes.data() + gap + cut, size - cut, bytes.data() + cut);
      CHECK(bytes.substr(0, size) == plain);
    }
  }
}

}  // namespace myelin
