#include "core/auth/verdict_cache.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "core/limits.h"

namespace myelin {
namespace {

TEST_CASE("VerdictCache: knows what it was told, and nothing else") {
  VerdictCache cache;
  CHECK(cache.find("a") == std::nullopt);
  cache.store("a", true);
  cache.store("ab", false);
  CHECK(cache.find("a") == true);
  CHECK(cache.find("ab") == false);
  CHECK(cache.find("b") == std::nullopt);
  CHECK(cache.find("") == std::nullopt);
}

TEST_CASE("VerdictCache: many subjects, in any order") {
  VerdictCache cache;
  std::map<std::string, bool> told;
  for (size_t i = 0; i < kPermissionCacheMax; ++i) {
    const std::string subject = "load." + std::to_string(i * i);
    if (!told.emplace(subject, i % 3 == 0).second) continue;
    REQUIRE(cache.find(subject) == std::nullopt);
    cache.store(subject, i % 3 == 0);
  }
  for (const auto& [subject, verdict] : told) REQUIRE(cache.find(subject) == verdict);
  for (auto it = told.rbegin(); it != told.rend(); ++it)
    REQUIRE(cache.find(it->first) == it->second);
}

TEST_CASE("VerdictCache: begins anew when it is full") {
  VerdictCache cache;
  for (size_t i = 0; i < kPermissionCacheMax; ++i) cache.store(std::to_string(i), true);
  CHECK(cache.find("0") == true);
  cache.store("one more", false);
  CHECK(cache.find("one more") == false);
  CHECK(cache.find("0") == std::nullopt);
  cache.store("0", false);
  CHECK(cache.find("0") == false);
}

TEST_CASE("VerdictCache: a long subject is not kept") {
  VerdictCache cache;
  const std::string longest(62, 'x');
  cache.store(longest, true);
  cache.store(longest + "x", true);
  CHECK(cache.find(longest) == true);
  CHECK(cache.find(longest + "x") == std::nullopt);
}

}  // namespace
}  // namespace myelin
