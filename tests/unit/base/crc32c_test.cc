#include "core/base/crc32c.h"

#include <catch2/catch.hpp>
#include <string>

namespace myelin {
namespace {

TEST_CASE("crc32c: the examples of RFC 3720") {
  CHECK(crc32c(0, as_bytes("123456789")) == 0xe3069283);
  CHECK(crc32c(0, as_bytes(std::string(32, '\0'))) == 0x8a9136aa);
  CHECK(crc32c(0, as_bytes(std::string(32, '\xff'))) == 0x62a8ab43);
  CHECK(crc32c(0, {}) == 0);
}

TEST_CASE("crc32c: pieces make the same checksum as the whole") {
  const std::string text = "the quick brown fox jumps over the lazy dog";
  for (size_t size = 0; size <= text.size(); ++size) {
    const std::string_view whole = text;
    CHECK(crc32c(crc32c(0, as_bytes(whole.substr(0, size))), as_bytes(whole.substr(size))) ==
          crc32c(0, as_bytes(whole)));
  }
}

}  // namespace
}  // namespace myelin
