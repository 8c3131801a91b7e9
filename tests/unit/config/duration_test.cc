#include "core/config/duration.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

TEST_CASE("Duration: Go's notation is read") {
  CHECK(parse_duration("0") == Duration{});
  CHECK(parse_duration("250ms") == milliseconds(250));
  CHECK(parse_duration("2m") == minutes(2));
  CHECK(parse_duration("1h30m") == minutes(90));
  CHECK(parse_duration("1.5s") == milliseconds(1500));
  CHECK(parse_duration(".5s") == milliseconds(500));
  CHECK(parse_duration("1.s") == seconds(1));
  CHECK(parse_duration("-3us") == microseconds(-3));
  CHECK(parse_duration("+7\u00b5s") == microseconds(7));
  CHECK(parse_duration("1ns") == Duration(1));
  CHECK(parse_duration("0.1s") == milliseconds(100));
  CHECK(parse_duration("0.3h") == minutes(18));
}

TEST_CASE("Duration: anything else is not") {
  for (const char* text : {"", "5", "s", ".", "-", ".s", "1d", "1 s", "1s ", "1S", "--1s", "1..5s",
                           "9223372036854775808ns", "99999999999999999999h", "3000000h"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("Duration: seconds that do not fit are refused") {
  CHECK(duration_of_seconds(0.25) == milliseconds(250));
  CHECK(duration_of_seconds(-1) == seconds(-1));
  CHECK_FALSE(duration_of_seconds(1e300));
  CHECK_FALSE(duration_of_seconds(-1e10));
}

}  // namespace
}  // namespace myelin
