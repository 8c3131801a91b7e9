#include "core/auth/connect_times.h"

#include <catch2/catch.hpp>

using namespace myelin;

namespace {

Duration at(const char* text) { return parse_time_of_day(text).value(); }

std::optional<Duration> allowed(const char* start, const char* end, const char* now) {
  return time_allowed({{start, end}}, at(now));
}

}  // namespace

TEST_CASE("connect times: a time of day has hours, minutes and seconds") {
  CHECK(at("00:00:00") == Duration::zero());
  CHECK(at("23:59:59") == std::chrono::hours(24) - seconds(1));
  CHECK(at("9:05:00") == std::chrono::hours(9) + minutes(5));
  for (const char* text : {"", "12", "12:00", "24:00:00", "12:60:00", "12:00:60", "12:0:00",
                           "12:00:0", "-1:00:00", "12:00:00:00", "noon", "12:00:00 "}) {
    INFO(text);
    CHECK_FALSE(parse_time_of_day(text));
  }
}

TEST_CASE("connect times: whoever comes within a range may stay to its end") {
  CHECK(allowed("11:00:00", "22:00:00", "13:00:00") == std::chrono::hours(9));
  CHECK_FALSE(allowed("11:00:00", "22:00:00", "10:59:59"));
  CHECK_FALSE(allowed("11:00:00", "22:00:00", "22:00:00"));
  CHECK_FALSE(allowed("11:00:00", "11:00:00", "11:00:00"));
}

TEST_CASE("connect times: a range may cross midnight") {
  CHECK(allowed("22:00:00", "06:00:00", "05:00:00") == std::chrono::hours(1));
  CHECK(allowed("22:00:00", "06:00:00", "23:30:00") == std::chrono::hours(6) + minutes(30));
  CHECK_FALSE(allowed("22:00:00", "06:00:00", "12:00:00"));
}

TEST_CASE("connect times: of several ranges the one that lasts longest counts") {
  const auto left =
      time_allowed({{"08:00:00", "12:00:00"}, {"09:00:00", "17:00:00"}, {"01:00:00", "02:00:00"}},
                   at("10:00:00"));
  CHECK(left == std::chrono::hours(7));
}

TEST_CASE("connect times: a range that is none lets nobody in") {
  CHECK_FALSE(time_allowed({{"08:00:00", "20:00:00"}, {"", "20:00:00"}}, at("10:00:00")));
}
