#include "hosts/common/codecs.h"

#include <catch2/catch.hpp>

#include "core/base/random.h"

namespace myelin {
namespace {

constexpr size_t kLarge = 1 << 20;

TEST_CASE("Codecs: what was compressed comes back") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "order " + std::to_string(i) + " of many; ";
  const auto packed = lz4_compress(text, kLarge);
  REQUIRE(packed);
  CHECK(packed->size() < text.size() / 2);
  CHECK(lz4_decompress(*packed, text.size()) == text);
  CHECK(lz4_decompress(*lz4_compress("", kLarge), 0) == "");
}

TEST_CASE("Codecs: what does not fit is nothing") {
  const std::string text(10'000, 'x');
  CHECK_FALSE(lz4_compress(text, 10));
  CHECK_FALSE(lz4_compress(text, 0));
  CHECK_FALSE(lz4_decompress(*lz4_compress(text, kLarge), text.size() - 1));
}

TEST_CASE("Codecs: damage is nothing or other bytes, within the bound") {
  Random random(7);
  const std::string text = "a little text, a little more text, and then some more text";
  const std::string packed = *lz4_compress(text, kLarge);
  for (int i = 0; i < 10'000; ++i) {
    std::string damaged = packed.substr(0, packed.size() - random.below(3));
    damaged[random.below(damaged.size())] ^= static_cast<char>(1 + random.below(255));
    const auto plain = lz4_decompress(damaged, kLarge);
    if (plain) CHECK(plain->size() <= kLarge);
  }
  CHECK_FALSE(lz4_decompress("abc", kLarge));
}

}  // namespace
}  // namespace myelin
