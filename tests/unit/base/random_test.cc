#include "core/base/random.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <set>

namespace myelin {
namespace {

TEST_CASE("Random: one seed gives one sequence, another another") {
  Random a(42);
  Random b(42);
  Random c(43);
  bool differs = false;
  for (int index = 0; index < 100; ++index) {
    const uint64_t value = a.next();
    CHECK(value == b.next());
    differs = differs || value != c.next();
  }
  CHECK(differs);
}

TEST_CASE("Random: a seed of zeros is as good as any") {
  Random random(Seed{0, 0, 0, 0});
  std::set<uint64_t> seen;
  for (int index = 0; index < 1000; ++index) seen.insert(random.next());
  CHECK(seen.size() == 1000);
}

TEST_CASE("Random: below stays below, and reaches every value about as often") {
  Random random(7);
  std::array<int, 7> counts{};
  for (int index = 0; index < 70'000; ++index) ++counts.at(random.below(7));
  for (const int count : counts) {
    CHECK(count > 9'500);
    CHECK(count < 10'500);
  }
  CHECK(random.below(1) == 0);
  for (int index = 0; index < 100; ++index) {
    CHECK(random.below((uint64_t{1} << 63) + 1) <= uint64_t{1} << 63);
  }
}

TEST_CASE("Random: base62 has the size asked for and nothing but letters and digits") {
  Random random(1);
  CHECK(random.base62(0).empty());
  const std::string text = random.base62(5000);
  CHECK(text.size() == 5000);
  CHECK(std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c); }));
  CHECK(std::set<char>(text.begin(), text.end()).size() == 62);
}

}  // namespace
}  // namespace myelin
