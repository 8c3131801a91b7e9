#include "core/config/size.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

TEST_CASE("Size: an integer and a letter, in powers of 1024") {
  CHECK(parse_size("1K").value() == 1024);
  CHECK(parse_size("512M").value() == 512 * 1024 * 1024);
  CHECK(parse_size("10G").value() == int64_t{10} << 30);
  CHECK(parse_size("-2T").value() == -(int64_t{2} << 40));
  CHECK(parse_size("").value() == 0);
}

TEST_CASE("Size: anything else is told apart") {
  for (const char* text : {"1", "1k", "1X", "x"}) {
    INFO(text);
    CHECK(parse_size(text).error() == "sizes defined as strings must end in K, M, G, T");
  }
  for (const char* text : {"K", "1.5G", "1 G", "oneM", "+1M"}) {
    INFO(text);
    CHECK(parse_size(text).error() == "size is no integer before its unit");
  }
  for (const char* text : {"9223372036854775807K", "99999999999999999999K"}) {
    INFO(text);
    CHECK(parse_size(text).error() == "size is out of range");
  }
}

TEST_CASE("Size: it is shown as nats-server shows it") {
  CHECK(friendly_size(0) == "0 B");
  CHECK(friendly_size(1023) == "1023 B");
  CHECK(friendly_size(1024) == "1.00 KB");
  CHECK(friendly_size(1'000'000'000) == "953.67 MB");
  CHECK(friendly_size(int64_t{10} << 30) == "10.00 GB");
  CHECK(friendly_size(INT64_MAX) == "8.00 EB");
}

}  // namespace
}  // namespace myelin
