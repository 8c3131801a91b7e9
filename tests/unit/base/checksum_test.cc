#include "core/base/checksum.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

TEST_CASE("Sha256: the examples of FIPS 180-4") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("Sha256: pieces make the same digest as the whole") {
  const std::string text(200, 'x');
  for (size_t size = 0; size <= text.size(); ++size) {
    Sha256 whole;
    whole.update(text);
    Sha256 pieces;
    pieces.update(std::string_view(text).substr(0, size));
    pieces.update(std::string_view(text).substr(size));
    CHECK(whole.finish() == pieces.finish());
  }
}

}  // namespace
}  // namespace myelin
