#include "core/base/rfc3339.h"

#include <catch2/catch.hpp>

using namespace myelin;

TEST_CASE("rfc3339: a time is written in UTC with the digits it needs") {
  CHECK(rfc3339({0}) == "1970-01-01T00:00:00Z");
  CHECK(rfc3339({1'500'000'000}) == "1970-01-01T00:00:01.5Z");
  CHECK(rfc3339({-1}) == "1969-12-31T23:59:59.999999999Z");
  CHECK(rfc3339({951'782'400'000'000'000}) == "2000-02-29T00:00:00Z");
  CHECK(rfc3339({INT64_MAX}) == "2262-04-11T23:47:16.854775807Z");
  CHECK(rfc3339(kZeroTime) == "0001-01-01T00:00:00Z");
}

TEST_CASE("rfc3339: what is written is read again") {
  for (const int64_t ns : {int64_t{0}, int64_t{-1}, int64_t{1}, int64_t{951'868'799'999'999'999},
                           int64_t{1'763'730'000'120'000'000}, int64_t{-5'000'000'000'000'000'000},
                           INT64_MAX, INT64_MIN}) {
    CHECK(parse_rfc3339(rfc3339({ns})) == WallTime{ns});
  }
}

TEST_CASE("rfc3339: every day of five centuries follows the one before") {
  constexpr int64_t kDayNs = 86400 * int64_t{1'000'000'000};
  std::string before;
  int64_t wrong = 0;
  for (int64_t day = -100'000; day < 100'000; ++day) {
    const std::string text = rfc3339({day * kDayNs});
    if (parse_rfc3339(text) != WallTime{day * kDayNs} || before >= text) ++wrong;
    before = text;
  }
  CHECK(wrong == 0);
}

TEST_CASE("rfc3339: an offset is taken off") {
  CHECK(parse_rfc3339("1970-01-01T02:30:00+02:30") == WallTime{0});
  CHECK(parse_rfc3339("1969-12-31T22:00:00-02:00") == WallTime{0});
}

TEST_CASE("rfc3339: digits beyond the nanosecond are dropped") {
  CHECK(parse_rfc3339("1970-01-01T00:00:00.1234567899Z") == WallTime{123'456'789});
}

TEST_CASE("rfc3339: what a WallTime cannot hold is its nearest end") {
  CHECK(parse_rfc3339("0001-01-01T00:00:00Z") == kZeroTime);
  CHECK(parse_rfc3339("1500-01-01T00:00:00Z") == kZeroTime);
  CHECK(parse_rfc3339("9999-12-31T23:59:59Z") == WallTime{INT64_MAX});
}

TEST_CASE("rfc3339: what is no time is refused") {
  for (const char* text :
       {"", "x", "2020-01-01", "2020-01-01T00:00:00", "2020-01-01 00:00:00Z",
        "2020-13-01T00:00:00Z", "2020-00-01T00:00:00Z", "2019-02-29T00:00:00Z",
        "2020-01-00T00:00:00Z", "2020-01-01T24:00:00Z", "2020-01-01T00:60:00Z",
        "2020-01-01T00:00:60Z", "2020-01-01T00:00:00.Z", "2020-01-01T00:00:00Zx",
        "2020-01-01T00:00:00+0200", "2020-1-01T00:00:00Z", "+020-01-01T00:00:00Z"}) {
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text).has_value());
  }
}
