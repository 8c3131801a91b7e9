#include "hosts/common/time_zone.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

using namespace myelin;

namespace {

WallTime at(int64_t unix_seconds) { return {unix_seconds * 1'000'000'000}; }

// As the C library has it; it knows zones only one at a time.
Duration by_the_library(const char* zone, int64_t unix_seconds) {
  setenv("TZ", zone, 1);
  tzset();
  const std::time_t time = unix_seconds;
  std::tm parts{};
  localtime_r(&time, &parts);
  unsetenv("TZ");
  tzset();
  return std::chrono::hours(parts.tm_hour) + minutes(parts.tm_min) + seconds(parts.tm_sec);
}

}  // namespace

TEST_CASE("time of day: zones are as the C library has them, now and then") {
  for (const char* zone :
       {"Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
        "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia", "Europe/Dublin", "Asia/Kathmandu",
        "Etc/GMT+5", "America/St_Johns", "Antarctica/Troll"}) {
    for (int64_t time = -1'000'000'000; time < 4'000'000'000; time += 7'777'777) {
      INFO(zone << " at " << time);
      REQUIRE(time_of_day(zone, at(time)) == by_the_library(zone, time));
    }
  }
}

TEST_CASE("time of day: UTC is known without files, and fractions of a second stay") {
  CHECK(time_of_day("UTC", {86'400'000'000'000 + 5}) == Duration(5));
}

TEST_CASE("time of day: what is no zone has no time") {
  for (const char* zone :
       {"Mars/Olympus", "../../../etc/passwd", "/etc/localtime", "zone.tab", "Europe", "."}) {
    INFO(zone);
    CHECK_FALSE(time_of_day(zone, at(0)));
  }
}
