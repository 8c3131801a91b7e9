#include "hosts/websocket/http_conditions.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

std::optional<ByteRange> part_of(std::string_view header, uint64_t size = 100) {
  ByteRange range;
  if (parse_range(header, size, range) != RangeAnswer::kPart) return std::nullopt;
  return range;
}

RangeAnswer answer_to(std::string_view header, uint64_t size = 100) {
  ByteRange range;
  return parse_range(header, size, range);
}

}  // namespace

TEST_CASE("HttpConditions: one range is a part of the file") {
  CHECK(part_of("bytes=0-9") == ByteRange{0, 10});
  CHECK(part_of("bytes=90-") == ByteRange{90, 10});
  CHECK(part_of("bytes=-5") == ByteRange{95, 5});
  CHECK(part_of("bytes=-500") == ByteRange{0, 100});
  CHECK(part_of("bytes=99-999999999999999999") == ByteRange{99, 1});
}

TEST_CASE("HttpConditions: beyond the file there is nothing") {
  CHECK(answer_to("bytes=100-") == RangeAnswer::kUnsatisfiable);
  CHECK(answer_to("bytes=0-", 0) == RangeAnswer::kUnsatisfiable);
  CHECK(answer_to("bytes=-0") == RangeAnswer::kUnsatisfiable);
}

TEST_CASE("HttpConditions: what is not one range is the whole file") {
  for (const char* whole :
       {"", "bytes", "bytes=", "bytes=-", "bytes=1-2,4-5", "items=1-2", "bytes=9-1", "bytes=a-b",
        "bytes=-1-2", "bytes=1-99999999999999999999"}) {
    INFO(whole);
    CHECK(answer_to(whole) == RangeAnswer::kWhole);
  }
}

TEST_CASE("HttpConditions: an ETag is found in a list, weak or not") {
  CHECK(etag_matches("\"a\"", "\"a\""));
  CHECK(etag_matches("\"b\", W/\"a\" ,\"c\"", "\"a\""));
  CHECK(etag_matches("*", "\"a\""));
  CHECK_FALSE(etag_matches("", "\"a\""));
  CHECK_FALSE(etag_matches("a, \"ab\",", "\"a\""));
}

}  // namespace myelin
