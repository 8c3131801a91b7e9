#include "hosts/websocket/http_date.h"

#include <catch2/catch.hpp>

namespace myelin {

TEST_CASE("HttpDate: written and read") {
  CHECK(http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  for (const int64_t seconds : {int64_t{0}, int64_t{951782400}, int64_t{4102444800}}) {
    CHECK(parse_http_date(http_date(seconds)) == seconds);
  }
}

TEST_CASE("HttpDate: other forms, and what is no date, are not read") {
  for (const char* wrong : {"", "now", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                            "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 24:00:00 GMT",
                            "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
                            "Sun, -6 Nov 1994 08:49:37 GMT"}) {
    INFO(wrong);
    CHECK_FALSE(parse_http_date(wrong));
  }
}

}  // namespace myelin
