#include "hosts/common/lz4_block.h"

#include <lz4.h>

#include <catch2/catch.hpp>

#include "core/base/random.h"

namespace myelin {
namespace {

std::string by_library(std::string_view bytes) {
  std::string packed(static_cast<size_t>(LZ4_compressBound(static_cast<int>(bytes.size()))), '\0');
  const int size = LZ4_compress_default(bytes.data(), packed.data(), static_cast<int>(bytes.size()),
                                        static_cast<int>(packed.size()));
  packed.resize(static_cast<size_t>(size));
  return packed;
}

std::string library_unpacks(std::string_view block, size_t size) {
  std::string plain(size, '\0');
  const int got = LZ4_decompress_safe(block.data(), plain.data(), static_cast<int>(block.size()),
                                      static_cast<int>(size));
  REQUIRE(got == static_cast<int>(size));
  return plain;
}

// Runs, repetitions near and far, and noise.
std::string draw_text(Random& random) {
  std::string text;
  for (uint64_t pieces = random.below(40); pieces > 0; --pieces) {
    const uint64_t kind = random.below(4);
    const auto size = static_cast<size_t>(random.below(kind == 3 ? 3000 : 70));
    if (kind == 0) {
      text += random.base62(size);
    } else if (kind == 1) {
      text += std::string(size, 'x');
    } else if (!text.empty()) {
      const auto from = static_cast<size_t>(random.below(text.size()));
      text += std::string(text).substr(from, size);
    }
  }
  return text;
}

TEST_CASE("Lz4Block: the library unpacks what was packed, and the other way round") {
  Random random(11);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = draw_text(random);
    std::string packed;
    REQUIRE(pack_lz4_block(text, SIZE_MAX, packed));
    CHECK(library_unpacks(packed, text.size()) == text);
    CHECK(unpack_lz4_block(packed, text.size()) == text);
    CHECK(unpack_lz4_block(by_library(text), text.size()) == text);
  }
}

TEST_CASE("Lz4Block: text becomes much smaller, and noise hardly larger") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "order " + std::to_string(i) + " of many; ";
  std::string packed;
  REQUIRE(pack_lz4_block(text, SIZE_MAX, packed));
  CHECK(packed.size() < text.size() / 2);
  Random random(3);
  const std::string noise = random.base62(100'000);
  std::string same;
  REQUIRE(pack_lz4_block(noise, SIZE_MAX, same));
  CHECK(same.size() < noise.size() + noise.size() / 200);
}

TEST_CASE("Lz4Block: what does not fit is refused, and nothing is read beyond a block") {
  std::string to;
  CHECK_FALSE(pack_lz4_block("abcdefghijklmnopqrstuvwxyz", 10, to));
  Random random(5);
  const std::string text = draw_text(random) + draw_text(random);
  std::string packed;
  REQUIRE(pack_lz4_block(text, SIZE_MAX, packed));
  CHECK_FALSE(unpack_lz4_block(packed, text.size() - 1));
  CHECK_FALSE(unpack_lz4_block(packed, text.size() + 1));
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = packed.substr(0, packed.size() - random.below(3));
    damaged[random.below(damaged.size())] ^= static_cast<char>(1 + random.below(255));
    const auto plain = unpack_lz4_block(damaged, text.size());
    if (plain) CHECK(plain->size() == text.size());
  }
}

}  // namespace
}  // namespace myelin
